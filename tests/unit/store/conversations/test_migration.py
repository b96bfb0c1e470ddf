"""What was stored by number, LID and group becomes conversations, and nothing of it is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from core.models.content import Content, Kind, Reference
from core.models.messages import SendState
from core.store import inbox_table, outbox_table
from core.store import sqlite as our_sqlite
from core.store.conversations import lists, threads
from core.store.conversations.lists import Line
from core.store.history_db import HISTORY_FILE, MIGRATIONS
from core.store.inbox_table import Search, StoredMessage
from tests.unit.store.conversations.conftest import BETO, GROUP, LID, NINE, OLD, OTHER_LID, arrive, by, went


class Before:
    """A file as the version before wrote it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / HISTORY_FILE
        with our_sqlite.writing(self._path, MIGRATIONS[:2]):
            pass

    def arrived(  # as the table of that time
        self, message_id: str, at: float, *, contact: str = "", chat: str = "", sender: str = "", **more: Any
    ) -> None:
        """A message in the inbox."""
        content = more.get("content", Content(Kind.TEXT, text=message_id))
        chat = chat or f"{contact}@s.whatsapp.net"
        group = chat.endswith("@g.us")
        target = content.about.message_id if content.about else ""
        row = (
            message_id,
            chat if group or not contact else contact,
            contact,
            more.get("name", ""),
            content.kind.value,
            content.to_json(),
            content.text,
            at,
            more.get("from_me", False),
            group,
            chat,
            sender or chat,
            target,
            more.get("was_read", False),
        )
        self._write(
            "INSERT INTO inbox (message_id, talk, contact, name, kind, content, words, at, from_me, in_group,"
            f" chat, sender, target, was_read) VALUES ({', '.join('?' * len(row))})",
            row,
        )

    def went(
        self, request_id: str, at: float, to: str, *, content: Content | None = None, name: str = ""
    ) -> None:
        """A send in the outbox."""
        said = (content or Content(Kind.TEXT, text=request_id)).to_json()
        row = (
            request_id,
            f"m-{request_id}",
            to,
            name,
            said,
            0,
            at,
            "sent",
            "",
            at,
            at,
            None,
            None,
            "ab",
            "run",
        )
        self._write(
            "INSERT INTO sent (request_id, message_id, contact, to_name, content, stranger, created_at,"
            " state, reason, settled_at, delivered_at, read_at, played_at, secret, boot_id)"
            f" VALUES ({', '.join('?' * len(row))})",
            row,
        )

    def seen(self) -> None:
        """All that is there was looked at."""
        self._write("UPDATE inbox_seen SET up_to = (SELECT max(id) FROM inbox)", ())

    def named(self, chat: str, name: str) -> None:
        """A group's name."""
        self._write("INSERT INTO inbox_groups VALUES (?, ?)", (chat, name))

    def _write(self, statement: str, row: tuple[object, ...]) -> None:
        with closing(sqlite3.connect(self._path)) as file:
            file.execute(statement, row)
            file.commit()


def texts(folder: Path, line: Line) -> list[str]:
    thread = threads.thread(folder, line.id, limit=99)
    assert thread is not None
    contents = [
        one.message.content if isinstance(one, StoredMessage) else one.content for _, one in thread.messages
    ]
    return [content.text for content in contents]


def by_address(folder: Path) -> dict[str, Line]:
    return {line.address: line for line in lists.lines(folder, limit=99)[0]}


def test_sent_and_arrived_become_one_order(folder: Path) -> None:
    """By their times, with what only changes others left out of the thread but kept."""
    before = Before(folder)
    before.arrived("1", 10.0, contact=NINE, name="Ana")
    before.went("2", 20.5, NINE)
    before.arrived("3", 30.0, contact=NINE)
    before.arrived("4", 30.0, contact=NINE)
    before.arrived("r", 31.0, contact=NINE, content=Content(Kind.REACTION, text="👍", about=Reference("m-2")))
    before.went("5", 40.0, NINE)
    before.went(
        "e", 41.0, NINE, content=Content(Kind.EDIT, text="cinco", about=Reference("m-5", from_me=True))
    )
    line = by_address(folder)[NINE]
    assert (line.name, line.digits, line.unread) == ("Ana", NINE, 3)
    assert texts(folder, line) == ["1", "2", "3", "4", "5"]
    updates = lists.updates(folder, ["m-2", "m-5"])
    assert [one.message.message_id for one in updates.received] == ["r"]
    assert [(number, one.request_id) for number, one in updates.sent] == [(line.number, "e")]
    arrive(folder, by(NINE, "6"), now=35.0)
    assert texts(folder, line)[-1] == "6"


