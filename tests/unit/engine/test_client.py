"""The address under which the core opens its store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from core.engine.client import store_address


@pytest.mark.parametrize("name", ["plain", "with space", "a?b", "a#b", "100%", "%00", "ação", "a&b=c", "a'b"])
def test_any_path_leads_to_its_own_file(tmp_path: Path, name: str) -> None:
    """What the core makes of it, `file:` before and `?_foreign_keys=on` behind, opens exactly that file."""
    folder = tmp_path / name
    folder.mkdir()
    address = f"file:{store_address(str(folder / 'session.db'))}?_foreign_keys=on"
    with closing(sqlite3.connect(address, uri=True)) as store:
        store.execute("CREATE TABLE t (x)")
    assert [path.name for path in folder.iterdir()] == ["session.db"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_store_is_opened_with_the_settings_that_were_measured() -> None:
    """Write-ahead log, NORMAL, immediate transactions; what the core adds is swallowed by the last one."""
    address = urlsplit(f"file:{store_address('/auth/session.db')}?_foreign_keys=on")
    assert address.path == "/auth/session.db"
    assert parse_qs(address.query, keep_blank_values=True) == {
        "_foreign_keys": ["on"],
        "_journal_mode": ["WAL"],
        "_busy_timeout": ["10000"],
        "_synchronous": ["NORMAL"],
        "_txlock": ["immediate"],
        "_secure_delete": ["on"],
        "_x": ["?_foreign_keys=on"],
    }
