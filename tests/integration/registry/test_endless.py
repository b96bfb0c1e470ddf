"""A broken worker: what it pours into its pipe costs the web process nothing but that worker."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import socket
import sys
import threading
from pathlib import Path

import psutil
import pytest

from core.messages.inbox import Inbox
from core.models.instance import InstanceState
from core.models.worker_events import InboxEvent
from core.store.inbox_table import Search
from tests.emulator.content import Text
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

S = InstanceState
MIB = 1024**2
_PIDFD_GETFD = {"x86_64": 438, "aarch64": 438}.get(platform.machine(), 0)
"""Number of the system call. Source: Linux, asm-generic/unistd.h."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="takes another process's descriptor"
)


def pipe_of(worker: psutil.Process) -> socket.socket:
    """The worker's own end of its pipe."""
    libc = ctypes.CDLL(None, use_errno=True)
    held = os.pidfd_open(worker.pid)
    try:
        for path in Path(f"/proc/{worker.pid}/fd").iterdir():
            if str(path.readlink()).startswith("socket:"):
                number = libc.syscall(_PIDFD_GETFD, held, int(path.name), 0)
                assert number >= 0, os.strerror(ctypes.get_errno())
                found = socket.socket(fileno=number)
                if found.family == socket.AF_UNIX and found.type == socket.SOCK_STREAM:
                    return found
                found.close()
    finally:
        os.close(held)
    raise AssertionError("no pipe")


def pour(pipe: socket.socket, data: bytes, times: int) -> int:
    """Bytes that it took before nobody read any more."""
    taken = 0
    with pipe, contextlib.suppress(OSError):
        for _ in range(times):
            pipe.sendall(data)
            taken += len(data)
    return taken


def test_300_mb_in_one_line_end_that_worker_only(
    house: RegistryHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """This process hardly grows, the log says why, the instance is connected again; the other never left."""
    house.open()
    mad, sane = house.pair("Um"), house.pair("Dois")
    worker, other = house.worker(mad.id), house.worker(sane.id)
    this = psutil.Process()
    before = this.memory_info().rss
    taken = pour(pipe_of(worker), b"x" * 1_000_000, 300)
    assert 2_000_000 <= taken < 10_000_000
    eventually(
        lambda: house.view(mad.id).worker_pid not in (None, worker.pid),
        timeout=10,
        seen=lambda: house.view(mad.id),
    )
    house.wait(mad.id, S.CONNECTED)
    assert this.memory_info().rss - before < 30 * MIB
    assert "worker sent an invalid line, ending it: protocol-broken: line-too-long" in caplog.text
    assert not worker.is_running()
    assert house.view(sane.id).worker_pid == other.pid


def test_a_flood_of_events_makes_the_worker_wait(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody writes them down, no more than some megabytes are held; afterwards all goes on."""
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    slow, go_on = threading.Event(), threading.Event()
    handle_event = Inbox.handle_event

    def wait(inbox: Inbox, event: InboxEvent) -> None:
        slow.set()
        go_on.wait(20)
        handle_event(inbox, event)

    monkeypatch.setattr("core.messages.inbox.Inbox.handle_event", wait)
    line = b'{"kind":"GroupNamed","instance_id":"%s","chat":"1@g.us","name":"%s"}\n' % (
        paired.id.encode(),
        b"x" * 100_000,
    )
    pipe = pipe_of(worker)
    pipe.settimeout(1.0)  # it would wait for ever, as a worker would
    before = psutil.Process().memory_info().rss
    taken = pour(pipe, line, 3_000)
    assert slow.is_set()
    assert taken < 20 * MIB
    assert psutil.Process().memory_info().rss - before < 40 * MIB
    go_on.set()
    assert house.registry.stop_instance(paired.id, timeout=10)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)


def test_a_message_that_costs_too_much_is_dropped_and_the_next_one_comes(house: RegistryHarness) -> None:
    """No phone makes such a one; the worker says so in the log and lives."""
    house.open()
    paired, ana = house.pair(), house.contact()
    worker = house.worker(paired.id)
    sent = [
        house.emulator.write(Text("x" * size), sender=ana, receiver=paired.number)
        for size in (10_000_000, 1_000_000)
    ]

    def arrived() -> list[tuple[str, int]]:
        found = house.registry.inbox.search(paired.id, Search(), limit=9)
        return [(one.message.message_id, len(one.message.content.text)) for one in found]

    eventually(lambda: arrived() == [(sent[1], 65_536)], timeout=15, seen=arrived)
    assert house.view(paired.id).worker_pid == worker.pid


def test_a_request_that_is_too_long_costs_no_worker(house: RegistryHarness) -> None:
    """The preloader drops it; whoever waits sees the pipe close."""
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    control = house.registry._workers._launcher._control  # type: ignore[union-attr]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.send_fds(control, [b"{" * 100_000], [theirs.fileno()])
        theirs.close()
        ours.settimeout(5)
        assert ours.recv(1) == b""
    assert worker.is_running()
    house.pair("Dois")
