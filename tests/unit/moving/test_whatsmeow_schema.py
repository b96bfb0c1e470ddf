"""The tables of a store: those of the genuine core, and which versions can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.whatsmeow_schema import (
    OWNER_COLUMNS,
    VERSION_TABLE,
    check_version,
    known_columns,
)
from tests.support.whatsmeow_stores import rows, shop_store


def test_every_table_is_known_by_its_owner(tmp_path: Path) -> None:
    """No table of the core is left behind, and each row's device can be told."""
    tables = rows(shop_store(tmp_path / "s.db"), "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert {name for (name,) in tables} == {*OWNER_COLUMNS, VERSION_TABLE}
    for table, owner in OWNER_COLUMNS.items():
        assert not owner or owner in known_columns()[table]


@pytest.mark.parametrize(("version", "compatible"), [(4, None), (8, 8), (15, 8), (15, None), (40, 15)])
def test_what_our_core_understands_is_taken(version: int, compatible: int | None) -> None:
    """Older ones, and newer ones that say that they can still be read."""
    check_version(version, compatible)


@pytest.mark.parametrize(("version", "compatible"), [(16, 16), (16, None), (40, 39)])
def test_what_only_a_newer_core_understands_is_refused(version: int, compatible: int | None) -> None:
    """The refusal names the version."""
    with pytest.raises(MoveRefusedError) as refused:
        check_version(version, compatible)
    assert (refused.value.code, refused.value.detail) == (MoveCode.SCHEMA_TOO_NEW, str(version))
