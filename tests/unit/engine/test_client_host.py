"""Several clients in one process: commands and events of each, ends of each, and nothing that waits."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from core.engine import client_host
from core.engine.arrival_journal import ArrivalJournal
from core.engine.client_host import ClientHost
from core.engine.protocol import WorkerSpec
from core.models.worker_commands import ListGroups, StartClient, StopWorker
from core.models.worker_events import (
    Connected,
    ConnectFailed,
    DataReceived,
    Disconnected,
    GroupNamed,
    GroupsListed,
    LoggedOut,
    MemoryUsed,
    StreamReplaced,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from tests.support.polling import eventually


class FakeClient:
    """Connects at once and stays until it is stopped; what is asked of it, it answers."""

    def __init__(
        self,
        spec: WorkerSpec,
        _neonize: object,
        *,
        uuid: str,
        emit: Callable[[WorkerEvent], None],
        journal: ArrivalJournal | None,
    ) -> None:
        self.spec, self.uuid, self.emit, self.journal = spec, uuid, emit, journal
        self.connected = False
        self.hangs = threading.Event()
        self.dialled = threading.Event()
        self.over = threading.Event()
        MADE.append(self)

    def run(self) -> None:
        if self.spec.device_name == "Fails":
            raise RuntimeError("no route to host")
        if self.spec.device_name == "Dials":
            self.dialled.wait(10)
        self.connected = True
        self.emit(Connected(self.spec.instance_id, phone="1"))
        self.over.wait(10)

    def settle(self) -> None:
        """Nothing is on its way."""

    def drain(self, timeout: float) -> None:
        DRAINED.append(self.uuid)

    def stop(self) -> None:
        self.over.set() if not self.hangs.is_set() else self.over.wait(10)

    def answer(self, query: ListGroups) -> None:
        self.emit(GroupsListed(query.instance_id, query.request_id, groups=()))


MADE: list[FakeClient] = []
DRAINED: list[str] = []
"""Clients whose last events were awaited."""


class Hosted:
    """A host and what it emitted."""

    def __init__(self) -> None:
        self.events: list[WorkerEvent] = []
        self.full = threading.Event()
        """Set while the pipe takes nothing."""
        self.free = threading.Event()
        self.late = 0
        """Events of clients that had ended."""
        self.host = ClientHost(object(), emit=self._emit)  # type: ignore[arg-type]

    def _emit(
        self, event: WorkerEvent, _journal: ArrivalJournal | None = None, *, late: bool = False
    ) -> None:
        self.late += late
        if self.full.is_set():
            self.free.wait(10)
        self.events.append(event)

    def start(self, instance_id: str, name: str = "Loja") -> None:
        self.host.handle(StartClient(instance_id, name, f"/auth/{instance_id}/session.db", history=True))

    def until(self, event: WorkerEvent) -> None:
        eventually(lambda: event in self.events, timeout=5, seen=lambda: self.events)

    def of(self, instance_id: str) -> list[WorkerEvent]:
        return [event for event in self.events if event.instance_id == instance_id]


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """A host of clients without a network; they end with the test."""
    monkeypatch.setattr(client_host, "CoreClient", FakeClient)
    MADE.clear()
    DRAINED.clear()
    yield Hosted()
    for client in MADE:
        client.dialled.set()
        client.over.set()


PID = os.getpid()


def test_each_client_tells_of_itself(hosted: Hosted) -> None:
    """What it was started with is what it was told; its process is named first."""
    for instance_id in ("a", "b"):
        hosted.start(instance_id)
        hosted.until(Connected(instance_id, phone="1"))
        assert hosted.of(instance_id) == [WorkerStarted(instance_id, PID), Connected(instance_id, phone="1")]
    assert MADE[1].spec == WorkerSpec("b", "Loja", "/auth/b/session.db", history=True)


def test_a_command_reaches_the_client_that_it_is_for(hosted: Hosted) -> None:
    """One to an instance that is not here, or no longer, is dropped."""
    hosted.start("a")
    hosted.start("b")
    hosted.until(Connected("b", phone="1"))
    hosted.host.handle(ListGroups("b", "r"))
    hosted.until(GroupsListed("b", "r", groups=()))
    hosted.host.handle(ListGroups("c", "r"))
    hosted.host.handle(StopWorker("c"))
    hosted.host.handle(StopWorker("b"))
    hosted.until(WorkerExited("b", PID))
    hosted.host.handle(ListGroups("b", "late"))
    assert not [event for event in hosted.events if event.instance_id == "c"]


def test_one_that_is_stopped_ends_alone(hosted: Hosted) -> None:
    """Its end is its last event, and no failure; it may be started again, under another name at the core."""
    hosted.start("a")
    hosted.start("b")
    hosted.until(Connected("a", phone="1"))
    hosted.host.handle(StopWorker("a"))
    hosted.until(WorkerExited("a", PID))
    assert hosted.of("a")[-1] == WorkerExited("a", PID)
    assert not [event for event in hosted.events if isinstance(event, ConnectFailed)]
    hosted.start("a")
    eventually(lambda: hosted.of("a").count(Connected("a", phone="1")) == 2, timeout=5, seen=lambda: MADE)
    assert len({client.uuid for client in MADE}) == 3
    assert WorkerExited("b", PID) not in hosted.events


def test_one_that_cannot_connect_says_why_and_ends(hosted: Hosted) -> None:
    """The others do not notice."""
    hosted.start("a")
    hosted.start("b", "Fails")
    hosted.until(WorkerExited("b", PID))
    assert hosted.of("b")[1:] == [ConnectFailed("b", detail="no route to host"), WorkerExited("b", PID)]
    hosted.until(Connected("a", phone="1"))


def test_one_that_hangs_holds_up_nothing(hosted: Hosted) -> None:
    """It is told once, and its supervisor ends the process; the others are heard meanwhile."""
    hosted.start("a")
    hosted.start("b")
    hosted.until(Connected("a", phone="1"))
    MADE[0].hangs.set()
    for _ in range(2):
        hosted.host.handle(StopWorker("a"))
    hosted.host.handle(ListGroups("b", "r"))
    hosted.until(GroupsListed("b", "r", groups=()))
    assert WorkerExited("a", PID) not in hosted.events


def test_a_second_start_changes_nothing(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    """One store has one client."""
    hosted.start("a")
    hosted.start("a")
    assert len(MADE) == 1
    assert "client started twice" in caplog.text


def test_closing_ends_all_and_waits_for_none_that_hangs(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within its deadline."""
    monkeypatch.setattr(client_host, "_CLOSE_DEADLINE_S", 0.2)
    hosted.start("a")
    hosted.start("b")
    hosted.until(Connected("b", phone="1"))
    MADE[0].hangs.set()
    begin = time.monotonic()
    hosted.host.close()
    assert time.monotonic() - begin < 2
    assert MADE[1].over.is_set()
    assert WorkerExited("a", PID) not in hosted.events


