"""The schema makes a store; that it is the core's own is tested with the core (tests/integration/moving)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from core.moving.session_schema import SCHEMA


def test_it_makes_seventeen_empty_tables() -> None:
    """All of them whatsmeow's."""
    with closing(sqlite3.connect(":memory:")) as store:
        store.executescript(SCHEMA)
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert len(tables) == 17
        assert all(name.startswith("whatsmeow_") for name in tables)
