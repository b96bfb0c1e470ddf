"""Processes that die, hang or cannot be started."""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from core.engine.stderr_relay import LINES_KEPT
from core.models.instance import InstanceState, InstanceView
from core.models.timeline import HistoryKind
from core.registry import retry
from core.registry import workers as slot
from core.store.layout import WORKER_LOG
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import alive, is_alive

S = InstanceState
_TGKILL = {"x86_64": 234, "aarch64": 131}[platform.machine()]
"""Number of the system call. Source: Linux, arch/*/entry/syscalls and asm-generic/unistd.h."""
NO_MORE = 3
"""As the limit of descriptors: 0, 1 and 2 are taken in any process, and what is open stays open."""


def replaced(worker: psutil.Process) -> Callable[[InstanceView], bool]:
    """Whether another worker runs in the place of that one."""
    return lambda view: view.worker_pid not in (None, worker.pid)


def abort_go(worker: psutil.Process) -> None:
    """Let a thread of the Go runtime stumble: it writes its crash report and ends the process.

    A signal to the process would meet Python's thread, which dies without a word.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # When it is loaded the library starts its runtime in a thread of its own: the first after the main one.
    _, runtime, *_ = sorted(thread.id for thread in worker.threads())
    assert libc.syscall(_TGKILL, worker.pid, runtime, signal.SIGSEGV) == 0, ctypes.get_errno()


def test_a_killed_worker_is_replaced_and_nobody_else_notices(house: RegistryHarness) -> None:
    """Connected again within 3 s, counted as one restart; the other instances are exactly as before."""
    house.open()
    paired, others = house.pair("Um"), [house.pair("Dois"), house.pair("Três")]
    before = [house.view(other.id) for other in others]
    worker = house.worker(paired.id)
    begin = time.monotonic()
    worker.kill()
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    view = house.wait(paired.id, S.CONNECTED)
    assert time.monotonic() - begin < 3
    assert view.restarts == 1
    assert view.worker_pid not in (None, worker.pid)
    assert [house.view(other.id) for other in others] == before
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_a_worker_that_dies_while_a_qr_shows_is_replaced(house: RegistryHarness) -> None:
    """A new QR follows by itself, the old one is not shown any more."""
    house.open()
    created = house.registry.create("Loja")
    step = house.wait_qr(created.id)
    house.worker(created.id).kill()
    assert house.wait_qr(created.id, other_than=step.code).index == 1
    house.pair(instance_id=created.id)


def test_a_worker_that_dies_again_and_again_is_waited_for_longer(house: RegistryHarness) -> None:
    """Each death counts; a stopped instance forgets them."""
    house.open()
    paired = house.pair()
    for count in (1, 2):
        house.worker(paired.id).kill()
        house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
        assert house.wait(paired.id, S.CONNECTED).restarts == count
    house.registry.stop_instance(paired.id, timeout=5)
    house.registry.start_instance(paired.id)
    assert house.wait(paired.id, S.CONNECTED).restarts == 0


def test_a_worker_that_cannot_live_is_left_alone_for_a_while(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fifth death within a minute: failed until 10 minutes later or a press; others untouched."""
    monkeypatch.setattr("core.registry.retry.Backoff.wait", lambda *_, **__: 0.01)
    house.open()
    paired, other = house.pair("Um"), house.pair("Dois")
    before = house.view(other.id)
    for _ in range(retry.CRASHES - 1):
        worker = house.worker(paired.id)
        worker.kill()
        assert house.registry.wait_for(paired.id, replaced(worker), timeout=10), house.view(paired.id)
    house.worker(paired.id).kill()
    view = house.wait(paired.id, S.FAILED, reason="worker-crashed")
    assert (view.detail, view.worker_pid, view.linked) == (WORKER_LOG, None, True)
    assert view.next_try_at == pytest.approx(time.time() + retry.CRASH_PAUSE_S, abs=5)
    house.wait_noted(paired.id, HistoryKind.FAILED)
    assert house.view(other.id) == before
    house.registry.restart_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_the_last_words_of_a_crash_are_kept_and_hold_no_number(house: RegistryHarness) -> None:
    """A Go runtime that dies writes pages: their head lies in the instance's folder, private and masked."""
    house.open()
    paired = house.pair()
    file = house.folder(paired.id) / WORKER_LOG
    worker = house.worker(paired.id)
    abort_go(worker)
    # A Go runtime that dies in a library waits up to ten seconds for each thread that does not tell its own.
    assert house.registry.wait_for(paired.id, replaced(worker), timeout=30)

    def last_words() -> list[str]:
        return file.read_text().splitlines() if file.exists() else []

    eventually(lambda: len(last_words()) == LINES_KEPT, timeout=5, seen=last_words)
    assert last_words()[0] == "SIGSEGV: segmentation violation"
    assert paired.number not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    house.wait(paired.id, S.CONNECTED)


