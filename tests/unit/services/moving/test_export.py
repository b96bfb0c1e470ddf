"""A session is handed out only once its instance is stopped, and that is noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.errors import AppError, InvalidInputError, StorageUnavailableError
from core.models.audit import Action
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.services.moving.export import export
from core.services.runtime import Runtime
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import ID, view

PASSPHRASE = "correta bateria cavalo grampo"


@pytest.fixture
def registry() -> MagicMock:
    """One linked instance that stops when it is asked to."""
    made = MagicMock()
    made.view.return_value = view()
    made.stop_instance.return_value = True
    return made


@pytest.fixture
def runtime(tmp_path: Path, registry: MagicMock) -> Iterator[Runtime]:
    """With a monitor that does as it is told."""
    with installed(replace(runtime_of(tmp_path), registry=registry, backups=MagicMock())) as made:
        yield made


def test_it_is_stopped_first_and_noted(runtime: Runtime, registry: MagicMock) -> None:
    """In this order: stopped, marked, written, noted. The mark stays."""
    monitor: MagicMock = runtime.backups  # type: ignore[assignment]
    registry.mark_moved_out.side_effect = lambda *_, **__: registry.stop_instance.assert_called()
    monitor.export.side_effect = lambda *_: registry.mark_moved_out.assert_called_once_with(ID, on=True)
    registry.note_moved_out.side_effect = lambda _: monitor.export.assert_called_once_with(view(), PASSPHRASE)
    export(ID, PASSPHRASE)
    registry.note_moved_out.assert_called_once_with(ID)
    registry.mark_moved_out.assert_called_once_with(ID, on=True)
    assert Action.MOVED_OUT in [entry.action for entry in runtime.audit.waiting]


def test_without_a_passphrase_only_when_that_is_wanted(runtime: Runtime) -> None:
    """An empty one is a mistake; None is a decision."""
    with pytest.raises(InvalidInputError):
        export(ID, "")
    export(ID, None)
    runtime.backups.export.assert_called_once_with(view(), "")  # type: ignore[attr-defined]


def test_nothing_is_handed_out_while_it_runs(runtime: Runtime, registry: MagicMock) -> None:
    """Two systems would fight for it."""
    registry.stop_instance.return_value = False
    with pytest.raises(AppError, match="export-running"):
        export(ID, PASSPHRASE)
    runtime.backups.export.assert_not_called()  # type: ignore[attr-defined]
    registry.note_moved_out.assert_not_called()


def test_without_a_linked_phone_nothing_is_stopped(runtime: Runtime, registry: MagicMock) -> None:
    """There is nothing to take."""
    registry.view.return_value = replace(view(), linked=False)
    with pytest.raises(AppError, match="backup-nothing"):
        export(ID, PASSPHRASE)
    registry.stop_instance.assert_not_called()


def test_one_that_cannot_be_read_is_told(runtime: Runtime, registry: MagicMock) -> None:
    """And not noted as taken out: it may be started again."""
    runtime.backups.export.side_effect = MoveRefusedError(MoveCode.DAMAGED)  # type: ignore[attr-defined]
    with pytest.raises(AppError, match="backup-session"):
        export(ID, PASSPHRASE)
    registry.note_moved_out.assert_not_called()
    registry.mark_moved_out.assert_called_with(ID, on=False)


def test_without_its_mark_on_the_disk_nothing_is_handed_out(runtime: Runtime, registry: MagicMock) -> None:
    """It would run here again after the next start of the machine."""
    registry.mark_moved_out.side_effect = [StorageUnavailableError("disk-full"), None]
    with pytest.raises(StorageUnavailableError):
        export(ID, PASSPHRASE)
    runtime.backups.export.assert_not_called()  # type: ignore[attr-defined]
    registry.mark_moved_out.assert_called_with(ID, on=False)


def test_a_second_try_that_fails_leaves_the_first_mark(runtime: Runtime, registry: MagicMock) -> None:
    """The file of the first one is out there."""
    registry.view.return_value = replace(view(), moved_out_at=5.0)
    runtime.backups.export.side_effect = MoveRefusedError(MoveCode.DAMAGED)  # type: ignore[attr-defined]
    with pytest.raises(AppError, match="backup-session"):
        export(ID, PASSPHRASE)
    registry.mark_moved_out.assert_called_once_with(ID, on=True)
