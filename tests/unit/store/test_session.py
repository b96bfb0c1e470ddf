"""session.db: is a device in it, how it is shrunk, how it is kept when damaged."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from core.errors import CorruptFileError, StorageUnavailableError
from core.store import session
from tests.unit.store.conftest import make_store

ROOT = Path(__file__).resolve().parents[3]

# Opens a store as the core does, adds a device and many rows, says so, and then waits for its end.
_WRITER = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=NORMAL")
store.execute("PRAGMA wal_autocheckpoint=0")
store.execute("BEGIN")
store.execute("INSERT INTO whatsmeow_device VALUES ('new', zeroblob(32))")
store.executemany("INSERT INTO whatsmeow_pre_keys VALUES (NULL, zeroblob(2000))", [()] * 200)
store.execute("COMMIT")
if "read" in sys.argv:
    store.execute("BEGIN")
    store.execute("SELECT count(*) FROM whatsmeow_device").fetchone()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with committed but not checkpointed writes in the store; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process
        finally:
            process.kill()


def wal(folder: Path) -> Path:
    return folder / "session.db-wal"


def devices(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "session.db")) as store:
        (count,) = store.execute("SELECT count(*) FROM whatsmeow_device").fetchone()
        return int(count)


def test_no_file_is_no_device_and_stays_no_file(folder: Path) -> None:
    """Looking creates nothing: an empty store would look like a lost one."""
    assert not session.has_device(folder)
    session.checkpoint(folder)
    assert session.wal_bytes(folder) == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("rows", "expected"), [(0, ()), (1, ("0",)), (3, ("0", "1"))])
def test_devices_are_told_by_address(folder: Path, rows: int, expected: tuple[str, ...]) -> None:
    """Two are enough to know that it is not one; without a file there is none, and none is made."""
    assert session.devices(folder) == ()
    make_store(folder, devices=rows)
    assert session.devices(folder) == expected


@pytest.mark.parametrize(("rows", "expected"), [(0, False), (1, True), (3, True)])
def test_paired_means_a_device_row(folder: Path, rows: int, expected: bool) -> None:
    """A file alone proves nothing."""
    make_store(folder, devices=rows)
    assert session.has_device(folder) is expected


def test_an_empty_file_or_a_store_without_tables_is_no_device(folder: Path) -> None:
    """What a worker that was killed at its very start leaves behind."""
    (folder / "session.db").touch()
    assert not session.has_device(folder)
    with closing(sqlite3.connect(folder / "session.db")) as store:
        store.execute("CREATE TABLE something (x)")
    assert not session.has_device(folder)


@pytest.mark.parametrize("name", ["a?mode=memory", "100% #1", "a b&c", "ação", "a'b\"c"])
def test_a_path_may_hold_anything(tmp_path: Path, name: str) -> None:
    """Signs that mean something in a URI lead to the right file and to no other."""
    folder = tmp_path / name
    folder.mkdir()
    make_store(folder, devices=1)
    assert session.has_device(folder)
    session.checkpoint(folder)
    assert {path.name for path in tmp_path.rglob("*")} == {name, "session.db"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"not a database at all " * 100,
        lambda data: b"\0" * len(data),
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + b"\xa5" * (len(data) - 4096),
        lambda data: data[:16] + b"\xa5" * len(data),
        lambda data: data[:-4096] + b"\xa5" * 4096,
    ],
    ids=["text", "zeros", "cut in half", "pages overwritten", "header only", "a page without devices"],
)
def test_damage_is_found_and_nothing_is_changed(folder: Path, damage: object) -> None:
    """Told as what it is, before a worker opens the file; the bytes stay for a rescue."""
    assert callable(damage)
    path = make_store(folder, devices=3, rows=500)
    broken = damage(path.read_bytes())
    path.write_bytes(broken)
    with pytest.raises(CorruptFileError) as caught:
        session.has_device(folder)
    assert caught.value.code == "session-corrupt"
    assert session.has_device_quietly(folder), "unreadable counts as linked"
    assert path.read_bytes() == broken


def test_a_store_that_cannot_be_opened_now_is_no_damage(folder: Path) -> None:
    """A folder in its place, no rights: told apart from corruption, so that nothing is set aside."""
    (folder / "session.db").mkdir()
    with pytest.raises(StorageUnavailableError) as caught:
        session.has_device(folder)
    assert caught.value.code == "session-unreadable"
    assert session.has_device_quietly(folder)


def test_a_locked_store_is_no_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's transaction passes; the session is not to be set aside for it."""
    monkeypatch.setattr(session, "_BUSY_S", 0.05)
    path = make_store(folder, devices=1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailableError):
            session.has_device(folder)
    assert session.has_device(folder)


def test_what_a_killed_process_committed_is_seen(folder: Path) -> None:
    """A pairing that is only in the write-ahead log counts."""
    path = make_store(folder)
    with another_process(path) as writer:
        writer.kill()
        writer.wait()
    assert wal(folder).stat().st_size > 100_000
    assert session.has_device(folder)
    assert devices(folder) == 1


