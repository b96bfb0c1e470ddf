"""What arrived: at once in memory, once on the disk, and not lost when that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.events import Disconnected, MessageArrived
from core.registry.arrivals import KEPT_PER_INSTANCE, Arrivals
from core.store import received


def arrival(message_id: str, *, instance_id: str = "a") -> MessageArrived:
    return MessageArrived(instance_id, message_id, "5511912345678", "Ana", "text", "oi", 5.0, False, False)


@pytest.fixture
def arrivals(tmp_path: Path) -> Arrivals:
    for instance_id in ("a", "b"):
        (tmp_path / instance_id).mkdir()
    return Arrivals(folder_of=tmp_path.joinpath)


def ids(arrivals: Arrivals, instance_id: str = "a") -> list[str]:
    return [one.message_id for one in arrivals.recent(instance_id)]


def test_newest_first_and_each_instance_its_own(arrivals: Arrivals) -> None:
    """A message that WhatsApp repeats is one; other events are none of its business."""
    for message_id in ("1", "2", "1"):
        assert arrivals.hear(arrival(message_id))
    arrivals.hear(arrival("3", instance_id="b"))
    assert not arrivals.hear(Disconnected("a"))
    assert ids(arrivals) == ["2", "1"]
    assert ids(arrivals, "b") == ["3"]
    assert ids(arrivals, "nobody") == []


def test_the_next_process_knows_them(arrivals: Arrivals, tmp_path: Path) -> None:
    """In the same order, and what comes after is behind them."""
    for number in range(3):
        arrivals.hear(arrival(str(number)))
    assert arrivals.unwritten("a") == 3
    assert arrivals.flush("a")
    assert arrivals.unwritten("a") == 0
    again = Arrivals(folder_of=tmp_path.joinpath)
    again.hear(arrival("3"))
    assert again.recent("a")[1:] == arrivals.recent("a")
    assert ids(again) == ["3", "2", "1", "0"]


def test_memory_is_bounded(arrivals: Arrivals) -> None:
    """The newest are shown; all of them are written."""
    for number in range(KEPT_PER_INSTANCE + 5):
        arrivals.hear(arrival(str(number)))
    assert len(ids(arrivals)) == KEPT_PER_INSTANCE
    assert arrivals.unwritten("a") == KEPT_PER_INSTANCE + 5


def test_a_disk_that_refuses_loses_none(
    arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait, and are written when it works."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    arrivals.hear(arrival("1"))
    with monkeypatch.context() as broken:
        broken.setattr(received, "write", refuse)
        assert not arrivals.flush("a")
    assert (ids(arrivals), arrivals.unwritten("a")) == (["1"], 1)
    assert arrivals.flush("a")
    assert [one.message_id for one in received.read(tmp_path / "a", limit=9)] == ["1"]


def test_a_flush_of_nothing_touches_no_disk(arrivals: Arrivals, tmp_path: Path) -> None:
    """No file for an instance that nobody wrote to."""
    assert arrivals.flush("a")
    arrivals.recent("a")
    assert arrivals.flush("a")
    assert list((tmp_path / "a").iterdir()) == []