def test_everybody_survives_the_death_of_the_preloader(house: RegistryHarness) -> None:
    """Its workers go with it; another one is started and all come back, without a QR."""
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(3)]
    workers = [house.worker(one.id) for one in paired]
    preloader = workers[0].parent()
    assert preloader is not None
    preloader.kill()
    for one, worker in zip(paired, workers, strict=True):
        assert house.registry.wait_for(one.id, replaced(worker), timeout=10)
        house.wait(one.id, S.CONNECTED)
    assert not alive(workers)
    assert {house.worker(one.id).parent() for one in paired} != {preloader}
    assert len({house.worker(one.id).parent() for one in paired}) == 1


def test_a_preloader_without_free_descriptors_loses_no_worker(house: RegistryHarness) -> None:
    """A new instance has to wait; those that run do not notice, and it comes when there is room again."""
    house.open()
    paired = house.pair("Um")
    before = house.view(paired.id)
    preloader = house.worker(paired.id).parent()
    assert preloader is not None
    limits = preloader.rlimit(resource.RLIMIT_NOFILE)
    preloader.rlimit(resource.RLIMIT_NOFILE, (NO_MORE, limits[1]))
    created = house.registry.create("Dois")
    house.wait(created.id, S.RECONNECTING, reason="worker-exited")
    assert is_alive(preloader)
    assert house.view(paired.id) == before
    preloader.rlimit(resource.RLIMIT_NOFILE, limits)
    house.pair(instance_id=created.id)
    assert house.view(paired.id) == before


def test_a_web_process_without_free_descriptors_loses_no_worker(house: RegistryHarness) -> None:
    """One start that fails for want of a descriptor never costs the instances that run."""
    house.open()
    paired, created = house.pair("Um"), house.registry.create("Dois")
    house.wait_qr(created.id)
    house.registry.stop_instance(created.id, timeout=5)
    house.wait_noted(created.id, HistoryKind.STOPPED)
    (house.folder(created.id) / "session.db").unlink()
    before = house.view(paired.id)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (NO_MORE, limits[1]))
    try:
        house.registry.start_instance(created.id)
        house.wait(created.id, S.RECONNECTING, reason="worker-lost")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    house.pair(instance_id=created.id)
    assert house.view(paired.id) == before


def test_an_instance_waits_while_no_process_can_be_started(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is ready all the same, the instance says what is missing, and comes when it can."""
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/does/not/exist")
        house.open()
        created = house.registry.create("Loja")
        view = house.wait(created.id, S.RECONNECTING, reason="worker-lost")
        assert view.next_try_at is not None
    house.pair(instance_id=created.id)


def test_a_worker_that_hangs_is_ended(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not even see the request to stop is gone all the same, and the session is whole."""
    monkeypatch.setattr(slot, "STOP_DEADLINE_S", 0.3)
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    worker.suspend()
    assert house.registry.stop_instance(paired.id, timeout=5)
    psutil.wait_procs([worker], timeout=2)
    assert not is_alive(worker)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