def test_people_and_groups_each_once(folder: Path) -> None:
    """By LID and number, by both spellings, by a message in a group: as far as something proved it."""
    before = Before(folder)
    before.arrived("1", 1.0, chat=LID)
    before.arrived("2", 2.0, contact=NINE, chat=LID, name="Ana")
    before.went("3", 3.0, OLD)
    before.arrived("4", 4.0, contact=BETO, chat=GROUP, sender=OTHER_LID, name="Beto")
    before.arrived("5", 5.0, chat=OTHER_LID)
    before.went("6", 6.0, BETO)
    before.went("7", 7.0, GROUP, name="Time velho")
    before.named(GROUP, "Time")
    before.went("8", 8.0, "5551988887777")
    before.went("9", 9.0, "555188887777")
    found = by_address(folder)
    assert {address: texts(folder, line) for address, line in found.items()} == {
        NINE: ["1", "2", "3"],
        BETO: ["5", "6"],
        GROUP: ["4", "7"],
        "5551988887777": ["8"],
        "555188887777": ["9"],
    }
    assert [(found[one].name, found[one].group) for one in (NINE, BETO, GROUP)] == [
        ("Ana", False),
        ("", False),
        ("Time", True),
    ]
    went(folder, OLD, "10")
    arrive(folder, by("", "11", lid=LID))
    assert texts(folder, by_address(folder)[NINE]) == ["1", "2", "3", "10", "11"]


def test_what_was_looked_at_stays_so(folder: Path) -> None:
    """What came after the last look is unread, but what was marked, calls and the owner's own."""
    before = Before(folder)
    before.arrived("1", 1.0, contact=NINE)
    before.seen()
    before.arrived("2", 2.0, contact=NINE)
    before.arrived("3", 3.0, contact=NINE, was_read=True)
    before.arrived("4", 4.0, contact=NINE, from_me=True)
    before.arrived("5", 5.0, contact=NINE, content=Content(Kind.CALL))
    before.arrived("6", 6.0, contact=BETO)
    assert {address: line.unread for address, line in by_address(folder).items()} == {NINE: 1, BETO: 1}
    assert inbox_table.count_unread(folder) == 2
    assert [one.read for one in inbox_table.find(folder, ["2", "3"])] == [False, True]


def test_everything_is_found_as_before(folder: Path) -> None:
    """By words, on either side; sends with all that was known of them."""
    before = Before(folder)
    before.arrived("bom dia", 1.0, contact=NINE)
    before.went("Olá João", 2.0, BETO)
    assert [one.message.message_id for one in inbox_table.search(folder, Search(text="bom"), limit=9)] == [
        "bom dia"
    ]
    assert [line.address for line in lists.lines(folder, text="joao", limit=9)[0]] == [BETO]
    (sent,) = outbox_table.read(folder, limit=9)
    assert (sent.state, sent.delivered_at, sent.secret, sent.boot_id) == (SendState.SENT, 2.0, "ab", "run")


def test_content_that_cannot_be_read_keeps_nothing_from_being_led_on(folder: Path) -> None:
    """Not even a number that JSON does not know."""
    before = Before(folder)
    before.arrived("1", 1.0, contact=NINE)
    before.went("2", 2.0, NINE, content=Content(Kind.LOCATION, latitude=float("nan")))
    line = by_address(folder)[NINE]
    thread = threads.thread(folder, line.id, limit=9)
    assert thread is not None
    assert [key for key, _ in thread.messages] == ["1", "2"]


def test_ten_thousand_of_each_take_no_longer_than_a_page_may(folder: Path) -> None:
    """The first look at a full file leads it on."""
    with our_sqlite.writing(folder / HISTORY_FILE, MIGRATIONS[:2]) as file:
        content = Content(Kind.TEXT, text="bom dia, o pedido saiu").to_json()
        file.executemany(
            "INSERT INTO inbox (message_id, talk, contact, name, kind, content, words, at, from_me, in_group,"
            " chat, sender, target) VALUES (?, ?, ?, 'Ana', 'text', ?, '', ?, 0, 0, ?, ?, '')",
            [
                (
                    str(n),
                    f"55119{n % 400}",
                    f"55119{n % 400}",
                    content,
                    float(n),
                    f"{n % 400}@lid",
                    f"{n % 400}@lid",
                )
                for n in range(10_000)
            ],
        )
        file.executemany(
            "INSERT INTO sent (request_id, message_id, contact, to_name, content, stranger, created_at,"
            " state, reason, secret, boot_id) VALUES (?, '', ?, '', ?, 0, ?, 'sent', '', '', '')",
            [(str(n), f"55119{n % 400}", content, float(n)) for n in range(10_000)],
        )
    found = lists.lines(folder, limit=999)[0]
    assert len(found) == 400
    assert sum(line.unread for line in found) == 10_000
