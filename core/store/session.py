"""``session.db``: neonize's file. We read whether it holds a device, shrink its log, and set it aside.

Always from the web process: SQLite's locks belong to a process, and a second SQLite inside the worker would
drop the core's locks when it closes the file. Source: sqlite.org/howtocorrupt.html, section 2.2.1.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.errors import CorruptFileError, StorageUnavailableError
from core.store.files import set_aside
from core.store.layout import SESSION_FILE

log = logging.getLogger(__name__)

_CORRUPT: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY_S: Final = 2.0
_MESSAGE_ID: Final = "SELECT message_id FROM whatsmeow_message_secrets WHERE key = ?"


def session_path(folder: Path) -> Path:
    """Where the session of the instance in ``folder`` lies."""
    return folder / SESSION_FILE


def has_device(folder: Path) -> bool:
    """True when the store holds a linked device. A file alone proves nothing: unpaired ones exist too.

    Call while no worker runs for this instance. Raises CorruptFileError when the file is damaged,
    StorageUnavailableError when it cannot be read now.
    """
    path = session_path(folder)
    if not path.exists():
        return False
    with _translated(), _open(path) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise CorruptFileError("session-corrupt", detail=SESSION_FILE)
        tables = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'whatsmeow_device'"
        ).fetchone()
        return bool(tables and connection.execute("SELECT 1 FROM whatsmeow_device LIMIT 1").fetchone())


def has_device_quietly(folder: Path) -> bool:
    """As ``has_device``; a store that cannot be read counts as linked: its start tells what is wrong."""
    try:
        return has_device(folder)
    except (CorruptFileError, StorageUnavailableError):
        return True


def set_session_aside(folder: Path) -> str:
    """Keep a damaged store under another name; the next start pairs anew. Returns that. Raises OSError."""
    path = session_path(folder)
    kept = set_aside(path)
    for suffix in ("-wal", "-shm"):
        extra = path.with_name(path.name + suffix)
        if extra.exists():
            extra.rename(path.with_name(kept + suffix))
    return kept


def remove_session(folder: Path) -> None:
    """Erase the stored session; there is no way back. Call while no worker runs. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        session_path(folder).with_name(SESSION_FILE + suffix).unlink(missing_ok=True)


def checkpoint(folder: Path) -> None:
    """Move what is in the write-ahead log into the file itself, on the disk, and empty the log.

    A host crash then costs nothing written before. Safe beside a running worker: waits up to 2 s for it and
    otherwise leaves the work for the next time. Raises StorageUnavailableError or CorruptFileError.
    """
    path = session_path(folder)
    if not path.exists():
        return
    with _translated(), _open(path) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            log.info("store busy, checkpoint left for later: %s", folder.name)


def message_id_of(folder: Path, secret: str) -> str:
    """The id under which the core sent, or was about to send, the message with ``secret`` (hex digits).

    Empty when it has not begun to: the core writes both down before the message leaves. Safe beside a running
    worker. Raises StorageUnavailableError or CorruptFileError.
    """
    path = session_path(folder)
    if not path.exists():
        return ""
    with _translated(), _open(path) as connection:
        found = connection.execute(_MESSAGE_ID, (bytes.fromhex(secret),)).fetchone()
    return str(found[0]) if found else ""


def identity(folder: Path) -> tuple[int, int] | None:
    """Tells the file of the session from any other that takes its place; None when there is none."""
    try:
        status = session_path(folder).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def wal_stamp(folder: Path) -> tuple[int, int]:
    """Size and time of the write-ahead log; differs when something was written. (0, 0) when there is none."""
    try:
        status = session_path(folder).with_name(f"{SESSION_FILE}-wal").stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_BUSY_S)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Extended codes carry the primary one in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT:
            raise CorruptFileError("session-corrupt", detail=SESSION_FILE) from error
        raise StorageUnavailableError("session-unreadable", detail=str(error)) from error
