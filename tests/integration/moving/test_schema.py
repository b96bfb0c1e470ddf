"""The store that we write is the one that the core writes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from core.moving.session_schema import COMPATIBLE_FROM, SCHEMA, VERSION
from tests.conftest import StartCore


def described(store: sqlite3.Connection) -> dict[str, str]:
    """Every table and index with its statement, without what is only layout."""
    rows = store.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: re.sub(r"\s*([(),])\s*|\s+", lambda m: m[1] or " ", sql).strip() for name, sql in rows}


def test_the_schema_is_the_cores_own(start_core: StartCore, tmp_path: Path) -> None:
    """Table by table and index by index, and the version too: an engine that is updated says so here."""
    core = start_core(tmp_path / "store.db")
    core.wait("qr")
    core.stop()
    with closing(sqlite3.connect(core.store)) as made, closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(SCHEMA)
        assert described(ours) == described(made)
        assert made.execute("SELECT * FROM whatsmeow_version").fetchall() == [(VERSION, COMPATIBLE_FROM)]
        tables = made.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
        assert tables == (17,)