def test_memory_is_shared_and_silence_is_each_ones_own(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data is told when it is newer by more than a second; a client without a connection tells nothing."""
    connections = {1: 100.0}
    monkeypatch.setattr(client_host, "open_connections", lambda: dict(connections))
    hosted.start("a")
    hosted.until(Connected("a", phone="1"))
    connections[2] = 200.0
    hosted.start("b")
    hosted.until(Connected("b", phone="1"))
    eventually(
        lambda: hosted.host._connections.last_data("b", connections) is not None,
        timeout=5,
        seen=lambda: hosted.events,
    )
    hosted.events.clear()
    hosted.host.report(memory=300)
    assert hosted.events == [
        MemoryUsed("a", bytes=150),
        DataReceived("a", at=100.0),
        MemoryUsed("b", bytes=150),
        DataReceived("b", at=200.0),
    ]
    hosted.events.clear()
    connections.update({1: 100.5, 2: 205.0})
    hosted.host.report(memory=None)
    assert hosted.events == [DataReceived("b", at=205.0)]


def test_one_that_dials_ends_when_the_dial_is_over(hosted: Hosted) -> None:
    """There is no way to call it off: left alone, it would throw out whoever comes next."""
    hosted.start("a", "Dials")
    hosted.until(WorkerStarted("a", PID))
    hosted.host.handle(StopWorker("a"))
    assert WorkerExited("a", PID) not in hosted.events
    assert not MADE[0].over.is_set()
    MADE[0].dialled.set()
    hosted.until(WorkerExited("a", PID))
    assert MADE[0].over.is_set()


def test_a_dial_that_takes_long_is_cut(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only connections that came since it began and are no other client's; it is dead from then on."""
    there, cut = {1}, list[set[int]]()
    monkeypatch.setattr(client_host, "_DIAL_S", 0.05)
    monkeypatch.setattr(client_host, "all_connections", lambda: set(there))
    monkeypatch.setattr(client_host, "open_connections", lambda: dict.fromkeys({2}, 1.0))
    monkeypatch.setattr(client_host, "cut", lambda numbers: cut.append(set(numbers)))
    hosted.start("b")
    hosted.until(Connected("b", phone="1"))
    hosted.start("a", "Dials")
    hosted.until(WorkerStarted("a", PID))
    eventually(lambda: hosted.host._connections.owned() == {2}, timeout=5, seen=lambda: hosted.events)
    there.update({2, 3})
    hosted.host.handle(StopWorker("a"))
    hosted.until(WorkerExited("a", PID))
    assert cut == [{3}]
    assert not MADE[1].over.is_set()
    MADE[1].dialled.set()  # it connects all the same
    eventually(MADE[1].over.is_set, timeout=5, seen=lambda: hosted.events)
    assert hosted.of("a")[-1] == WorkerExited("a", PID)


def test_one_that_was_refused_without_ever_connecting_can_be_stopped(hosted: Hosted) -> None:
    """The core knows it as soon as it tells anything."""
    hosted.start("a", "Dials")
    hosted.until(WorkerStarted("a", PID))
    MADE[0].emit(LoggedOut("a"))
    hosted.host.handle(StopWorker("a"))
    hosted.until(WorkerExited("a", PID))
    assert MADE[0].over.is_set()


def test_after_the_end_only_messages_still_count(hosted: Hosted) -> None:
    """One that was on its way is not lost; what would change a state is of no connection any more."""
    hosted.start("a")
    hosted.until(Connected("a", phone="1"))
    hosted.host.handle(StopWorker("a"))
    hosted.until(WorkerExited("a", PID))
    late = GroupNamed("a", "1@g.us", name="Time")
    for event in (Disconnected("a"), late, StreamReplaced("a")):
        MADE[0].emit(event)
    assert hosted.events[-2:] == [WorkerExited("a", PID), late]


@pytest.mark.parametrize("event", [StreamReplaced("a"), GroupNamed("a", "1@g.us", name="Time")])
def test_what_waits_for_the_pipe_comes_before_the_end(hosted: Hosted, event: WorkerEvent) -> None:
    """After it, a message would have no instance to go to; the rest would be taken for its successor's."""
    hosted.start("a")
    hosted.until(Connected("a", phone="1"))
    hosted.full.set()
    threading.Thread(target=MADE[0].emit, args=(event,), daemon=True).start()
    eventually(hosted.host._clients["a"]._emitting.locked, timeout=5, seen=lambda: hosted.events)
    hosted.host.handle(StopWorker("a"))
    eventually(MADE[0].over.is_set, timeout=5, seen=lambda: hosted.events)
    hosted.free.set()
    hosted.until(WorkerExited("a", PID))
    assert hosted.of("a")[-2:] == [event, WorkerExited("a", PID)]


def test_the_process_ends_after_the_last_words_of_those_that_have_ended(hosted: Hosted) -> None:
    """A message of a client that has left may still be on its way into the pipe."""
    hosted.start("a")
    hosted.until(Connected("a", phone="1"))
    hosted.host.handle(StopWorker("a"))
    hosted.until(WorkerExited("a", PID))
    hosted.host.close()
    assert [MADE[0].uuid] == DRAINED
