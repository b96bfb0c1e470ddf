"""A worker of one instance: how it ended, and when its instance may share another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import WorkerLostError
from core.models.worker_commands import StopWorker
from core.models.worker_events import Connected, ConnectFailed, Disconnected, WorkerEvent
from core.registry.packing.alone_worker import HISTORY_S, SETTLED_S, AloneWorker
from tests.unit.registry.packing.conftest import FakeProcess, linked

PAIRING = replace(linked("a"), paired=False)


class Watched:
    """A watched process and what was told of its end."""

    def __init__(self, spec: object = PAIRING) -> None:
        assert isinstance(spec, type(PAIRING))
        self.now = 100.0
        self.ends: list[bool] = []
        self.process = FakeProcess(7, spec)
        self.worker = AloneWorker(
            self.process, spec, on_end=lambda _, crashed: self.ends.append(crashed), clock=lambda: self.now
        )


@pytest.mark.parametrize(
    ("last", "crashed"),
    [(Connected("a", phone="1"), True), (Disconnected("a"), True), (ConnectFailed("a", detail="x"), False)],
)
def test_an_end_that_nobody_asked_for_is_a_crash(last: WorkerEvent, crashed: bool) -> None:
    """Unless it said before that it cannot connect: then it ends in order."""
    watched = Watched()
    watched.process.say(last, None)
    assert list(watched.worker.events()) == [last]
    assert watched.ends == [crashed]


@pytest.mark.parametrize("how", ["stop", "kill", "close"])
def test_an_end_that_was_asked_for_is_none(how: str) -> None:
    """Asked, ended or given up by its supervisor."""
    watched = Watched()
    if how == "stop":
        watched.worker.send(StopWorker("a"))
    else:
        getattr(watched.worker, how)()
        watched.process.say(None)
    assert list(watched.worker.events()) == []
    assert watched.ends == [False]


def test_an_invalid_line_is_a_crash() -> None:
    """It is told before the error goes on."""
    watched = Watched()
    watched.process.say(WorkerLostError("protocol-broken"))
    with pytest.raises(WorkerLostError):
        list(watched.worker.events())
    assert watched.ends == [True]


@pytest.mark.parametrize(
    ("spec", "after"),
    [(PAIRING, SETTLED_S), (replace(PAIRING, history=True), HISTORY_S), (linked("a"), 0.0)],
)
def test_it_is_settled_some_time_after_it_was_paired(spec: object, after: float) -> None:
    """The phone hands over what it holds first; one that was linked before has nothing to wait for."""
    watched = Watched(spec)
    watched.process.say(Disconnected("a"), Connected("a", phone="1"), Connected("a", phone="1"), None)
    assert not watched.worker.is_settled(now=1e9)
    reading = watched.worker.events()
    next(reading), next(reading)
    watched.now += 50.0
    assert list(reading) == [Connected("a", phone="1")]
    assert watched.worker.linked
    assert watched.worker.is_settled(now=100.0 + after)
    assert not after or not watched.worker.is_settled(now=100.0 + after - 1)
