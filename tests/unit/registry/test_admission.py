"""Another instance comes in only where there is a place for it, and the first reason against it is told."""

from __future__ import annotations

import threading
from unittest.mock import MagicMock

import pytest

from core.errors import InvalidInputError, LimitReachedError, StorageUnavailableError
from core.registry.admission import Admission


def admission(*, taken: bool = False, count: int = 0) -> tuple[Admission, MagicMock, threading.Event]:
    """One for two instances at most, its monitor, and what says that the process ends."""
    supervisors, monitor, closing = MagicMock(), MagicMock(), threading.Event()
    supervisors.is_taken.return_value = taken
    supervisors.__len__.return_value = count
    made = Admission(supervisors, MagicMock(), monitor, max_instances=2, closing=closing)
    return made, monitor, closing


def test_there_is_a_place() -> None:
    """The disk was asked for the room of a pairing."""
    made, monitor, _ = admission(count=1)
    made.require_open()
    made.require_place("Loja")
    monitor.require_writable.assert_called_once_with()
    monitor.require_room_for_pairing.assert_called_once_with()


def test_a_name_is_nobody_elses() -> None:
    """The name is in the error."""
    with pytest.raises(InvalidInputError) as caught:
        admission(taken=True)[0].require_place("Loja")
    assert (caught.value.code, caught.value.detail) == ("name-taken", "Loja")


def test_the_limit_is_told() -> None:
    """As a number; the disk is not even asked."""
    made, monitor, _ = admission(count=2)
    with pytest.raises(LimitReachedError) as caught:
        made.require_place("Loja")
    assert (caught.value.code, caught.value.detail) == ("instance-limit", "2")
    monitor.require_room_for_pairing.assert_not_called()


def test_nothing_comes_in_while_the_process_ends() -> None:
    """Its stop has its list of instances already."""
    made, _, closing = admission()
    closing.set()
    with pytest.raises(StorageUnavailableError, match="closing"):
        made.require_open()
