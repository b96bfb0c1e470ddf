"""Tables of whatsmeow in a PostgreSQL database: read in one read-only transaction, within bounds.

Runs in the reader's process (``core.moving.reader``). The address holds a password and is never logged.
"""

from __future__ import annotations

import re
import ssl
import struct
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.whatsmeow_schema import OWNER_COLUMNS, VERSION_TABLE, check_version

PORT: Final = 5432
MOST_BYTES: Final = 300 << 20
"""Of all values that are read; as much as an upload may hold unpacked."""
_SILENCE_S: Final = 20.0
"""For the connection, and for each answer to begin."""
_AT_ONCE: Final = 500
"""Rows that are asked for together."""
_SCHEMES: Final = re.compile(r"postgres(?:ql)?(?:\+\w+)?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
_MODES: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_VERIFIED: Final = frozenset({"verify-ca", "verify-full"})
_KNOWN: Final = frozenset({*OWNER_COLUMNS, VERSION_TABLE})
_BEGIN: Final = "START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COLUMNS: Final = """
SELECT column_name::text FROM information_schema.columns
WHERE table_name = :name AND table_schema = ANY (current_schemas(false))
"""
_FAILED: Final = (
    *(DatabaseError, InterfaceError, OSError, struct.error),
    *(ValueError, KeyError, IndexError, TypeError),
)
"""What the driver raises for a server that refuses, is gone, or answers something else."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is, and who may read it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    mode: str
    """libpq's ``sslmode``."""
    schema: str
    """Where its tables lie; empty for where the user's lie."""


def parse_address(text: str) -> DatabaseAddress:
    """Return what an address says, as ``postgres://user:password@server:5432/database``.

    Of its parameters ``sslmode`` and ``schema`` count. Raises MoveRefusedError (move-address-wrong).
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port or PORT
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    except ValueError as error:
        raise MoveRefusedError(MoveCode.ADDRESS_WRONG) from error
    address = DatabaseAddress(
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.removeprefix("/")) or unquote(parts.username or ""),
        mode=options.get("sslmode", "prefer"),
        schema=options.get("schema", ""),
    )
    whole = address.host and address.user and not _controls(text) and address.mode in _MODES
    if not whole or not _SCHEMES.fullmatch(parts.scheme) or not _is_name(address.schema):
        raise MoveRefusedError(MoveCode.ADDRESS_WRONG)
    return address


class WhatsmeowPostgres:
    """The tables of one database; use it as a context. Threading: one thread."""

    def __init__(self, address: DatabaseAddress, *, deadline: float) -> None:
        """Connect, until ``deadline`` (of ``time.monotonic``).

        Raises MoveRefusedError: move-unreachable, move-no-device for a database of another program,
        move-schema-too-new.
        """
        self._deadline = deadline
        self._left = MOST_BYTES
        self._connection = _connected(address)
        try:
            self._run(_BEGIN)
            self._run(f"SET LOCAL statement_timeout = {max(1, int(self._left_s() * 1000))}")
            if address.schema:
                self._run(f'SET LOCAL search_path TO "{address.schema}"')
            self._check_version()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up; the transaction ends with it."""
        self._close()

    def columns(self, table: str) -> Collection[str]:
        """Return the names of a table's columns; none for what is no table of ours."""
        if table not in _KNOWN:
            return ()
        return tuple(str(row[0]) for row in self._run(_COLUMNS, name=table))

    def rows(
        self, table: str, columns: Collection[str], where: str = "", value: str = ""
    ) -> Iterator[tuple[object, ...]]:
        """Yield the values of ``columns``, of the rows whose column ``where`` is ``value``, if given.

        One query at a time. Raises MoveRefusedError: move-unreachable, move-too-slow, move-too-large.
        """
        names = ", ".join(f'"{name}"' for name in columns)
        condition = f' WHERE "{where}" = :value' if where else ""
        self._run(
            f'DECLARE found NO SCROLL CURSOR FOR SELECT {names} FROM "{table}"{condition}',  # noqa: S608
            **({"value": value} if where else {}),
        )
        try:
            while batch := self._run(f"FETCH {_AT_ONCE} FROM found"):
                for row in batch:
                    self._left -= sum(len(each) for each in row if isinstance(each, bytes | str))
                    if self._left < 0:
                        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{MOST_BYTES >> 20} MB")
                    yield tuple(row)
        finally:
            with suppress(MoveRefusedError):
                self._run("CLOSE found")

    def count(self, table: str, where: str, value: str) -> int:
        """Return how many rows have ``value`` in ``where``. Raises as ``rows`` does."""
        if where not in self.columns(table):
            return 0
        query = f'SELECT count(*) FROM "{table}" WHERE "{where}" = :value'  # noqa: S608
        return int(self._run(query, value=value)[0][0])

    def _check_version(self) -> None:
        columns = self.columns(VERSION_TABLE)
        if "version" not in columns:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        compatible = "compat" if "compat" in columns else "NULL"
        rows = self._run(f"SELECT version, {compatible} FROM {VERSION_TABLE} LIMIT 1")  # noqa: S608
        version, oldest = rows[0] if rows else (None, None)
        if not isinstance(version, int) or not isinstance(oldest, int | None):
            raise MoveRefusedError(MoveCode.DAMAGED, VERSION_TABLE)
        check_version(version, oldest)

    def _run(self, query: str, **values: str) -> list[Any]:
        if self._left_s() <= 0:
            raise MoveRefusedError(MoveCode.TOO_SLOW)
        try:
            return list(self._connection.run(query, **values) or ())
        except _FAILED as error:
            late = self._left_s() <= 0
            # Nothing of the error goes on: it may quote what the address says.
            raise MoveRefusedError(MoveCode.TOO_SLOW if late else MoveCode.UNREACHABLE) from error

    def _left_s(self) -> float:
        return self._deadline - time.monotonic()

    def _close(self) -> None:
        with suppress(*_FAILED):
            self._connection.close()


def _connected(address: DatabaseAddress) -> Connection:
    """Connect as libpq would: encrypted where the server can, unless the address says otherwise."""
    try:
        if address.mode != "disable":
            with suppress(_NoEncryptionError):
                return _connect(address, _context(address.mode))
        return _connect(address, None)
    except _FAILED as error:
        raise MoveRefusedError(MoveCode.UNREACHABLE) from error


class _NoEncryptionError(Exception):
    """The server does not encrypt, and the address does not insist."""


def _connect(address: DatabaseAddress, context: ssl.SSLContext | None) -> Connection:
    try:
        return Connection(
            address.user,
            host=address.host,
            port=address.port,
            database=address.database,
            password=address.password,
            ssl_context=context,
            timeout=_SILENCE_S,
        )
    except InterfaceError as error:
        if context is not None and address.mode in ("allow", "prefer") and "SSL" in str(error):
            raise _NoEncryptionError from error
        raise


def _context(mode: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = mode == "verify-full"
    if mode not in _VERIFIED:
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_name(schema: str) -> bool:
    return not schema or _NAME.fullmatch(schema) is not None


def _controls(text: str) -> bool:
    return not text.strip().isprintable()
