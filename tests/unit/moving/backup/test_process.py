"""The process that makes backups: every error becomes a code, and a trial opening leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.models.moving.codes import MoveCode
from core.moving.backup import process
from core.moving.backup.failures import STORAGE
from core.moving.backup.packing import Lacking, Source
from core.moving.backup.process import Answer, Request, Task
from tests.unit.moving.backup.conftest import PASSPHRASE

MakeInstance = Callable[..., Source]


def ask(task: Task, source: Source, tmp_path: Path) -> Answer:
    """The answer to one task on one instance."""
    (tmp_path / "staging").mkdir(exist_ok=True)
    request = Request(
        task=task,
        sources=(source,),
        staging=str(tmp_path / "staging"),
        target=str(tmp_path / "backup.age"),
        passphrase=PASSPHRASE,
        messages=True,
        app_version="0.1.0",
        made_at=5.0,
    )
    return msgspec.json.decode(process.answer(msgspec.json.encode(request)), type=Answer)


def test_a_backup_is_opened_before_it_is_called_one(tmp_path: Path, make_instance: MakeInstance) -> None:
    """What was found is told, and no copy is left."""
    source = make_instance()
    assert ask(Task.SESSIONS, source, tmp_path) == Answer()
    done = ask(Task.PACK, source, tmp_path)
    assert done.code == ""
    assert done.found is not None
    assert (done.found.names, done.found.messages) == (("Loja",), True)
    assert not [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


@pytest.mark.parametrize("error", [(28, MoveCode.DISK_FULL), (5, STORAGE)])
def test_a_disk_that_fails_is_told(
    tmp_path: Path, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch, error: tuple[int, str]
) -> None:
    """A full one by its own name."""
    number, code = error

    def fail(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(process, "copy_sessions", fail)
    assert ask(Task.SESSIONS, make_instance(), tmp_path).code == code


def test_a_session_that_is_damaged_is_told(tmp_path: Path, make_instance: MakeInstance) -> None:
    """By the name of the file."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"x" * 5_000)
    lacking = Lacking(index=0, code=MoveCode.DAMAGED, detail="session.db")
    assert ask(Task.SESSIONS, source, tmp_path) == Answer(lacking=(lacking,))


def test_an_instance_without_a_session_is_told(tmp_path: Path, make_instance: MakeInstance) -> None:
    """SQLite's word for it."""
    source = make_instance()
    (Path(source.folder) / "session.db").unlink()
    (lacking,) = ask(Task.SESSIONS, source, tmp_path).lacking
    assert lacking.code == STORAGE


def test_a_history_that_is_left_out_is_told(tmp_path: Path, make_instance: MakeInstance) -> None:
    """The backup opens all the same."""
    source = make_instance()
    (Path(source.folder) / "history.db").write_bytes(b"x" * 5_000)
    ask(Task.SESSIONS, source, tmp_path)
    done = ask(Task.PACK, source, tmp_path)
    assert (done.code, done.without_history) == ("", (0,))
    assert done.found is not None


def test_a_request_shows_no_passphrase() -> None:
    """Neither in a log nor in a traceback, which asks in a way of its own."""
    request = Request(task=Task.PACK, sources=(), staging="/s", passphrase="cavalo certo")
    assert "cavalo" not in repr(request)
    assert "cavalo" not in str(list(request.__rich_repr__()))
    assert "pack" in repr(request)