def test_a_log_cut_off_by_a_crash_costs_only_its_last_commit(folder: Path) -> None:
    """Half of a last transaction is dropped; the store before it is whole."""
    path = make_store(folder, devices=1)
    with another_process(path) as writer:
        writer.kill()
        writer.wait()
    os.truncate(wal(folder), 40_000)
    assert session.has_device(folder)
    assert devices(folder) == 1


def test_a_checkpoint_empties_the_log_beside_a_running_process(folder: Path) -> None:
    """What was committed is in the file itself afterwards, and the other process goes on unharmed."""
    path = make_store(folder)
    with another_process(path) as writer:
        assert session.wal_bytes(folder) > 100_000
        session.checkpoint(folder)
        assert wal(folder).stat().st_size == session.wal_bytes(folder) == 0
        copy = folder.parent / "copy"
        copy.mkdir()
        (copy / "session.db").write_bytes(path.read_bytes())
        assert devices(copy) == 1, "the file alone, without any log, holds the pairing"
        assert writer.poll() is None
    assert devices(folder) == 1


def test_a_checkpoint_leaves_a_reader_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a read transaction open elsewhere it gives up in time, raises nothing and loses nothing."""
    monkeypatch.setattr(session, "_BUSY_S", 0.1)
    path = make_store(folder)
    with another_process(path, "read"), closing(sqlite3.connect(path)) as more:
        more.execute("INSERT INTO whatsmeow_device VALUES ('later', NULL)")
        more.commit()
        begin = time.monotonic()
        session.checkpoint(folder)
        assert time.monotonic() - begin < 2
    assert devices(folder) == 2
    session.checkpoint(folder)
    assert session.wal_bytes(folder) == 0


def test_the_log_has_a_size_from_a_write_until_the_next_checkpoint(folder: Path) -> None:
    """So that a store which nobody wrote to is not checkpointed again."""
    path = make_store(folder)
    with closing(sqlite3.connect(path)) as store:
        for number in range(3):
            session.checkpoint(folder)
            assert session.wal_bytes(folder) == 0
            store.execute("INSERT INTO whatsmeow_device VALUES (?, NULL)", (str(number),))
            store.commit()
            assert session.wal_bytes(folder) > 0


def test_a_damaged_store_is_kept_with_its_log(folder: Path) -> None:
    """All three files move together under one name; a new pairing begins without a trace of them."""
    contents = {"session.db": b"damaged", "session.db-wal": b"log", "session.db-shm": b"index"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    kept = session.set_session_aside(folder)
    assert kept.startswith("session.db.corrupt-")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        kept: b"damaged",
        f"{kept}-wal": b"log",
        f"{kept}-shm": b"index",
    }
    assert not session.has_device(folder)


def test_a_damaged_store_without_a_log_is_kept_too(folder: Path) -> None:
    """The usual case: one file."""
    (folder / "session.db").write_bytes(b"damaged")
    kept = session.set_session_aside(folder)
    assert [path.name for path in folder.iterdir()] == [kept]


def test_the_core_tells_a_messages_id_by_its_secret(folder: Path) -> None:
    """Also what is still in the log of a store that is open; nothing for a secret it has not seen."""
    assert session.message_id_of(folder, "ab" * 32) == ""
    path = make_store(folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("CREATE TABLE whatsmeow_message_secrets (message_id TEXT, key BLOB)")
        store.execute("INSERT INTO whatsmeow_message_secrets VALUES ('3EB0', ?)", (b"\xab" * 32,))
        assert session.message_id_of(folder, "ab" * 32) == "3EB0"
        assert session.message_id_of(folder, "cd" * 32) == ""


def test_secrets_are_read_by_the_message(folder: Path) -> None:
    """With who wrote it; what no core stores is left out, and a message that is not there has none."""
    assert session.message_secrets(folder, "3EB0") == ()
    rows = [("3EB0", "7@lid", b"\xab" * 32), ("3EB0", "8@lid", b"x" * 65), ("3EB1", "9@lid", b"\xcd" * 32)]
    with closing(sqlite3.connect(make_store(folder), isolation_level=None)) as store:
        store.execute("CREATE TABLE whatsmeow_message_secrets (message_id TEXT, sender_jid TEXT, key BLOB)")
        store.executemany("INSERT INTO whatsmeow_message_secrets VALUES (?, ?, ?)", rows)
    assert session.message_secrets(folder, "3EB0") == (("7@lid", "ab" * 32),)
    assert session.message_secrets(folder, "' OR 1 --") == ()


def test_a_store_without_secrets_proves_nothing(folder: Path) -> None:
    """Another version of the core, or damage: an error, never "it was not sent"."""
    make_store(folder)
    with pytest.raises(StorageUnavailableError):
        session.message_id_of(folder, "ab" * 32)
    (folder / "session.db").write_bytes(b"garbage" * 2_000)
    with pytest.raises(CorruptFileError):
        session.message_id_of(folder, "ab" * 32)
