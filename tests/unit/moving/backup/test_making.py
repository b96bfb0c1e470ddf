"""A backup made by the real process: whole, or an error that says why."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import making
from core.moving.backup.making import Order, make_backup, sources_of
from core.moving.backup.opening import open_backup
from core.moving.backup.packing import Source
from core.sandbox.child import ChildProcess
from tests.support.polling import eventually
from tests.unit.moving.backup.conftest import ID, PASSPHRASE

MakeInstance = Callable[..., Source]


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """The process ends with the test."""
    yield
    making.close()


def order(*sources: Source) -> Order:
    """Everything of those instances."""
    return Order(sources=sources, passphrase=PASSPHRASE, messages=True, app_version="0.1.0", made_at=5.0)


def make(tmp_path: Path, wanted: Order, flush: Callable[[], None] = lambda: None) -> Path:
    """The file."""
    (tmp_path / "staging").mkdir()
    target = tmp_path / "backup.age"
    packed = make_backup(wanted, tmp_path / "staging", target, flush=flush)
    assert packed.found.made_at == 5.0
    assert not packed.lacking
    assert not packed.without_history
    return target


def test_it_is_made_and_opens(tmp_path: Path, make_instance: MakeInstance) -> None:
    """What is in memory is written between the sessions and the messages: once."""
    flushed = []

    def flush() -> None:
        flushed.append((tmp_path / "staging" / "0" / "session.db").exists())

    target = make(tmp_path, order(make_instance(), make_instance("outra-k7m2xq", "Outra")), flush)
    assert flushed == [True]
    (tmp_path / "opened").mkdir()
    assert open_backup(target, PASSPHRASE, tmp_path / "opened").names == ("Loja", "Outra")


def test_what_cannot_be_saved_is_told(tmp_path: Path, make_instance: MakeInstance) -> None:
    """By its code."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"")
    with pytest.raises(MoveRefusedError) as caught:
        make(tmp_path, order(source))
    assert caught.value.code == MoveCode.NO_DEVICE


def test_a_missing_session_alone_is_told(tmp_path: Path, make_instance: MakeInstance) -> None:
    """As a disk that fails."""
    source = make_instance()
    (Path(source.folder) / "session.db").unlink()
    with pytest.raises(StorageUnavailableError):
        make(tmp_path, order(source))


def test_those_that_can_be_saved_are(tmp_path: Path, make_instance: MakeInstance) -> None:
    """One without a session and one with a bad history keep nobody from it, and both are told."""
    sources = [make_instance(f"{name.lower()}-k7m2xq", name) for name in ("Um", "Dois", "Tres")]
    (Path(sources[0].folder) / "session.db").unlink()
    (Path(sources[2].folder) / "history.db").write_bytes(b"x" * 5_000)
    (tmp_path / "staging").mkdir()
    packed = make_backup(order(*sources), tmp_path / "staging", tmp_path / "backup.age", flush=lambda: None)
    assert [each.index for each in packed.lacking] == [0]
    assert (packed.saved, packed.without_history) == ((1, 2), (2,))
    assert packed.found.names == ("Dois", "Tres")


def test_a_process_that_dies_is_told(
    tmp_path: Path,
    make_instance: MakeInstance,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a disk that fails. No passphrase is in the log."""
    monkeypatch.setattr(making, "_process", ChildProcess("core.moving.backup.missing", answer_limit=99))
    with pytest.raises(StorageUnavailableError):
        make(tmp_path, order(make_instance()))
    assert "ended its process" in caplog.text
    assert PASSPHRASE not in caplog.text


def test_a_process_that_died_between_two_is_replaced(tmp_path: Path, make_instance: MakeInstance) -> None:
    """The copies of the sessions lie on the disk: the next process goes on with them."""

    def flush() -> None:
        os.kill(making._process.pid, signal.SIGKILL)
        eventually(lambda: not making._process.pid, timeout=5, seen=lambda: making._process.pid)

    assert make(tmp_path, order(make_instance()), flush).exists()


def test_no_passphrase_is_shown(make_instance: MakeInstance) -> None:
    """Whoever prints an order sees none."""
    wanted = order(make_instance())
    assert PASSPHRASE not in repr(wanted)
    assert PASSPHRASE not in str(list(wanted.__rich_repr__()))  # of which tracebacks make their own


def test_instances_are_found_by_their_ids(tmp_path: Path) -> None:
    """With the names that they have now."""
    assert sources_of(tmp_path, [(ID, "Loja")]) == (Source(name="Loja", folder=str(tmp_path / ID)),)
