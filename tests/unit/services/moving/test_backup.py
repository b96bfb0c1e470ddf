"""What pages ask for to make a backup, and what they are told when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.errors import AppError, InvalidInputError, StorageUnavailableError
from core.models.audit import Action
from core.models.moving.backup import MadeBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.services.moving import backup
from core.services.runtime import Runtime
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import ID, view

PASSPHRASE = "correta bateria cavalo grampo"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """One linked instance, and a monitor that does as it is told."""
    registry = MagicMock()
    registry.view.return_value = view()
    with installed(replace(runtime_of(tmp_path), registry=registry, backups=MagicMock())) as made:
        yield made


def test_it_is_made_and_noted(runtime: Runtime) -> None:
    """Spaces around a passphrase do not count. The audit log knows of those that are in it."""
    made = MadeBackup("t", "b.age", 9, (ID,), messages=False, made_at=1.0, gone_at=2.0, lacking=("Outra",))
    runtime.backups.make.return_value = made  # type: ignore[attr-defined]
    assert backup.make([ID], f"  {PASSPHRASE} ", messages=False) is made
    runtime.backups.make.assert_called_once_with([view()], PASSPHRASE, messages=False)  # type: ignore[attr-defined]
    (entry,) = runtime.audit.waiting
    assert (entry.action, entry.instance_id) == (Action.BACKED_UP, ID)


@pytest.mark.parametrize("passphrase", ["", "curta", "x" * (backup.PASSPHRASE_LEAST - 1), " " * 40])
def test_a_short_passphrase_is_refused(runtime: Runtime, passphrase: str) -> None:
    """Whoever has the file may guess for years."""
    with pytest.raises(InvalidInputError) as caught:
        backup.make([ID], passphrase, messages=True)
    assert (caught.value.code, caught.value.detail) == ("passphrase-too-short", "12")


def test_without_a_linked_phone_there_is_nothing_to_save(runtime: Runtime) -> None:
    """It is told before anything is tried."""
    runtime.registry.view.return_value = replace(view(), linked=False)  # type: ignore[attr-defined]
    with pytest.raises(AppError, match="backup-nothing"):
        backup.make([ID], PASSPHRASE, messages=True)
    runtime.backups.make.assert_not_called()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        (MoveCode.DISK_FULL, StorageUnavailableError, "disk-full"),
        (MoveCode.NO_DEVICE, AppError, "backup-nothing"),
        (MoveCode.DAMAGED, AppError, "backup-session"),
    ],
)
def test_refusals_are_told_in_the_words_of_pages(
    runtime: Runtime, code: MoveCode, kind: type[AppError], expected: str
) -> None:
    """And nothing is noted as done."""
    runtime.backups.make.side_effect = MoveRefusedError(code)  # type: ignore[attr-defined]
    with pytest.raises(kind) as caught:
        backup.make([ID], PASSPHRASE, messages=True)
    assert caught.value.code == expected
    assert not runtime.audit.waiting


def test_it_is_fetched_while_it_is_there(runtime: Runtime) -> None:
    """Then it is told that it is gone."""
    made = MadeBackup("1", "b.age", 3, (ID,), True, 1.0, 2.0)
    runtime.backups.waiting.return_value = (Path("/b.age"), made)  # type: ignore[attr-defined]
    assert backup.waiting("1") == (Path("/b.age"), made)
    assert backup.download_address("1", "es") == "/backups/1?lang=es"
    runtime.backups.note_fetched.assert_not_called()  # type: ignore[attr-defined]
    backup.note_fetched(made)
    runtime.backups.note_fetched.assert_called_once_with(made)  # type: ignore[attr-defined]
    runtime.backups.waiting.return_value = None  # type: ignore[attr-defined]
    with pytest.raises(AppError, match="backup-gone"):
        backup.waiting("1")


def test_it_can_be_thrown_away(runtime: Runtime) -> None:
    """By its token; and how things stand is told from memory."""
    backup.discard("1")
    runtime.backups.discard.assert_called_once_with("1")  # type: ignore[attr-defined]
    assert backup.backups() is runtime.backups.view
