"""Messages on disk: there before they leave, bounded, private, and told as they were written."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.content import Content, Kind
from core.models.messages import ReceivedMessage, SendState, SentMessage
from core.models.timeline import HistoryKind
from core.store import inbox_table, outbox_table, sqlite, timeline
from core.store.history_db import HISTORY_FILE
from tests.support.contents import words

ALL = 100_000


def send(folder: Path, request_id: str = "r", *, text: str = "Olá\n✓ 👩‍👩‍👧") -> SentMessage:
    to, state = "5511912345678", SendState.SENDING
    return SentMessage(request_id, folder.name, to, words(text), state, 5.5, secret="ab" * 32, boot_id="run")


def arrive(folder: Path, message_ids: Sequence[str], *, most: int = 10_000) -> None:
    content = Content(Kind.TEXT, text="Oi\n👋")
    arrived = [ReceivedMessage(folder.name, one, "5511987654321", "Ana", content, 6.5) for one in message_ids]
    inbox_table.write(folder, arrived, names={}, keep=inbox_table.Retention(most))


def inbox(folder: Path) -> list[str]:
    return [one.message.message_id for one in inbox_table.search(folder, inbox_table.Search(), limit=ALL)]


def test_a_send_comes_back_as_it_was_written(folder: Path) -> None:
    """All fields, before and after it is settled."""
    written = send(folder)
    outbox_table.write_new(folder, written)
    assert outbox_table.read(folder, limit=9) == (written,) == (outbox_table.find(folder, "r"),)
    settled = replace(
        written,
        state=SendState.SENT,
        reason="x",
        message_id="3EB0",
        settled_at=6.0,
        delivered_at=7.0,
        read_at=8.0,
        played_at=9.0,
    )
    outbox_table.write_outcomes(folder, [settled])
    assert outbox_table.read(folder, limit=9) == (settled,)


def test_the_newest_come_first_and_an_old_one_is_found(folder: Path) -> None:
    """The limit is one of what is told, not of what is known."""
    for number in range(5):
        outbox_table.write_new(folder, send(folder, str(number)))
    assert [one.request_id for one in outbox_table.read(folder, limit=2)] == ["4", "3"]
    assert outbox_table.find(folder, "0") == send(folder, "0")
    assert outbox_table.find(folder, "never") is None


def test_a_request_id_is_written_once(folder: Path) -> None:
    """Whoever tries again is refused, and what was written stays."""
    outbox_table.write_new(folder, send(folder))
    with pytest.raises(StorageUnavailableError):
        outbox_table.write_new(folder, send(folder, text="outra"))
    assert outbox_table.read(folder, limit=9) == (send(folder),)


def test_the_oldest_go_first_and_arrivals_push_out_no_send(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the two is bounded for itself: a flood in the inbox forgets nothing that was sent."""
    assert outbox_table.LIMIT == 10_000
    monkeypatch.setattr(outbox_table, "LIMIT", 5)
    for number in range(7):
        outbox_table.write_new(folder, send(folder, str(number)))
        arrive(folder, [f"{number}{more}" for more in "abc"], most=5)
    assert [one.request_id for one in outbox_table.read(folder, limit=ALL)] == ["6", "5", "4", "3", "2"]
    assert inbox(folder) == ["6c", "6b", "6a", "5c", "5b"]


def test_the_timeline_lives_beside_them(folder: Path) -> None:
    """One file, mode 0600, and a timeline from before messages were kept is read on."""
    timeline.append(folder, HistoryKind.CREATED, at=1.0)
    assert outbox_table.read(folder, limit=9) == ()
    assert inbox(folder) == []
    outbox_table.write_new(folder, send(folder))
    timeline.append(folder, HistoryKind.STOPPED, at=2.0)
    told = [one.kind for one in timeline.entries(folder, limit=9)]
    assert told == [HistoryKind.STOPPED, HistoryKind.CREATED]
    assert outbox_table.read(folder, limit=9) == (send(folder),)
    assert (folder / HISTORY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_look_changes_nothing(folder: Path) -> None:
    """No file appears where nobody wrote."""
    assert outbox_table.read(folder, limit=9) == ()
    assert outbox_table.find(folder / "gone", "r") is None
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_gone_is_told(folder: Path) -> None:
    """Nothing can be sent from it, and no folder is made."""
    with pytest.raises(StorageUnavailableError):
        outbox_table.write_new(folder / "gone", send(folder))
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_told_by_its_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own refusal when the file may not grow: nothing of the send is left behind."""
    outbox_table.write_new(folder, send(folder))
    path = folder / HISTORY_FILE
    with closing(sqlite3.connect(path)) as file:
        (pages,) = file.execute("PRAGMA page_count").fetchone()
    prepared = sqlite._prepared

    def small(path: Path, migrations: sqlite.Migrations, *, through_power_loss: bool) -> sqlite3.Connection:
        connection = prepared(path, migrations, through_power_loss=through_power_loss)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite, "_prepared", small)
    with pytest.raises(StorageUnavailableError) as caught:
        outbox_table.write_new(folder, send(folder, "big", text="x" * 100_000))
    assert caught.value.code == "disk-full"
    assert "xxx" not in str(caught.value)
    assert outbox_table.find(folder, "big") is None


def test_the_run_of_the_machine_is_forgotten(folder: Path) -> None:
    """Of every send, and nothing else of it."""
    outbox_table.write_new(folder, send(folder))
    outbox_table.forget_boot(folder)
    assert outbox_table.find(folder, "r") == replace(send(folder), boot_id="")
