"""Several instances in one process: who hears what, and how each gets out."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.errors import WorkerLostError
from core.models.worker_commands import ListGroups, StartClient, StopWorker
from core.models.worker_events import (
    Connected,
    Disconnected,
    GroupNamed,
    MemoryUsed,
    MessageSent,
    StreamReplaced,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.packing.shared_worker import Seat, SharedWorker
from tests.support.polling import eventually
from tests.unit.registry.packing.conftest import SHARED, FakeProcess, linked


class Reader:
    """Reads a seat as a supervisor's thread does."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.heard: list[WorkerEvent] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for event in self.seat.events():
            self.heard.append(event)

    def until(self, count: int) -> list[WorkerEvent]:
        eventually(lambda: len(self.heard) >= count, timeout=5, seen=lambda: self.heard)
        return self.heard

    def last(self) -> WorkerEvent:
        """The last event, once there are no more."""
        self._thread.join(5)
        assert not self._thread.is_alive()
        return self.heard[-1]


@pytest.fixture
def process() -> Iterator[FakeProcess]:
    """A shared process; it ends with the test."""
    made = FakeProcess(7, SHARED)
    yield made
    made.crash()


@pytest.fixture
def crashes() -> list[tuple[str, ...]]:
    """What the worker tells of crashes."""
    return []


@pytest.fixture
def late() -> list[WorkerEvent]:
    """What the worker tells of messages whose instance has left it."""
    return []


@pytest.fixture
def shared(process: FakeProcess, crashes: list[tuple[str, ...]], late: list[WorkerEvent]) -> SharedWorker:
    """The worker of that process."""
    return SharedWorker(process, log_number=1, on_crash=crashes.append, on_late=late.append)


def take(shared: SharedWorker, instance_id: str) -> Reader:
    seat = shared.take(linked(instance_id))
    assert seat is not None
    return Reader(seat)


def test_each_hears_its_own_events_only(process: FakeProcess, shared: SharedWorker) -> None:
    """By the instance's id; what is for an instance that is not there is dropped."""
    one, two = take(shared, "a"), take(shared, "b")
    assert process.commands == [
        StartClient("a", "A", "/auth/a/session.db", history=False),
        StartClient("b", "B", "/auth/b/session.db", history=False),
    ]
    process.say(Connected("b", phone="2"), Connected("c", phone="3"), Connected("a", phone="1"))
    assert one.until(2) == [WorkerStarted("a", pid=7), Connected("a", phone="1")]
    assert two.until(2) == [WorkerStarted("b", pid=7), Connected("b", phone="2")]
    two.seat.send(ListGroups("b", "r"))
    assert process.commands[-1] == ListGroups("b", "r")


def test_one_that_stops_leaves_the_others_alone(
    process: FakeProcess, shared: SharedWorker, crashes: list[tuple[str, ...]]
) -> None:
    """Its events end, the process lives on; with the last one it ends too, and takes no other."""
    one, two = take(shared, "a"), take(shared, "b")
    one.seat.send(StopWorker("a"))
    assert one.last() == WorkerExited("a", pid=7, shared=True)
    assert (shared.instances(), shared.open, shared.left, process.dead) == (("b",), True, 1, False)
    two.seat.send(StopWorker("b"))
    assert two.last() == WorkerExited("b", pid=7)
    eventually(lambda: shared.ended, timeout=5, seen=lambda: process.commands)
    assert process.commands[-1] == StopWorker("")
    assert (shared.open, shared.take(linked("c")), crashes, process.killed) == (False, None, [], False)


def test_a_message_that_comes_after_the_end_is_handed_on(
    process: FakeProcess, shared: SharedWorker, late: list[WorkerEvent]
) -> None:
    """The core has acknowledged it, and will not tell it again; what is of the connection is not wanted."""
    one, two = take(shared, "a"), take(shared, "b")
    one.seat.send(StopWorker("a"))
    one.last()
    named, sent = GroupNamed("a", "1@g.us", name="Time"), MessageSent("a", "r", message_id="3EB0")
    process.say(named, StreamReplaced("a"), sent, Connected("b", phone="2"))
    two.until(2)
    assert late == [named, sent]


def test_an_end_is_heard_though_another_is_slow(process: FakeProcess, shared: SharedWorker) -> None:
    """It lies in the pipe behind what that one has no room for: the process need not be ended for it."""
    slow = shared.take(linked("b"))
    assert slow is not None
    one = take(shared, "a")
    events = [Connected("b", phone="1" * 1024**2) for _ in range(6)]
    process.say(*events)
    eventually(lambda: process._words.qsize() <= 3, timeout=5, seen=process._words.qsize)
    one.seat.send(StopWorker("a"))
    assert one.last() == WorkerExited("a", pid=7, shared=True)
    process.say(*events)
    assert Reader(slow).until(13) == [WorkerStarted("b", pid=7), *events, *events]


