"""No process reads, keeps or sends a line without an end."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

import psutil
import pytest

from core.engine.launcher import _command_line, _events, _PlainWorker
from core.engine.protocol import MAX_LINE, decode_event, encode, lines
from core.engine.worker import Channel
from core.errors import InvalidInputError, WorkerLostError
from core.models.content import Content, Kind
from core.models.recipients import Group
from core.models.worker_commands import SendMessage
from core.models.worker_events import Disconnected, GroupsListed, WorkerEvent, WorkerExited, WorkerStarted
from core.registry.workers import WorkerSlot
from tests.support.polling import eventually

MIB = 1024**2
FLOOD = """
import os
head = b'{"kind":"WorkerStarted","instance_id":"a","pid":%d}\\n' % os.getpid()
os.write(1, head)
for _ in range(300):
    left = memoryview(b"x" * 1_000_000)
    while left:
        left = left[os.write(1, left):]
"""


def listed(size: int) -> GroupsListed:
    """An event whose line has exactly so many bytes."""
    empty = len(encode(GroupsListed("a", "r", groups=(Group("", "", 1),))))
    return GroupsListed("a", "r", groups=(Group("x" * (size - empty), "", 1),))


@pytest.fixture
def endless() -> Iterator[BinaryIO]:
    """The end of a pipe into which a thread pours what has no end of a line."""
    read, write = os.pipe()

    def pour() -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(write, "wb", buffering=0) as writer:
            while True:
                writer.write(b"x" * MIB)

    pouring = threading.Thread(target=pour)
    pouring.start()
    with os.fdopen(read, "rb") as reader:
        yield reader
    pouring.join(5)
    assert not pouring.is_alive()


def test_a_line_of_exactly_the_bound_is_read_and_one_byte_more_is_not() -> None:
    """Both ends count the same bytes."""
    line = encode(listed(MAX_LINE))
    assert len(line) == MAX_LINE
    assert list(lines(io.BytesIO(line + line))) == [line, line]
    longer = encode(listed(MAX_LINE + 1))
    reading = lines(io.BytesIO(line + longer))
    assert next(reading) == line
    with pytest.raises(WorkerLostError, match="line-too-long"):
        next(reading)


@pytest.mark.parametrize("which", ["events", "commands"])
def test_a_line_without_an_end_is_given_up(endless: BinaryIO, which: str) -> None:
    """On both ends of the pipe, at the bound."""
    reading = _events(endless) if which == "events" else Channel(reader=endless, writer=io.BytesIO()).lines()
    with pytest.raises(WorkerLostError, match="line-too-long"):
        next(iter(reading))


def test_a_worker_drops_an_event_that_is_too_long_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """A line in the log says what and how long, and nothing of what it says."""
    sent = io.BytesIO()
    channel = Channel(reader=io.BytesIO(), writer=sent)
    with caplog.at_level(logging.ERROR):
        channel.emit(listed(MAX_LINE + 1))
    assert sent.getvalue() == b""
    assert f"dropped an event of {MAX_LINE + 1} bytes: GroupsListed" in caplog.text
    assert "xxx" not in caplog.text
    channel.emit(Disconnected("a"))
    assert decode_event(sent.getvalue()) == Disconnected("a")


def test_a_command_that_is_too_long_is_refused_before_it_is_sent() -> None:
    """The worker would end over it, and with it a connection that is well."""
    with pytest.raises(InvalidInputError) as caught:
        _command_line(
            SendMessage("a", "r", to="1", content=Content(Kind.TEXT, text="x" * MAX_LINE), secret="")
        )
    assert caught.value.code == "message-too-large"


def test_a_worker_that_floods_is_ended_and_costs_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    """300 MB in one line: the process is gone, its supervisor is told, and the log says why."""
    heard: list[WorkerEvent] = []
    process = subprocess.Popen(
        [sys.executable, "-c", FLOOD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    this = psutil.Process()
    before = this.memory_info().rss
    slot = WorkerSlot("a", on_event=lambda _, event: heard.append(event))
    slot.attach(_PlainWorker(process))
    eventually(lambda: len(heard) == 2, timeout=10, seen=lambda: heard)
    assert this.memory_info().rss - before < 20 * MIB
    assert heard == [WorkerStarted("a", pid=process.pid), WorkerExited("a", pid=process.pid)]
    assert process.wait(5) != 0
    assert "worker sent an invalid line, ending it: protocol-broken: line-too-long" in caplog.text
    slot.detach()
