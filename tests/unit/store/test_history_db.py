"""history.db through its versions: fresh, of today, half-way, newer, and killed in between."""

from __future__ import annotations

import errno
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from core.errors import StorageUnavailableError
from core.models.timeline import HistoryKind
from core.settings import ROOT
from core.store import history_db, inbox_table, outbox_table, timeline
from core.store import sqlite as our_sqlite
from core.store.conversations import lists
from core.store.history_db import HISTORY_FILE, MIGRATIONS
from tests.support.contents import words
from tests.support.stored import unpack

TABLES: Final = {
    "entries",
    "sent",
    "inbox",
    "inbox_groups",
    "conversations",
    "conversation_addresses",
    "joined_conversations",
    "message_position",
}
NEWEST: Final = len(MIGRATIONS)


def version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        return int(file.execute("PRAGMA user_version").fetchone()[0])


def set_version(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        file.execute(f"PRAGMA user_version = {number}")


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: file.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def migrate(folder: Path) -> None:
    with history_db.writing(folder):
        pass


def test_a_fresh_file_is_of_the_newest_version(folder: Path) -> None:
    """With every table, whichever part writes first."""
    timeline.append(folder, HistoryKind.CREATED, at=1.0)
    assert version(folder) == NEWEST
    assert set(content(folder)) - {"sqlite_sequence"} == TABLES


def stored_folders(tmp_path: Path) -> list[Path]:
    auth_dir = unpack(tmp_path / "stored").auth_dir
    return [path.parent for path in auth_dir.rglob(HISTORY_FILE)]


def as_columns(folder: Path, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        return file.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id").fetchall()


def columns_of(folder: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        return [row[1] for row in file.execute(f"PRAGMA table_info({table})")]


def test_files_of_today_are_adopted_without_loss(tmp_path: Path) -> None:
    """Version 0 with its tables becomes the newest; every row is still there, and no message is new."""
    folders = stored_folders(tmp_path)
    assert len(folders) == 6
    for folder in folders:
        assert version(folder) == 0
        before = content(folder)
        kept = {
            table: [column for column in columns_of(folder, table) if column != "talk"]
            for table in ("inbox", "sent")
            if table in before
        }
        rows = {table: as_columns(folder, table, columns) for table, columns in kept.items()}
        migrate(folder)
        assert version(folder) == NEWEST
        after = content(folder)
        assert set(after) - {"sqlite_sequence"} == TABLES
        assert after["entries"] == before["entries"]
        assert after["inbox_groups"] == before.get("inbox_groups", [])
        assert {table: as_columns(folder, table, columns) for table, columns in kept.items()} == rows
        for table in kept:
            assert all(number for (number,) in as_columns(folder, table, ["conversation"]))
        assert inbox_table.count_unread(folder) == 0


def test_the_sessions_beside_it_keep_their_version(tmp_path: Path) -> None:
    """session.db is the core's: byte for byte as it was."""
    for folder in stored_folders(tmp_path):
        before = (folder / "session.db").read_bytes()
        migrate(folder)
        assert (folder / "session.db").read_bytes() == before


def test_what_came_before_the_count_of_unread_is_not_new(folder: Path) -> None:
    """A file of the version before it: led to the newest by the first look, with nothing unread."""
    with our_sqlite.writing(folder / HISTORY_FILE, MIGRATIONS[:1]) as file:
        file.execute(
            "INSERT INTO inbox (message_id, talk, contact, name, kind, content, words, at, from_me, in_group,"
            " chat, sender, target) VALUES ('1', 'a', 'a', 'Ana', 'text', '{\"kind\":\"text\"}', '', 1, 0, 0,"
            " 'a', 'a', '')"
        )
    assert version(folder) == 1
    assert inbox_table.count_unread(folder) == 0
    assert version(folder) == NEWEST
    assert [one.message.name for one in inbox_table.find(folder, ["1"])] == ["Ana"]


def test_a_file_that_cannot_be_led_on_is_told_and_left_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither called empty nor read as what it is not."""
    with our_sqlite.writing(folder / HISTORY_FILE, MIGRATIONS[:2]):
        pass
    before = (folder / HISTORY_FILE).read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(our_sqlite, "writing", full)
    with pytest.raises(StorageUnavailableError) as caught:
        inbox_table.count_unread(folder)
    assert caught.value.code == "disk-full"
    assert (folder / HISTORY_FILE).read_bytes() == before


@pytest.mark.parametrize("tables", [1, 2, 3])
def test_a_file_with_some_of_the_tables_gets_the_others(folder: Path, tables: int) -> None:
    """From before messages were kept, or from a process that was killed between two tables."""
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        for statement in MIGRATIONS[0][:tables]:
            assert isinstance(statement, str)
            file.execute(statement)
        file.execute("INSERT INTO entries (at, kind, reason, detail) VALUES (1, 'created', '', '')")
        file.commit()
    timeline.append(folder, HistoryKind.STOPPED, at=2.0)
    kinds = [entry.kind for entry in timeline.entries(folder, limit=9)]
    assert kinds == [HistoryKind.STOPPED, HistoryKind.CREATED]
    assert (version(folder), set(content(folder)) >= TABLES) == (NEWEST, True)


def test_a_file_of_a_newer_version_is_read_and_never_written(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After a roll-back of the app: nothing is set aside, a send is refused, the timeline is told."""
    timeline.append(folder, HistoryKind.CREATED, at=1.0)
    set_version(folder, NEWEST + 1)
    before = (folder / HISTORY_FILE).read_bytes()
    with pytest.raises(StorageUnavailableError) as caught:
        inbox_table.note_read(folder, [3])
    detail = f"version {NEWEST + 1}, this app knows {NEWEST}"
    assert (caught.value.code, caught.value.detail) == ("history-unwritable", detail)
    timeline.append(folder, HistoryKind.STOPPED, at=2.0)
    assert "no history entry" in caplog.text
    assert [entry.kind for entry in timeline.entries(folder, limit=9)] == [HistoryKind.CREATED]
    assert outbox_table.read(folder, limit=9) == ()
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [(HISTORY_FILE, before)]


# Two steps more than today: one adds a column, one fills it.
STEPS: Final[our_sqlite.Migrations] = (
    *MIGRATIONS,
    ("ALTER TABLE entries ADD COLUMN note TEXT", "CREATE TABLE marks (id INTEGER PRIMARY KEY)"),
    ("UPDATE entries SET note = reason || '!'", "INSERT INTO marks (id) VALUES (7)"),
)
_KILLED: Final = """
import os, signal, sqlite3, sys
from pathlib import Path
from core.store import sqlite as our_sqlite
from core.store.conversations import lists
from tests.unit.store.test_history_db import MIGRATIONS, STEPS
left = int(sys.argv[2])

class Dying(sqlite3.Connection):
    def execute(self, *arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*arguments)

    def commit(self):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()

connect = sqlite3.connect
our_sqlite.sqlite3.connect = lambda *arguments, **named: connect(*arguments, factory=Dying, **named)
with our_sqlite.writing(Path(sys.argv[1]), MIGRATIONS if sys.argv[3:] else STEPS):
    pass
print("done")
"""


def columns(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        return {row[1] for row in file.execute("PRAGMA table_info(entries)")}


def test_a_kill_at_any_statement_leaves_the_version_before_or_after(tmp_path: Path, folder: Path) -> None:
    """Never a step half done; and the next start takes it to the end, with every entry."""
    timeline.append(folder, HistoryKind.CREATED, at=1.0, reason="a")
    versions = set()
    for statements in range(40):
        copy = tmp_path / f"copy-{statements}"
        shutil.copytree(folder, copy)
        arguments = [sys.executable, "-c", _KILLED, str(copy / HISTORY_FILE), str(statements)]
        ended = subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        rows = content(copy)
        versions.add(reached := version(copy))
        assert ("note" in columns(copy), "marks" in rows) == (reached > NEWEST, reached > NEWEST)
        if reached > NEWEST:
            filled = reached == NEWEST + 2
            assert rows["marks"] == ([(7,)] if filled else [])
            assert rows["entries"] == [(1, 1.0, "created", "a", "", "a!" if filled else None)]
        with our_sqlite.writing(copy / HISTORY_FILE, STEPS) as file:
            assert file.execute("SELECT reason, note FROM entries").fetchall() == [("a", "a!")]
        assert version(copy) == NEWEST + 2
    assert ended.stdout == b"done\n"
    assert versions == {NEWEST, NEWEST + 1, NEWEST + 2}


def test_a_kill_while_conversations_are_made_loses_nothing(tmp_path: Path, folder: Path) -> None:
    """The file is as before or led on; the next look has every message, sent and received."""
    with our_sqlite.writing(folder / HISTORY_FILE, MIGRATIONS[:2]) as file:
        for number in range(3):
            chat, content = f"5511{number}@s.whatsapp.net", words().to_json()
            file.execute(
                "INSERT INTO inbox (message_id, talk, contact, name, kind, content, words, at, from_me,"
                " in_group, chat, sender, target) VALUES (?, '', '', '', 'text', ?, '', 1, 0, 0, ?, ?, '')",
                (str(number), content, chat, chat),
            )
            file.execute(
                "INSERT INTO sent (request_id, message_id, contact, to_name, content, stranger, created_at,"
                " state, reason, secret, boot_id) VALUES (?, '', ?, '', ?, 0, 1, 'sent', '', '', '')",
                (str(number), f"5511{number}", content),
            )
    versions = set()
    for statements in range(6, 400, 7):
        copy = tmp_path / f"copy-{statements}"
        shutil.copytree(folder, copy)
        arguments = [sys.executable, "-c", _KILLED, str(copy / HISTORY_FILE), str(statements), "migrate"]
        ended = subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True)
        versions.add(version(copy))
        found = lists.lines(copy, limit=9)[0]
        assert [(line.digits, line.received is not None, line.unread) for line in found] == [
            (f"5511{number}", True, 1) for number in (2, 1, 0)
        ]
        assert len(inbox_table.find(copy, ["0", "1", "2"])) == len(outbox_table.read(copy, limit=9)) == 3
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout == b"done\n"
    assert versions == {2, NEWEST}


def test_a_step_that_fails_changes_nothing(folder: Path) -> None:
    """The error is the caller's, the file stays at its version."""
    timeline.append(folder, HistoryKind.CREATED, at=1.0)
    steps = (*MIGRATIONS, ("CREATE TABLE marks (id INTEGER)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError), our_sqlite.writing(folder / HISTORY_FILE, steps):
        pass
    assert (version(folder), "marks" in content(folder)) == (NEWEST, False)