def test_a_crash_is_told_before_anybody_hears_of_it(process: FakeProcess, shared: SharedWorker) -> None:
    """Who is started again at once is placed by what is known of the crash."""
    told: list[tuple[tuple[str, ...], list[WorkerEvent]]] = []
    one, two = take(shared, "a"), take(shared, "b")
    one.until(1), two.until(1)
    shared._on_crash = lambda ids: told.append((ids, [*one.heard, *two.heard]))
    process.crash()
    assert one.last() == WorkerExited("a", pid=7, shared=True)
    assert two.last() == WorkerExited("b", pid=7, shared=True)
    assert told == [(("a", "b"), [WorkerStarted("a", pid=7), WorkerStarted("b", pid=7)])]


def test_one_that_hangs_costs_the_process_and_the_others_are_not_to_blame(
    process: FakeProcess, shared: SharedWorker, crashes: list[tuple[str, ...]]
) -> None:
    """They are told that it was ended for another; that is no crash of anybody."""
    one, two = take(shared, "a"), take(shared, "b")
    process.hangs = True
    one.seat.send(StopWorker("a"))
    one.seat.kill()
    assert one.last() == WorkerExited("a", pid=7, shared=True)
    assert two.last() == WorkerExited("b", pid=7, shared=True, replaced=True)
    assert (process.killed, process.closed, crashes) == (True, True, [])


def test_killing_a_seat_that_was_left_ends_nothing(process: FakeProcess, shared: SharedWorker) -> None:
    """The process is no longer its own to end."""
    one, _two = take(shared, "a"), take(shared, "b")
    one.seat.send(StopWorker("a"))
    one.last()
    one.seat.kill()
    one.seat.close()
    assert (process.killed, shared.instances()) == (False, ("b",))


def test_a_seat_that_is_given_up_has_its_client_ended(process: FakeProcess, shared: SharedWorker) -> None:
    """As a worker's own process sees the end of its pipe."""
    one, _two = take(shared, "a"), take(shared, "b")
    one.seat.close()
    assert one.last() == WorkerExited("a", pid=7, shared=True)
    assert process.commands[-1] == StopWorker("a")


def test_an_invalid_line_ends_the_process(
    process: FakeProcess, shared: SharedWorker, crashes: list[tuple[str, ...]]
) -> None:
    """Whose it was is not known: it counts as a crash of all."""
    one, two = take(shared, "a"), take(shared, "b")
    process.say(WorkerLostError("protocol-broken", detail="line-too-long"))
    for reader in (one, two):
        exited = reader.last()
        assert isinstance(exited, WorkerExited)
        assert (exited.shared, exited.replaced) == (True, False)
    assert (process.killed, crashes) == (True, [("a", "b")])


def test_a_process_that_is_gone_takes_nobody(process: FakeProcess, shared: SharedWorker) -> None:
    """Noticed when it is written to, at the latest."""
    process.dead = True
    assert shared.take(linked("a")) is None
    assert (shared.open, shared.instances()) == (False, ())


def test_a_retired_worker_takes_nobody_and_ends_with_the_last(
    process: FakeProcess, shared: SharedWorker
) -> None:
    """Those in it stay until they move."""
    one = take(shared, "a")
    shared.retire()
    assert (shared.take(linked("b")), process.dead) == (None, False)
    one.seat.send(StopWorker("a"))
    one.last()
    eventually(lambda: process.dead, timeout=5, seen=lambda: process.commands)


def test_a_flood_makes_the_process_wait_not_the_memory_grow(
    process: FakeProcess, shared: SharedWorker
) -> None:
    """Nothing more is read while one seat is full; it goes on when that is read, and loses nothing."""
    full = shared.take(linked("a"))
    assert full is not None
    events = [Connected("a", phone="1" * 1024**2) for _ in range(8)]
    process.say(*events, Disconnected("a"))
    eventually(lambda: process._words.qsize() <= 5, timeout=5, seen=process._words.qsize)
    assert process._words.qsize() >= 3
    assert Reader(full).until(10) == [WorkerStarted("a", pid=7), *events, Disconnected("a")]


def test_the_memory_of_all_is_known(process: FakeProcess, shared: SharedWorker) -> None:
    """Each instance tells its share."""
    one, _two = take(shared, "a"), take(shared, "b")
    process.say(MemoryUsed("a", bytes=100))
    one.until(2)
    assert shared.bytes == 200
