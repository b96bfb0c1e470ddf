"""Databases of whatsmeow as other programs leave them: of today, of earlier versions, with many devices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from core.moving.whatsmeow_schema import OWNER_COLUMNS, create_tables, known_columns
from tests.support.stored import unpack

_SCHEMAS: Final = Path(__file__).with_name("stored")
SHOP: Final = "5511990000001"
"""The number of the device that `shop_store` holds; it has 811 keys and 3 conversations."""


@cache
def _stored() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        stored = unpack(Path(folder))
        linked = {stored.shop: SHOP, stored.desk: "desk", stored.old: "old"}
        return {
            name: (stored.auth_dir / instance_id / "session.db").read_bytes()
            for instance_id, name in linked.items()
        }


def shop_store(path: Path) -> Path:
    """A store that the genuine core wrote, of one device."""
    path.write_bytes(_stored()[SHOP])
    return path


def desk_store(path: Path) -> Path:
    """Another one, of another account."""
    path.write_bytes(_stored()["desk"])
    return path


def many_devices(path: Path) -> Path:
    """Three devices of three accounts in one file, as GoWA or wuzapi keep them."""
    others = []
    for number, content in enumerate(_stored().values()):
        others.append(path.with_name(f"other-{number}.db"))
        others[-1].write_bytes(content)
    many_devices_of(path, others)
    for other in others:
        other.unlink()
    return path


def many_devices_of(path: Path, stores: Iterable[Path]) -> Path:
    """The devices of several stores in one file."""
    with closing(sqlite3.connect(path)) as store:
        create_tables(store)
        for other in stores:
            _copy(other, store, OWNER_COLUMNS)
        store.commit()
    return path


def older_store(path: Path, version: int, *, source: Path | None = None, number: str = SHOP) -> Path:
    """A device (the shop's, or that of a store) in the schema of version 4 or 8, as that version knew it."""
    source = source or shop_store(path.with_name("newest.db"))
    with closing(sqlite3.connect(path)) as store:
        store.executescript((_SCHEMAS / f"whatsmeow_v{version}.sql").read_text(encoding="utf-8"))
        there = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        _copy(source, store, there & set(OWNER_COLUMNS))
        if version < 5:
            for table, column in OWNER_COLUMNS.items():
                if table in there:
                    store.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?, ?)",
                        (f"{number}:", f"{number}.0:"),
                    )
        store.commit()
    return path


def split_keys(path: Path) -> tuple[Path, Path]:
    """The shop's device in two files, as GoWA with `DB_KEYS_URI` keeps it: without keys, and the keys."""
    main, keys = shop_store(path / "whatsapp.db"), shop_store(path / "keys.db")
    with closing(sqlite3.connect(main)) as store:
        for table in ("identity_keys", "sessions", "pre_keys", "sender_keys", "message_secrets"):
            store.execute(f"DELETE FROM whatsmeow_{table}")
        store.commit()
    return main, keys


def edit(path: Path, *statements: str) -> Path:
    """Run SQL on a store, as somebody may have done; foreign keys and checks do not stop it."""
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA ignore_check_constraints=ON")
        for statement in statements:
            store.execute(statement)
        store.commit()
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds in a store."""
    with closing(sqlite3.connect(path)) as store:
        return [tuple(row) for row in store.execute(query)]


def _copy(source: Path, target: sqlite3.Connection, tables: Iterable[str]) -> None:
    with closing(sqlite3.connect(source)) as file:
        for table in tables:
            has = {str(row[1]) for row in target.execute(f"PRAGMA table_info({table})")}
            columns = ", ".join(name for name in known_columns()[table] if name in has)
            for row in file.execute(f"SELECT {columns} FROM {table}"):
                marks = ", ".join("?" * len(row))
                target.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)
