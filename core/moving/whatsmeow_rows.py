"""One device's rows, from tables of whatsmeow wherever they lie, into a fresh ``session.db``.

Only tables and columns that we know are read, by their names; each value is checked against the type that
its column has in our schema. Runs in the reader's process (``core.moving.reader``).
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, TypeVar, cast

from core.models.moving.codes import MoveCode
from core.models.moving.device import DeviceKeys, FoundDevice, MoveRefusedError
from core.moving.disk_room import require_room
from core.moving.whatsmeow_schema import OWNER_COLUMNS, create_tables, known_columns

MOST_DEVICES: Final = 500
"""Of which one is chosen; a database with more is no personal one."""
_DEVICE: Final = "whatsmeow_device"
_PRE_KEYS: Final = "whatsmeow_pre_keys"
_SESSIONS: Final = "whatsmeow_sessions"
_FAR_ID: Final = 1 << 22
"""Beyond the pre-keys of any device: each is used up by a stranger who writes for the first time."""
_LONGEST_NAME: Final = 200
"""Characters that are shown of what an account calls itself; WhatsApp takes 25."""
_AT_ONCE: Final = 500
"""Rows in memory."""
_JID: Final = re.compile(r"([0-9]{5,20})(?:\.0)?(?::([0-9]{1,5}))?@s\.whatsapp\.net")
"""Up to version 4 there is an agent in it, ``.0``. Source: whatsmeow, upgrades/05-account-jid-format.sql."""
_NOT_OURS: Final = frozenset({"facebook_uuid"})
"""Columns for accounts of Messenger."""
_TYPES: Final[Mapping[str, type]] = {
    "TEXT": str,
    "BYTEA": bytes,
    "BIGINT": int,
    "INTEGER": int,
    "BOOLEAN": int,
}
_ORPHANS: Final = """
DELETE FROM whatsmeow_app_state_mutation_macs
WHERE (jid, name) NOT IN (SELECT jid, name FROM whatsmeow_app_state_version)
"""
"""Left behind by a program that had foreign keys off; the core could not read the state anyway."""

Value = str | bytes | int | None
T = TypeVar("T")


class Tables(Protocol):
    """Tables of whatsmeow somewhere. What cannot be read raises MoveRefusedError, which names the table."""

    def columns(self, table: str) -> Collection[str]:
        """Return the names of a table's columns; none for a table that is not there."""

    def rows(
        self, table: str, columns: Collection[str], where: str = "", value: str = ""
    ) -> Iterator[tuple[object, ...]]:
        """Yield the values of ``columns``; of the rows whose column ``where`` is ``value``, if given."""

    def count(self, table: str, where: str, value: str) -> int:
        """Return how many rows have ``value`` in ``where``; 0 for a table that is not there."""


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """A device as the source knows it."""

    stored_jid: str
    """As the source's rows name it."""
    number: str
    device: int
    """0 for one that was never linked."""
    name: str

    @property
    def jid(self) -> str:
        """Return its address as it is written today."""
        return f"{self.number}:{self.device}@s.whatsapp.net"


def stored_devices(tables: Tables) -> tuple[StoredDevice, ...]:
    """Return the devices, ordered by number: the same each time.

    Raises MoveRefusedError: move-no-device, move-never-paired, move-damaged.
    """
    wanted = [name for name in ("jid", "push_name") if name in tables.columns(_DEVICE)]
    if "jid" not in wanted:
        raise MoveRefusedError(MoveCode.NO_DEVICE)
    found: dict[str, StoredDevice] = {}
    for row in islice(tables.rows(_DEVICE, wanted), MOST_DEVICES + 1):
        known = _device_of(row)
        if known is not None:
            found.setdefault(known.stored_jid, known)
    if len(found) > MOST_DEVICES:
        raise MoveRefusedError(MoveCode.TOO_LARGE, str(MOST_DEVICES))
    linked = [each for each in found.values() if each.device]
    if not linked:
        raise MoveRefusedError(MoveCode.NEVER_PAIRED if found else MoveCode.NO_DEVICE)
    return tuple(sorted(linked, key=lambda each: (each.number, each.device)))


def _device_of(row: tuple[object, ...]) -> StoredDevice | None:
    """Return the device of a row; None for one of another service."""
    jid, *rest = row
    match = _JID.fullmatch(jid) if isinstance(jid, str) else None
    if match is None or not isinstance(jid, str):
        return None
    name = rest[0][:_LONGEST_NAME] if rest and isinstance(rest[0], str) else ""
    return StoredDevice(jid, match[1], int(match[2] or 0), name)


def describe(tables: Tables, index: int, stored: StoredDevice) -> FoundDevice:
    """Return what a person chooses a device by. Raises MoveRefusedError (move-damaged)."""
    return FoundDevice(
        index=index,
        number=stored.number,
        device=stored.device,
        name=stored.name,
        keys=tables.count(_PRE_KEYS, OWNER_COLUMNS[_PRE_KEYS], stored.stored_jid),
        conversations=tables.count(_SESSIONS, OWNER_COLUMNS[_SESSIONS], stored.stored_jid),
    )


