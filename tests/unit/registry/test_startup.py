"""How instances are started after the process: a few at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.models.instance import InstanceState
from core.registry import startup
from core.registry.change_notifier import ChangeNotifier
from core.registry.startup import RESTORED_TOGETHER, Startup
from core.registry.supervisor import Supervisor
from tests.support.polling import eventually

S = InstanceState


@dataclass(eq=False)
class FakeSupervisor:
    """Starts when it is told to, and goes on when the test says so."""

    state: InstanceState = S.STOPPED
    started: threading.Event = field(default_factory=threading.Event)

    def post(self, _: object) -> None:
        self.state = S.STARTING
        self.started.set()

    def snapshot(self) -> Any:
        return SimpleNamespace(status=SimpleNamespace(state=self.state))


class Restoring:
    """A start of many instances, in a thread."""

    def __init__(self, count: int) -> None:
        self.all = [FakeSupervisor() for _ in range(count)]
        self.changes = ChangeNotifier(lambda *_: None)
        self.startup = Startup.__new__(Startup)
        self.startup._changes, self.startup.closing = self.changes, threading.Event()
        given = cast(list[Supervisor], self.all)
        self.thread = threading.Thread(target=self.startup._restore, args=(given,), daemon=True)
        self.thread.start()

    def count(self) -> int:
        return sum(one.started.is_set() for one in self.all)

    def wait(self, count: int) -> None:
        eventually(lambda: self.count() >= count, timeout=5, seen=self.count)
        self.thread.join(0.05)
        assert self.count() == count

    def become(self, one: FakeSupervisor, state: InstanceState) -> None:
        with self.changes:
            one.state = state
            self.changes.publish()


@pytest.mark.parametrize("end", [S.CONNECTED, S.RECONNECTING, S.PAIRING, S.LOGGED_OUT, S.FAILED])
def test_the_next_one_starts_when_another_is_done(end: InstanceState) -> None:
    """However that ends; never are more under way than may be."""
    restoring = Restoring(RESTORED_TOGETHER + 3)
    restoring.wait(RESTORED_TOGETHER)
    for done in range(3):
        restoring.become(restoring.all[done], end)
        restoring.wait(RESTORED_TOGETHER + done + 1)
    restoring.thread.join(5)
    assert not restoring.thread.is_alive()


def test_a_start_that_hangs_holds_nobody_back_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its slot the others go on, though it has said nothing."""
    monkeypatch.setattr(startup, "RESTORE_SLOT_S", 0.1)
    restoring = Restoring(2 * RESTORED_TOGETHER)
    eventually(lambda: restoring.count() == 2 * RESTORED_TOGETHER, timeout=5, seen=restoring.count)


def test_the_end_of_the_process_starts_no_more() -> None:
    """What waits for its turn stays as it is."""
    restoring = Restoring(RESTORED_TOGETHER + 1)
    restoring.wait(RESTORED_TOGETHER)
    with restoring.changes:
        restoring.startup.closing.set()
        restoring.changes.publish()
    restoring.thread.join(5)
    assert restoring.count() == RESTORED_TOGETHER
