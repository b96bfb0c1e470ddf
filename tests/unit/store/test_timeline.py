"""The timeline on disk: bounded, private, and never a reason for an instance to stop."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from core.models.timeline import HistoryEntry, HistoryKind
from core.settings import ROOT
from core.store import timeline
from core.store.history_db import HISTORY_FILE

K = HistoryKind
ALL: Final = 100_000


def reasons(folder: Path, *, limit: int = ALL) -> list[str]:
    return [one.reason for one in timeline.entries(folder, limit=limit)]


def fill(folder: Path, count: int) -> None:
    for number in range(count):
        timeline.append(folder, K.CONNECTED, at=float(number), reason=str(number))


def test_what_was_noted_is_told_newest_first(folder: Path) -> None:
    """Time, kind, reason and detail come back as they were; a clock that went back changes no order."""
    timeline.append(folder, K.CREATED, at=50.5)
    timeline.append(folder, K.FAILED, at=40.25, reason="wa-temporary-ban", detail="até amanhã 👋")
    newest, oldest = timeline.entries(folder, limit=10)
    assert newest == HistoryEntry(2, 40.25, K.FAILED, "wa-temporary-ban", "até amanhã 👋")
    assert oldest == HistoryEntry(1, 50.5, K.CREATED, "", "")


def test_a_limit_gives_the_newest(folder: Path) -> None:
    """Never more than asked for, and none of the old ones."""
    fill(folder, 5)
    assert reasons(folder, limit=2) == ["4", "3"]
    assert reasons(folder, limit=0) == []
    assert reasons(folder, limit=9) == ["4", "3", "2", "1", "0"]


def test_a_filter_looks_past_the_limit(folder: Path) -> None:
    """The limit counts entries of the wanted kinds: an old failure is found behind many others."""
    timeline.append(folder, K.FAILED, at=1.0)
    fill(folder, 5)
    timeline.append(folder, K.STOPPED, at=2.0)
    found = timeline.entries(folder, limit=2, kinds={K.FAILED, K.STOPPED})
    assert [one.kind for one in found] == [K.STOPPED, K.FAILED]
    assert timeline.entries(folder, limit=9, kinds=[K.RENAMED]) == ()


def test_nothing_noted_is_nothing_told(folder: Path) -> None:
    """No entry appears out of nowhere, also where there is no folder."""
    assert timeline.entries(folder, limit=9) == ()
    assert timeline.entries(folder / "gone", limit=9) == ()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"garbage" * 2_000])
def test_a_look_changes_nothing(folder: Path, content: bytes) -> None:
    """Neither a file that was begun and never written, nor a damaged one: writing is for whoever notes."""
    (folder / HISTORY_FILE).write_bytes(content)
    assert timeline.entries(folder, limit=9) == ()
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [(HISTORY_FILE, content)]


def test_the_oldest_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file holds the limit at every moment, and never more; numbers never come back."""
    assert timeline.LIMIT == 10_000
    monkeypatch.setattr(timeline, "LIMIT", 20)
    fill(folder, 20)
    assert reasons(folder) == [str(number) for number in range(19, -1, -1)]
    for number in range(21, 60):
        fill(folder, 1)
        assert [one.id for one in timeline.entries(folder, limit=ALL)] == list(range(number, number - 20, -1))


@pytest.mark.parametrize("content", [b"garbage" * 2_000, b"SQLite format 3\0" + b"\xff" * 8_000])
def test_a_file_that_is_none_is_set_aside_and_another_begun(folder: Path, content: bytes) -> None:
    """What was in it is kept under another name; the new entry is not lost."""
    (folder / HISTORY_FILE).write_bytes(content)
    timeline.append(folder, K.STARTING, at=1.0, reason="new")
    assert reasons(folder) == ["new"]
    [kept] = folder.glob("history.db.corrupt-*")
    assert kept.read_bytes() == content


def test_damage_inside_the_file_does_not_end_the_timeline(folder: Path) -> None:
    """A head that is whole with entries that are not: kept aside, and the entries after are written."""
    fill(folder, 400)
    path = folder / HISTORY_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))
    for reason in ("may be lost", "kept"):
        timeline.append(folder, K.STARTING, at=1.0, reason=reason)
    assert "kept" in reasons(folder)
    assert len(list(folder.glob("history.db.corrupt-*"))) == 1


def test_entries_of_a_newer_version_are_passed_over(folder: Path) -> None:
    """After a downgrade the known ones are still told."""
    timeline.append(folder, K.CREATED, at=1.0)
    with closing(sqlite3.connect(folder / HISTORY_FILE)) as file:
        file.execute("INSERT INTO entries (at, kind, reason, detail) VALUES (2, 'teleported', '', '')")
        file.commit()
    assert [one.kind for one in timeline.entries(folder, limit=9)] == [K.CREATED]


@pytest.mark.parametrize("broken", ["gone", "a folder in the way", "locked"])
def test_what_cannot_be_written_costs_only_the_entry(
    folder: Path, broken: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error for the caller, one line in the log, and the file is as it was."""
    path = folder / HISTORY_FILE
    holder = None
    if broken == "gone":
        folder.rmdir()
    elif broken == "a folder in the way":
        path.mkdir()
    else:
        timeline.append(folder, K.CREATED, at=1.0)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        connect = sqlite3.connect
        monkeypatch.setattr(
            "core.store.timeline.sqlite3.connect",
            lambda path, timeout, uri=False: connect(path, timeout=0, uri=uri),
        )
    timeline.append(folder, K.FAILED, at=2.0)
    assert "no history entry" in caplog.text
    if holder is not None:
        holder.execute("ROLLBACK")
        holder.close()
        assert [one.kind for one in timeline.entries(folder, limit=9)] == [K.CREATED]
    assert not list(folder.glob("*.corrupt-*"))


def test_the_file_is_private(folder: Path) -> None:
    """Mode 0600 from its first byte, whatever the umask; so is the one begun after damage."""
    before = os.umask(0)
    try:
        timeline.append(folder, K.CREATED, at=1.0)
        (folder / HISTORY_FILE).write_bytes(b"garbage" * 2_000)
        timeline.append(folder, K.CREATED, at=1.0)
    finally:
        os.umask(before)
    path = folder / HISTORY_FILE
    assert path.stat().st_mode & 0o777 == 0o600


_WRITER: Final = """
import os, signal, sys
from pathlib import Path
from core.models.timeline import HistoryKind
from core.store import timeline as history
for number in range(25):
    history.append(Path(sys.argv[1]), HistoryKind.CONNECTED, at=float(number), reason=str(number))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_entry(folder: Path) -> None:
    """Everything that `append` returned from is there, and the next process goes on behind it."""
    killed = subprocess.run([sys.executable, "-c", _WRITER, str(folder)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    timeline.append(folder, K.PROCESS_STARTED, at=99.0, reason="after")
    assert reasons(folder) == ["after", *(str(number) for number in range(24, -1, -1))]


def test_threads_do_not_lose_each_others_entries(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A supervisor and a page write and read at once, beginning with no file at all."""

    def write(name: str) -> None:
        for number in range(10):
            timeline.append(folder, K.RENAMED, at=1.0, reason=f"{name}{number}")
            assert timeline.entries(folder, limit=1)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(reasons(folder)) == sorted(f"{name}{number}" for name in "abcd" for number in range(10))
    assert caplog.text == ""