def device_keys(tables: Tables, stored: StoredDevice) -> DeviceKeys:
    """Return what logs a device in, to be checked before anything is written.

    Raises MoveRefusedError (move-damaged, detail: table and column).
    """
    columns = _shared(tables, _DEVICE)
    row = next(tables.rows(_DEVICE, columns, "jid", stored.stored_jid), None)
    if row is None:
        raise MoveRefusedError(MoveCode.DAMAGED, _DEVICE)
    values = dict(zip(columns, _checked(_DEVICE, columns, row), strict=True))

    def number(name: str) -> int:
        return _required(values, name, int)

    def key(name: str) -> bytes:
        return _required(values, name, bytes)

    def text(name: str) -> str:
        return str(values.get(name) or "")

    return DeviceKeys(
        jid=stored.jid,
        lid=text("lid"),
        registration_id=number("registration_id"),
        noise_private=key("noise_key"),
        identity_private=key("identity_key"),
        signed_prekey_id=number("signed_pre_key_id"),
        signed_prekey_private=key("signed_pre_key"),
        signed_prekey_signature=key("signed_pre_key_sig"),
        adv_secret=key("adv_key"),
        account_details=key("adv_details"),
        account_signature=key("adv_account_sig"),
        account_signature_key=key("adv_account_sig_key"),
        device_signature=key("adv_device_sig"),
        platform=text("platform"),
        business_name=text("business_name"),
        push_name=text("push_name"),
    )


def copy_device(sources: Sequence[Tables], stored: StoredDevice, path: Path) -> None:
    """Write a fresh store with this one device to ``path``, on the disk on return; mode 0600.

    Its rows come from all ``sources``; of two with the same key that of the first counts. Nothing may be
    at ``path``. Raises MoveRefusedError (move-damaged, detail: table or column; move-disk-full).
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path, isolation_level=None)) as store:
            _write(store, sources, stored, path.parent)
    except (OSError, sqlite3.OperationalError) as error:
        raise MoveRefusedError(MoveCode.DISK_FULL) from error


def _write(store: sqlite3.Connection, sources: Sequence[Tables], stored: StoredDevice, folder: Path) -> None:
    # All of it or an empty file: one transaction, one wait for the disk.
    store.executescript("PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;")
    create_tables(store)
    store.execute("BEGIN")
    for source in sources:
        for table in OWNER_COLUMNS:
            _copy_table(store, source, table, stored, folder)
    store.execute(_ORPHANS)
    if not store.execute(f"SELECT 1 FROM {_PRE_KEYS} LIMIT 1").fetchone():  # noqa: S608
        # The core counts on from the highest id. WhatsApp's server may still hand out keys that are gone:
        # their ids must not come back with other keys, and nothing here says how far they went.
        store.execute(
            f"INSERT INTO {_PRE_KEYS} VALUES (?, ?, ?, ?)",  # noqa: S608
            (stored.jid, _FAR_ID, os.urandom(32), True),
        )
    store.execute("COMMIT")


def _copy_table(
    store: sqlite3.Connection, source: Tables, table: str, stored: StoredDevice, folder: Path
) -> None:
    columns, owner = _shared(source, table), OWNER_COLUMNS[table]
    if not columns or (owner and owner not in columns):
        return
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    rows = (
        _checked(table, columns, row)
        for row in source.rows(table, columns, owner, stored.stored_jid if owner else "")
    )
    place = columns.index(owner) if owner else -1
    while batch := [_renamed(row, place, stored.jid) for row in islice(rows, _AT_ONCE)]:
        require_room(folder, size_of(batch))
        try:
            store.executemany(insert, batch)
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise MoveRefusedError(MoveCode.DAMAGED, table) from error


def size_of(rows: Iterable[Sequence[object]]) -> int:
    """Return about how many bytes these rows take."""
    return sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))


def _renamed(row: tuple[Value, ...], place: int, jid: str) -> tuple[Value, ...]:
    return row if place < 0 else (*row[:place], jid, *row[place + 1 :])


def _shared(source: Tables, table: str) -> tuple[str, ...]:
    """Return the columns of a table that the source has and we know."""
    there = set(source.columns(table)) - _NOT_OURS
    return tuple(name for name in known_columns()[table] if name in there)


def _checked(table: str, columns: Sequence[str], row: Sequence[object]) -> tuple[Value, ...]:
    """Return the values of a row. Raises MoveRefusedError for one that its column cannot hold."""
    kinds = known_columns()[table]
    values: list[Value] = []
    for name, value in zip(columns, row, strict=True):
        plain = bytes(value) if isinstance(value, memoryview) else value
        if plain is not None and not isinstance(plain, _TYPES[kinds[name]]):
            raise MoveRefusedError(MoveCode.DAMAGED, f"{table}.{name}")
        values.append(cast("Value", plain))
    return tuple(values)


def _required(values: Mapping[str, Value], name: str, kind: type[T]) -> T:
    value = values.get(name)
    if not isinstance(value, kind):
        raise MoveRefusedError(MoveCode.DAMAGED, f"{_DEVICE}.{name}")
    return value
