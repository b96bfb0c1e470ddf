"""Where each instance runs: together, alone, apart after a crash, and somewhere else when a worker grows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import WorkerLostError
from core.models.worker_commands import StartClient, StopWorker
from core.models.worker_events import Connected, GroupNamed, MemoryUsed, WorkerEvent, WorkerStarted
from core.registry.packing.alone_worker import SETTLED_S
from core.registry.packing.placement import PROBATION_S, QUARANTINE_S
from core.registry.packing.pool import MOVED_TOGETHER, PackedWorkers
from tests.support.polling import eventually
from tests.unit.registry.packing.conftest import FakeProcess, linked

MIB = 1024**2


class Place:
    """A pool of two seats to a worker, its processes, and supervisors that read and stop."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000.0
        self.processes: list[FakeProcess] = []
        self.moves: list[str] = []
        self.late: list[WorkerEvent] = []
        self.broken = False
        self.workers: dict[str, Worker] = {}
        self.readers: dict[str, threading.Thread] = {}
        self.heard: list[WorkerEvent] = []
        self.pool = PackedWorkers(
            self._launch,
            seats=2,
            folder=folder,
            move=self.moves.append,
            on_late=self.late.append,
            clock=lambda: self.now,
        )

    def _launch(self, spec: WorkerSpec) -> Worker:
        if self.broken:
            raise WorkerLostError("worker-lost", detail="preloader")
        self.processes.append(FakeProcess(100 + len(self.processes), spec))
        return self.processes[-1]

    def start(self, *instance_ids: str, paired: bool = True) -> None:
        for instance_id in instance_ids:
            worker = self.pool.launch(replace(linked(instance_id), paired=paired))
            self.workers[instance_id] = worker
            thread = threading.Thread(target=self._read, args=(worker,), daemon=True)
            thread.start()
            self.readers[instance_id] = thread

    def _read(self, worker: Worker) -> None:
        for event in worker.events():
            self.heard.append(event)

    def stop(self, instance_id: str) -> None:
        self.workers[instance_id].send(StopWorker(instance_id))
        self.gone(instance_id)

    def gone(self, instance_id: str) -> None:
        """Wait until its events have ended."""
        self.readers[instance_id].join(5)
        assert not self.readers[instance_id].is_alive()

    def say(self, process: FakeProcess, *events: WorkerEvent) -> None:
        """Let a process tell something, and wait until it was heard."""
        count = len(self.heard)
        process.say(*events)
        eventually(lambda: len(self.heard) >= count + len(events), timeout=5, seen=lambda: self.heard)

    def where(self) -> list[list[str]]:
        """The instances that each process was told to start, or was started for."""
        return [
            [command.instance_id for command in process.commands if isinstance(command, StartClient)]
            if process.spec.shared
            else [process.spec.instance_id]
            for process in self.processes
        ]

    def review(self) -> list[str]:
        """Whom it asks to move now."""
        self.moves.clear()
        self.pool.review()
        return list(self.moves)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Its processes end with the test."""
    made = Place(tmp_path)
    yield made
    for process in made.processes:
        process.crash()


def test_linked_instances_fill_one_worker_after_another(place: Place, tmp_path: Path) -> None:
    """Each process has a log of its own, under a name that is used again."""
    place.start("a", "b", "c")
    assert place.where() == [["a", "b"], ["c"]]
    assert [process.spec.log_path for process in place.processes] == [
        str(tmp_path / "workers-1.log"),
        str(tmp_path / "workers-2.log"),
    ]
    assert [process.spec.shared for process in place.processes] == [True, True]


def test_a_seat_that_is_free_is_taken_first(place: Place) -> None:
    """In the fullest worker that has one."""
    place.start("a", "b", "c")
    place.stop("a")
    place.start("d")
    assert place.where() == [["a", "b", "d"], ["c"]]


def test_a_pairing_has_a_worker_to_itself(place: Place) -> None:
    """Its spec is passed on as it is."""
    place.start("a")
    place.start("b", paired=False)
    assert place.where() == [["a"], ["b"]]
    assert place.processes[1].spec == replace(linked("b"), paired=False)


def test_who_was_paired_is_asked_to_share_once_it_is_settled(place: Place) -> None:
    """As soon as there is room, or another that may share with it."""
    place.start("a", "b", paired=False)
    for process, instance_id in zip(place.processes, ("a", "b"), strict=True):
        place.say(process, Connected(instance_id, phone="1"))
    assert place.review() == []
    place.now += SETTLED_S
    assert place.review() == ["a", "b"]
    place.stop("b")
    assert place.review() == []
    place.start("b")
    assert place.review() == ["a"]


def test_those_that_shared_a_crash_run_apart_at_first(place: Place) -> None:
    """Each in a worker of its own; when the minute is over they are asked to share again."""
    place.start("a", "b")
    place.processes[0].crash()
    for instance_id in ("a", "b"):
        place.gone(instance_id)
    place.start("a", "b")
    assert place.where()[1:] == [["a"], ["b"]]
    for process, instance_id in zip(place.processes[1:], ("a", "b"), strict=True):
        place.say(process, Connected(instance_id, phone="1"))
    place.now += PROBATION_S - 1
    assert place.review() == []
    place.now += 1
    assert place.review() == ["a", "b"]


@pytest.mark.parametrize(("free", "apart"), [(None, 2), (70 * MIB, 2), (40 * MIB, 1), (0, 1)])
def test_a_crash_does_not_fill_the_memory(
    place: Place, monkeypatch: pytest.MonkeyPatch, free: int | None, apart: int
) -> None:
    """A process each takes more: where there is no room for all, some share again at once."""
    monkeypatch.setattr("core.registry.packing.pool.free_memory", lambda: free)
    place.start("a", "b")
    place.processes[0].crash()
    place.gone("a")
    place.gone("b")
    place.start("a", "b")
    assert [process.spec.shared for process in place.processes[1:]].count(False) == apart


def test_who_crashes_again_alone_is_quarantined(place: Place) -> None:
    """It stays alone for a day, the other shares."""
    place.start("a", "b")
    place.processes[0].crash()
    place.gone("a")
    place.gone("b")
    place.start("a", "b")
    place.say(place.processes[1], Connected("a", phone="1"))
    place.processes[1].crash()
    place.gone("a")
    place.start("a")
    place.now += PROBATION_S
    place.stop("a")
    place.stop("b")
    place.start("a", "b", "c")
    assert place.where()[4:] == [["a"], ["b", "c"]]
    place.now += QUARANTINE_S
    place.stop("a")
    place.start("a")
    assert place.where()[6] == ["a"]
    assert place.processes[6].spec.shared


def test_one_that_crashes_before_it_connects_is_found_out_too(place: Place) -> None:
    """Alone for a day then, and the others share: it must not take them down again and again."""
    place.start("a", "b")
    place.processes[0].crash()
    for instance_id in ("a", "b"):
        place.gone(instance_id)
    place.start("a", "b")
    for process in place.processes[1:]:
        process.say(WorkerStarted(process.spec.instance_id, pid=process.pid))
    place.processes[1].crash()
    place.gone("a")
    place.now += PROBATION_S
    place.stop("b")
    place.start("a", "b", "c")
    assert place.where()[3:] == [["a"], ["b", "c"]]


def test_what_comes_late_from_a_shared_worker_is_handed_on(place: Place) -> None:
    """A message whose instance has moved away meanwhile."""
    place.start("a", "b")
    place.stop("a")
    late = GroupNamed("a", "1@g.us", name="Time")
    place.processes[0].say(late)
    eventually(lambda: place.late == [late], timeout=5, seen=lambda: place.late)


def test_a_pairing_that_crashes_says_nothing_of_the_instance(place: Place) -> None:
    """It never was connected: once it is, it shares."""
    place.start("a", paired=False)
    place.processes[0].crash()
    place.gone("a")
    place.start("a")
    assert place.processes[1].spec.shared


def test_a_worker_that_was_ended_for_one_costs_the_others_no_suspicion(place: Place) -> None:
    """Nor that one: a client that does not stop is no crash."""
    place.start("a", "b")
    place.processes[0].hangs = True
    place.workers["a"].kill()
    place.gone("a")
    place.gone("b")
    place.start("a", "b")
    assert place.where() == [["a", "b"], ["a", "b"]]


def test_a_worker_that_has_grown_is_left_by_its_instances(place: Place) -> None:
    """Not in its first minutes; they move to another, and it ends with the last."""
    place.start("a", "b")
    place.say(place.processes[0], MemoryUsed("a", bytes=55 * MIB))
    assert place.review() == []
    place.now += 600
    assert place.review() == ["a", "b"]
    place.stop("a")
    place.start("a")
    assert place.where() == [["a", "b"], ["a"]]
    assert place.review() == ["b"]
    place.stop("b")
    eventually(lambda: place.processes[0].dead, timeout=5, seen=lambda: place.processes[0].commands)
    assert place.review() == []


def test_a_worker_that_many_have_left_is_left_by_all(place: Place) -> None:
    """Each has left its database open."""
    place.start("a", "b")
    for _ in range(4):
        place.stop("a")
        place.start("a")
    assert place.review() == []
    place.stop("a")
    place.start("a")
    assert (sorted(place.review()), len(place.processes)) == (["a", "b"], 1)


def test_only_a_few_move_at_a_time(place: Place) -> None:
    """Each logs in anew; one that cannot move now holds up no other."""
    names = [f"i{number}" for number in range(MOVED_TOGETHER + 2)]
    place.start(*names, paired=False)
    for process, name in zip(place.processes, names, strict=True):
        place.say(process, Connected(name, phone="1"))
    place.now += SETTLED_S
    assert place.review() == names[:MOVED_TOGETHER]
    assert place.review() == names[MOVED_TOGETHER:]
    assert place.review() == names[:MOVED_TOGETHER]


def test_a_process_that_does_not_end_by_itself_is_ended(place: Place) -> None:
    """One round after it was asked to."""
    place.start("a")
    process = place.processes[0]
    place.workers["a"].send(StopWorker("a"))
    process.hangs = True
    place.gone("a")
    eventually(lambda: process.commands[-1] == StopWorker(""), timeout=5, seen=lambda: process.commands)
    place.review()
    assert not process.killed
    place.review()
    assert process.killed


def test_a_process_that_died_unnoticed_costs_one_try(place: Place) -> None:
    """Another is started for who comes."""
    place.start("a")
    place.processes[0].dead = True
    place.start("b")
    assert place.where() == [["a"], ["b"]]


def test_no_process_can_be_started(place: Place) -> None:
    """Told to who asked; the next try finds everything as it was."""
    place.broken = True
    with pytest.raises(WorkerLostError):
        place.start("a")
    place.broken = False
    place.start("a", "b")
    assert place.where() == [["a", "b"]]
