"""session.db is opened by a disposable process, whose end is an error like any other of the disk."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from core.errors import CorruptFileError, StorageUnavailableError
from core.sandbox.pool import ChildPool
from core.store import session
from core.store.session_process import LIMITS, Task
from tests.support.polling import eventually
from tests.unit.store.conftest import make_store

CALLS: dict[str, Callable[[Path], object]] = {
    "has_device": session.has_device,
    "checkpoint": session.checkpoint,
    "message_id_of": lambda folder: session.message_id_of(folder, "ab" * 32),
    "remove_unlinked": session.remove_unlinked,
    "wait_until_unlinked": lambda folder: session.wait_until_unlinked(folder, timeout_s=0.1),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    session.close()


def secrets(folder: Path) -> None:
    """Give the store the core's table of message ids."""
    with closing(sqlite3.connect(folder / "session.db")) as store:
        store.execute("CREATE TABLE whatsmeow_message_secrets (message_id TEXT, key BLOB)")


@every_call
def test_nothing_opens_the_store_in_this_process(
    folder: Path, call: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it would be mapped: SQLite is out of reach here, and every call works."""
    make_store(folder, devices=1)
    secrets(folder)
    monkeypatch.setattr(sqlite3, "connect", None)
    call(folder)
    assert session._processes.pids


@every_call
def test_a_bus_error_is_an_error_of_the_disk(
    folder: Path, call: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller goes on as with a full disk, and the next call finds another process."""
    make_store(folder, devices=1)
    secrets(folder)
    with monkeypatch.context() as broken, closing(dying()) as processes:
        broken.setattr(session, "_processes", processes)
        with pytest.raises(StorageUnavailableError) as caught:
            call(folder)
    assert (caught.value.code, caught.value.detail) == ("session-unreadable", "reading it failed")
    assert session.has_device(folder)


def dying() -> ChildPool:
    return ChildPool("tests.unit.store.dying", size=1, answer_limit=1 << 16)


@every_call
def test_a_disk_that_hangs_is_given_up(
    folder: Path, call: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the deadline, with the same kind of error; nobody waits for ever."""
    make_store(folder, devices=1)
    session.has_device(folder)
    (pid,) = session._processes.pids
    monkeypatch.setattr(session, "_DEADLINES_S", dict.fromkeys(Task, 0.3))
    os.kill(pid, signal.SIGSTOP)
    begin = time.monotonic()
    with pytest.raises(StorageUnavailableError) as caught:
        call(folder)
    assert time.monotonic() - begin < 5
    assert (caught.value.code, caught.value.detail) == ("session-unreadable", "no answer in time")


def test_a_call_that_hangs_holds_up_no_other(folder: Path) -> None:
    """One process waits for its disk, the others answer."""
    make_store(folder, devices=1)
    session.has_device(folder)
    (pid,) = session._processes.pids
    os.kill(pid, signal.SIGSTOP)
    hanging = threading.Thread(target=session.has_device_quietly, args=(folder,))
    hanging.start()
    eventually(lambda: len(session._processes._idle) == 2, timeout=5, seen=lambda: None)
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as callers:
        assert all(callers.map(session.has_device, [folder] * 40))
    assert time.monotonic() - begin < 5
    os.kill(pid, signal.SIGCONT)
    hanging.join()


def test_many_callers_share_few_processes(tmp_path: Path) -> None:
    """A hundred instances that start together: each gets its own answer."""
    folders = [tmp_path / f"loja-{number}" for number in range(100)]
    for number, each in enumerate(folders):
        each.mkdir()
        make_store(each, devices=number % 2)
    with ThreadPoolExecutor(100) as callers:
        answers = list(callers.map(session.has_device, folders))
    assert answers == [number % 2 == 1 for number in range(100)]
    assert 1 <= len(session._processes.pids) <= 3


def test_its_bounds_let_a_large_store_be_folded(folder: Path) -> None:
    """More in the log than the process may have memory: it is moved page by page."""
    path = make_store(folder, devices=1)
    with closing(sqlite3.connect(path)) as core:
        core.execute("PRAGMA wal_autocheckpoint=0")
        core.execute("INSERT INTO whatsmeow_pre_keys VALUES (1, NULL)")
        core.commit()
        core.executemany(
            "INSERT INTO whatsmeow_pre_keys VALUES (NULL, zeroblob(1000000))", [()] * (LIMITS.memory // 10**6)
        )
        core.commit()
        session.checkpoint(folder)
        assert session.wal_bytes(folder) == 0
    assert path.stat().st_size > LIMITS.memory * 0.9
    assert session.has_device(folder)


def test_a_path_need_not_be_text(tmp_path: Path) -> None:
    """A disk that was written on another system may hold names that are no UTF-8."""
    folder = tmp_path / os.fsdecode(b"loja-\xe7\xe3o")
    folder.mkdir()
    session.session_path(folder).write_bytes(make_store(tmp_path, devices=1).read_bytes())
    assert session.has_device(folder)


def test_it_holds_no_descriptor_of_its_parent(folder: Path) -> None:
    """Above all not the owner's lock: it would outlive the owner."""
    make_store(folder, devices=1)
    with (folder / "owner.lock").open("w"):
        session.has_device(folder)
        (pid,) = session._processes.pids
        assert psutil.Process(pid).open_files() == []


# -- a session whose link has ended --------------------------------------------------------------------------
def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_holds_no_device_is_removed_whole(folder: Path) -> None:
    """Store, log and index, and nothing else; again is harmless."""
    make_store(folder)
    for name in ("session.db-wal", "session.db-shm", "history.db", "session.db.corrupt-20260101T000000Z"):
        (folder / name).touch()
    assert session.remove_unlinked(folder)
    assert names(folder) == ["history.db", "session.db.corrupt-20260101T000000Z"]
    assert session.remove_unlinked(folder)


def test_a_removal_that_was_interrupted_is_finished(folder: Path) -> None:
    """The store itself went first: what is left opens nothing."""
    (folder / "session.db-wal").write_bytes(b"keys")
    assert session.remove_unlinked(folder)
    assert names(folder) == []


def test_a_device_that_is_only_in_the_log_is_a_device(folder: Path) -> None:
    """A worker that was killed right after its pairing: nothing is removed."""
    path = make_store(folder)
    with closing(sqlite3.connect(path)) as core:
        core.execute("INSERT INTO whatsmeow_device VALUES ('new', NULL)")
        core.commit()
        for name in ("session.db", "session.db-wal"):
            (folder.parent / name).write_bytes((folder / name).read_bytes())
    copy = folder.parent
    assert (copy / "session.db-wal").stat().st_size > 0
    assert not session.remove_unlinked(copy)
    assert session.has_device(copy)


@pytest.mark.parametrize("content", ["", "CREATE TABLE other (x)"])
def test_what_we_do_not_understand_stays(folder: Path, content: str) -> None:
    """No table of devices: of another version, or never set up. It may be somebody's session."""
    with closing(sqlite3.connect(folder / "session.db")) as store:
        store.execute(content)
    assert not session.remove_unlinked(folder)
    assert names(folder) == ["session.db"]


def test_what_cannot_be_read_stays(folder: Path) -> None:
    """Damaged, locked or not a file: told, and left where it is."""
    make_store(folder, rows=500)
    path = folder / "session.db"
    sound = path.read_bytes()
    path.write_bytes(sound[:8192] + b"\xa5" * (len(sound) - 8192))
    with pytest.raises(CorruptFileError):
        session.remove_unlinked(folder)
    path.write_bytes(b"garbage" * 1_000)
    with pytest.raises(CorruptFileError):
        session.remove_unlinked(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageUnavailableError):
        session.remove_unlinked(folder)
    assert names(folder) == ["session.db"]


def test_removing_where_there_is_no_folder_is_harmless(tmp_path: Path) -> None:
    """Somebody deleted it: the session is gone all the same."""
    session.remove_session(tmp_path / "gone")
    assert session.remove_unlinked(tmp_path / "gone")


def test_waiting_ends_as_soon_as_the_device_is_gone(folder: Path) -> None:
    """Beside the process that takes it out."""
    path = make_store(folder, devices=1)

    def take_out() -> None:
        time.sleep(0.2)
        with closing(sqlite3.connect(path)) as core:
            core.execute("DELETE FROM whatsmeow_device")
            core.commit()

    core = threading.Thread(target=take_out)
    core.start()
    begin = time.monotonic()
    assert session.wait_until_unlinked(folder, timeout_s=10)
    assert 0.1 < time.monotonic() - begin < 5
    core.join()
