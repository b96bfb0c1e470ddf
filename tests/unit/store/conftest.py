"""Stores as neonize leaves them, made with SQLite alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.store.session import session_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance's folder, empty."""
    path = tmp_path / "loja-k7m2xq"
    path.mkdir()
    return path


def make_store(folder: Path, *, devices: int = 0, rows: int = 0) -> Path:
    """A session.db in WAL mode with neonize's device table; closed properly, so without a log."""
    path = session_path(folder)
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, noise_key BLOB)")
        store.execute("CREATE TABLE whatsmeow_pre_keys (id INTEGER PRIMARY KEY, key BLOB)")
        store.executemany(
            "INSERT INTO whatsmeow_device VALUES (?, zeroblob(32))", [(str(n),) for n in range(devices)]
        )
        store.executemany(
            "INSERT INTO whatsmeow_pre_keys VALUES (?, zeroblob(32))", [(n,) for n in range(rows)]
        )
        store.commit()
    return path
