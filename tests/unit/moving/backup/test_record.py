"""What was saved when is known across restarts, whatever happens to its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.moving.backup import record
from core.moving.backup.record import BACKUPS_FILE, BackupRecord, RecordFile, read_backups, write_backups


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    """For its owner only."""
    record = BackupRecord({"loja-k7m2xq": 5.5}, 6.5, 7.5, "backup-folder", "x", install="0123456789")
    write_backups(tmp_path, record)
    assert read_backups(tmp_path) == record
    assert (tmp_path / BACKUPS_FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_was_saved_before_the_first(tmp_path: Path) -> None:
    """And no file is made by looking."""
    assert read_backups(tmp_path) == BackupRecord()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_none_is_set_aside(tmp_path: Path) -> None:
    """It is kept, and what follows is written anew."""
    (tmp_path / BACKUPS_FILE).write_text("[1]")
    assert read_backups(tmp_path) == BackupRecord()
    assert [path.name.partition(".corrupt-")[0] for path in tmp_path.iterdir()] == [BACKUPS_FILE]


def test_a_record_of_before_is_read(tmp_path: Path) -> None:
    """It knows of no id of the install."""
    text = '{"version":1,"saved":{},"last_good_at":6.5,"failed_at":0.0,"problem":"","detail":""}'
    (tmp_path / BACKUPS_FILE).write_text(text)
    assert read_backups(tmp_path) == BackupRecord(last_good_at=6.5)


def test_a_record_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens meanwhile counts, and is joined with it once it can be read."""
    before = BackupRecord({"a": 1.0, "b": 1.0}, 1.0, 2.0, "backup-folder", "x", install="0123456789")
    write_backups(tmp_path, before)
    with monkeypatch.context() as broken:
        broken.setattr(record, "read_backups", _fail)
        file = RecordFile(tmp_path)
        file.change(lambda now: replace(now, saved={"b": 5.0}, last_good_at=5.0, install="abcdef0123"))
        assert file.current.last_good_at == 5.0
    assert read_backups(tmp_path) == before
    file.change(lambda now: now)
    assert read_backups(tmp_path) == BackupRecord({"a": 1.0, "b": 5.0}, 5.0, install="0123456789")


def test_a_record_that_could_not_be_written_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts at once; the log says it once."""
    file = RecordFile(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(record, "write_backups", _fail)
        file.change(lambda now: replace(now, last_good_at=5.0))
        file.change(lambda now: now)
    assert file.current.last_good_at == 5.0
    assert caplog.text.count("record of backups") == 1
    file.change(lambda now: now)
    assert read_backups(tmp_path).last_good_at == 5.0


def _fail(*_: object) -> BackupRecord:
    raise OSError(5, "Input/output error")
