"""A registry that is not open: it refuses in words, and a look at it costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError, UnknownInstanceError
from core.models.instance import InstanceRecord
from core.models.storage import StorageView
from core.models.worker_events import GroupNamed
from core.registry.commands import Close
from core.registry.registry import Registry
from core.settings import Settings
from tests.support.contents import words
from tests.support.polling import eventually

UNKNOWN = "../x"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Never started."""
    return Registry(Settings(tmp_path / "auth", True, "en", "INFO", 50))


@pytest.mark.parametrize(
    "verb",
    [
        lambda registry: registry.view(UNKNOWN),
        lambda registry: registry.start_instance(UNKNOWN),
        lambda registry: registry.stop_instance(UNKNOWN, timeout=60),
        lambda registry: registry.send(UNKNOWN, to="5511912345678", content=words(), timeout=60),
        lambda registry: registry.wait_for(UNKNOWN, lambda _: True, timeout=60),
    ],
)
def test_an_unknown_id_is_an_error_of_every_verb(
    registry: Registry, verb: Callable[[Registry], object]
) -> None:
    """A page left open on something that is gone gets one clear error, at once."""
    with pytest.raises(UnknownInstanceError) as caught:
        verb(registry)
    assert caught.value.detail == UNKNOWN


def test_nothing_is_there_and_nothing_is_touched(registry: Registry, tmp_path: Path) -> None:
    """Views are empty, the storage is told as opening, and no folder appears by looking."""
    assert registry.views() == ()
    assert registry.sent(UNKNOWN) == ()
    assert registry.storage() == StorageView(str(tmp_path / "auth"), ready=False)
    assert list(tmp_path.iterdir()) == []


def test_what_comes_late_from_a_worker_reaches_its_instance(registry: Registry) -> None:
    """It may have left that worker long ago; of one that is deleted, nothing is wanted any more."""
    supervisor = registry._supervisors.add(InstanceRecord("loja-1", "Loja", 1.0, wanted=False))
    registry._take_late(GroupNamed(UNKNOWN, "1@g.us", name="Time"))
    registry._take_late(GroupNamed("loja-1", "1@g.us", name="Time"))
    names = registry.inbox.group_names
    eventually(lambda: names("loja-1") == {"1@g.us": "Time"}, timeout=5, seen=lambda: names("loja-1"))
    supervisor.post(Close())
    supervisor.join(5)


def test_nothing_is_created_before_it_is_open(registry: Registry, tmp_path: Path) -> None:
    """The page is told to wait, and no half instance is left."""
    with pytest.raises(StorageUnavailableError) as caught:
        registry.create("Loja")
    assert caught.value.code == "opening"
    assert list(tmp_path.iterdir()) == []


def test_it_can_be_stopped_all_the_same(registry: Registry, tmp_path: Path) -> None:
    """A start that failed half-way is cleaned up like any other, twice if need be."""
    registry.stop()
    registry.stop()
    assert list(tmp_path.iterdir()) == []
