"""What a worker says waits within bounds: then the worker does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from core.errors import WorkerLostError
from core.models.content import Attachment, Content, Kind, Reference
from core.models.recipients import Group
from core.models.worker_commands import StopWorker, WorkerCommand
from core.models.worker_events import GroupNamed, GroupsListed, MessageArrived, WorkerEvent, WorkerExited
from core.registry.event_room import ROOM, EventRoom, size
from core.registry.workers import WorkerSlot
from tests.support.polling import eventually


class Chatter:
    """A worker that says one thing after another without an end, until it is killed or asked to stop."""

    def __init__(self, *, obeys: bool = True) -> None:
        self.said = 0
        self._obeys = obeys
        self._over = threading.Event()

    def events(self) -> Iterator[WorkerEvent]:
        while not self._over.is_set():
            self.said += 1
            yield GroupNamed("a", f"{self.said}@g.us", name="x" * 10_000)

    def send(self, command: WorkerCommand) -> None:
        if isinstance(command, StopWorker) and self._obeys:
            self._over.set()

    def kill(self) -> None:
        self._over.set()

    def close(self) -> None:
        self._over.set()


def calm(worker: Chatter) -> int:
    """How much it had said when it had stopped saying more."""

    def same() -> bool:
        before = worker.said
        time.sleep(0.1)
        return worker.said == before

    eventually(same, timeout=10, seen=lambda: worker.said)
    return worker.said


def test_a_worker_waits_while_nobody_looks_and_goes_on_as_soon_as_somebody_does() -> None:
    """Nothing is lost, and never more than the room is held."""
    heard: list[WorkerEvent] = []
    worker = Chatter()
    slot = WorkerSlot("a", on_event=lambda _, event: heard.append(event))
    slot.attach(worker)
    calm(worker)
    held = sum(map(size, heard))
    assert ROOM <= held < ROOM + 20_000
    for event in heard[:50]:
        slot.handled(event)
    eventually(lambda: sum(map(size, heard)) >= held + 50 * 10_000, timeout=5, seen=lambda: len(heard))
    calm(worker)
    assert sum(map(size, heard[50:])) < ROOM + 20_000
    assert [event.chat for event in heard if isinstance(event, GroupNamed)] == [
        f"{number}@g.us" for number in range(1, len(heard) + 1)
    ]
    assert slot.stop()


def test_twice_as_much_waits_while_another_end_is_awaited() -> None:
    """And no more than usual afterwards; what is there already stays."""
    room, event = EventRoom(), GroupNamed("a", "1@g.us", name="x" * (ROOM - 1_000))
    for enter in (room.widen, room.narrow):
        room.enter(event)
        room.enter(event)
        waiting = threading.Thread(target=room.wait)
        enter()
        waiting.start()
        waiting.join(5 if enter == room.widen else 0.1)
        assert waiting.is_alive() is (enter == room.narrow)
        room.leave(event)
        room.leave(event)
        waiting.join(5)
        assert not waiting.is_alive()


@pytest.mark.parametrize("obeys", [True, False])
def test_a_worker_that_waits_can_be_ended_at_once(obeys: bool) -> None:
    """Nobody looks at what it says meanwhile; that is bounded too, and then it is killed."""
    heard: list[WorkerEvent] = []
    worker = Chatter(obeys=obeys)
    slot = WorkerSlot("a", on_event=lambda _, event: heard.append(event))
    slot.attach(worker)
    calm(worker)
    begin = time.monotonic()
    assert slot.stop()
    assert time.monotonic() - begin < 2
    assert isinstance(heard[-1], WorkerExited)
    assert sum(map(size, heard)) < 2 * ROOM + 20_000


class Silent(Chatter):
    """A worker that says nothing, and ends some time after it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.killed = False

    def events(self) -> Iterator[WorkerEvent]:
        self._over.wait(10)
        yield from ()

    def send(self, command: WorkerCommand) -> None:
        threading.Timer(0.3, self._over.set).start()

    def kill(self) -> None:
        self.killed = True
        super().kill()


@pytest.mark.parametrize(("deadline_s", "killed"), [(0.01, True), (5.0, False)])
def test_a_worker_has_as_much_time_to_end_as_it_is_given(deadline_s: float, killed: bool) -> None:
    """Then it is killed."""
    worker = Silent()
    slot = WorkerSlot("a", on_event=lambda _, __: None)
    slot.attach(worker)
    assert slot.stop(deadline_s=deadline_s)
    assert worker.killed is killed


def test_another_worker_has_to_wait_again() -> None:
    """The end of one does not open the room for good."""
    room = EventRoom()
    event = GroupNamed("a", "1@g.us", name="x" * ROOM)
    room.end()
    room.enter(event)
    room.wait()
    room.begin()
    waited = threading.Event()

    def wait() -> None:
        room.wait()
        waited.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not waited.wait(0.1)
    room.leave(event)
    assert waited.wait(5)
    room.end()
    room.enter(event)
    room.enter(event)
    with pytest.raises(WorkerLostError, match="too-many-events"):
        room.wait()


def test_the_size_of_an_event_is_that_of_its_texts() -> None:
    """In memory, where an emoji makes each letter take four bytes."""
    plain, wide = (GroupNamed("a", "1@g.us", name=name) for name in ("x" * 1_000, "x" * 999 + "😀"))
    assert 1_000 < size(plain) < 2_000
    assert size(wide) - size(plain) >= 2_900


def test_what_is_nested_in_an_event_counts() -> None:
    """A text of a message and every group of a list: they are what takes room."""
    words = "x" * 10_000
    file = Attachment(thumbnail=words, remote=words)
    content = Content(Kind.POLL, text=words, file=file, options=(words,) * 3, about=Reference(text=words))
    arrived = MessageArrived("a", "1", "", "", content, 1.0, False, False, chat="", sender="")
    assert 70_000 < size(arrived) < 80_000
    groups = tuple(Group(f"{number}@g.us", "Time", 3) for number in range(1_000))
    assert 150_000 < size(GroupsListed("a", "r", groups=groups)) < 400_000
