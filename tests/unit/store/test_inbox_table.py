"""The inbox on disk: found by what it says now, quickly, and bounded."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import ReceivedMessage
from core.store import history_db, inbox_table
from core.store.inbox_table import Retention, Search

ANA, BETO = "5511912345678", "5521987654321"


def message(
    folder: Path, message_id: str, content: Content | str = "oi", *, contact: str = ANA, **more: object
) -> ReceivedMessage:
    said = Content(Kind.TEXT, text=content) if isinstance(content, str) else content
    address = f"{contact or '77'}@s.whatsapp.net"
    made = ReceivedMessage(folder.name, message_id, contact, "Ana", said, 6.5, chat=address, sender=address)
    return replace(made, **more)  # type: ignore[arg-type]


def write(folder: Path, *messages: ReceivedMessage, names: dict[str, str] | None = None) -> None:
    inbox_table.write(folder, messages, names=names or {}, keep=Retention())


def rows(folder: Path, *message_ids: str) -> list[int]:
    return [one.row for one in inbox_table.find(folder, message_ids)]


def count_steps(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """A list that grows with every ten steps of SQLite's machine, whichever connection does them."""
    steps: list[None] = []
    connect = sqlite3.connect

    def counted(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.set_progress_handler(lambda: steps.append(None), 10)
        return connection

    monkeypatch.setattr(sqlite3, "connect", counted)
    return steps


def ids(folder: Path, *, limit: int = 99, **what: object) -> list[str]:
    found = inbox_table.search(folder, Search(**what), limit=limit)  # type: ignore[arg-type]
    return [one.message.message_id for one in found]


def test_a_message_comes_back_as_it_was_written_and_once(folder: Path) -> None:
    """All of it; WhatsApp repeats what it did not see confirmed."""
    file = Attachment(name="a.pdf", mime="application/pdf", size=5, remote="{}")
    first = message(folder, "1", Content(Kind.DOCUMENT, text="Oi\n👋", file=file, about=Reference("0")))
    own = message(folder, "2", from_me=True, group=True, contact="", chat="120@g.us")
    write(folder, first, own)
    write(folder, message(folder, "1", "outra"))
    assert [one.message for one in inbox_table.search(folder, Search(), limit=9)] == [own, first]
    assert [one.message for one in inbox_table.find(folder, ["1", "nobody"])] == [first]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ACAO", ["1"]),
        ("ação", ["1"]),
        ("100%", ["1"]),
        ("100_", []),
        ("contrato", ["2"]),
        ("bel trano", ["3"]),
        ("+55 (21) 98765-4321", ["3"]),
        ("familia", ["4"]),
        ("'; DROP TABLE inbox; --", []),
        ("", ["4", "3", "2", "1"]),
    ],
)
def test_it_is_found_by_words_names_and_numbers(folder: Path, text: str, found: list[str]) -> None:
    """Without regard to accents and case, signs taken as they are, numbers however they are written."""
    write(
        folder,
        message(folder, "1", "Reação: 100% Ação"),
        message(folder, "2", Content(Kind.DOCUMENT, file=Attachment(name="Contráto.pdf"))),
        message(folder, "3", contact=BETO, name="Bel  Trano"),
        message(folder, "4", group=True, chat="120@g.us"),
        names={"120@g.us": "Família ❤️"},
    )
    assert ids(folder, text=text) == found


def test_what_changed_is_found_by_its_newest_words_only(folder: Path) -> None:
    """A deleted one by none; and nobody hides or changes what somebody else wrote."""
    write(
        folder,
        message(folder, "1", "velho"),
        message(folder, "2", "segredo"),
        message(folder, "3", Content(Kind.EDIT, text="novo", about=Reference("1"))),
        message(folder, "4", Content(Kind.DELETE, about=Reference("2"))),
        message(folder, "5", Content(Kind.DELETE, about=Reference("1")), contact=BETO),
        message(folder, "6", Content(Kind.EDIT, text="falso", about=Reference("1")), contact=BETO),
    )
    assert {word: ids(folder, text=word) for word in ("velho", "novo", "falso", "segredo")} == {
        "velho": [],
        "novo": ["1"],
        "falso": [],
        "segredo": [],
    }
    assert ids(folder) == ["2", "1"]
    about = inbox_table.about(folder, ["1", "2"])
    assert [one.message.message_id for one in about] == ["3", "4", "5", "6"]


def test_filters_and_people(folder: Path) -> None:
    """By kind and by whom; everybody once, the newest first, with the last name they gave."""
    write(
        folder,
        message(folder, "1", name="Ana Velha"),
        message(folder, "2", Content(Kind.IMAGE), contact=BETO, name=""),
        message(folder, "3", Content(Kind.CALL)),
        message(folder, "4", group=True, chat="120@g.us"),
        names={"120@g.us": "Time"},
    )
    assert ids(folder, kinds={Kind.IMAGE, Kind.CALL}) == ["3", "2"]
    assert ids(folder, limit=2) == ["4", "3"]
    people = inbox_table.contacts(folder, since=0.0)
    assert [(one.number, one.name, one.group) for one in people] == [
        ("", "Time", True),
        (ANA, "Ana", False),
        (BETO, "", False),
    ]
    assert [ids(folder, conversation=one.key) for one in people] == [["4"], ["3", "1"], ["2"]]
    assert ids(folder, conversation=people[1].key, kinds={Kind.CALL}) == ["3"]
    assert ids(folder, conversation="none") == []


def test_the_same_id_in_two_chats_is_two_messages(folder: Path) -> None:
    """Ids are chosen by those who write: nobody keeps another's message out with it, or marks it."""
    write(folder, message(folder, "1", "minha"), message(folder, "1", "dele", contact=BETO))
    write(
        folder,
        message(folder, "1", group=True, chat="120@g.us"),
        message(folder, "1", contact=BETO, group=True, chat="120@g.us"),
    )
    assert ids(folder) == ["1"] * 4
    inbox_table.note_read(folder, rows(folder, "1")[:1])
    assert [one.read for one in inbox_table.find(folder, ["1"])] == [True, False, False, False]


def test_a_message_that_could_not_be_read_is_filled_when_it_comes_again(folder: Path) -> None:
    """In its place, once; and what could be read is never emptied."""
    write(folder, message(folder, "1", Content(Kind.UNREADABLE)), message(folder, "2"))
    write(folder, message(folder, "1", "afinal"), message(folder, "2", Content(Kind.UNREADABLE)))
    found = inbox_table.search(folder, Search(), limit=9)
    assert [one.message.content.text for one in found] == ["oi", "afinal"]
    assert [one.unread for one in found] == [True, True]
    assert ids(folder, text="afinal") == ["1"]
    reaction = Content(Kind.REACTION, text="👍", about=Reference("2"))
    write(folder, message(folder, "3", Content(Kind.UNREADABLE)))
    write(folder, message(folder, "3", reaction))
    assert ids(folder) == ["2", "1"]
    assert inbox_table.count_unread(folder) == 2
    assert [one.message.content for one in inbox_table.about(folder, ["2"])] == [reaction]


def test_marked_as_read_stays(folder: Path) -> None:
    """Of those that were, and no others."""
    write(folder, message(folder, "1"), message(folder, "2"))
    inbox_table.note_read(folder, rows(folder, "1"))
    assert [one.read for one in inbox_table.search(folder, Search(), limit=9)] == [False, True]


def test_unread_is_what_others_wrote_since_it_was_looked_at(folder: Path) -> None:
    """Calls, reactions and the owner's own words are none; nor is what was marked as read."""
    assert (inbox_table.count_unread(folder), inbox_table.newest(folder)) == (0, None)
    write(folder, message(folder, "1"), message(folder, "2"))
    assert inbox_table.count_unread(folder) == 2
    inbox_table.note_read(folder, rows(folder, "1"))
    assert inbox_table.count_unread(folder) == 1
    inbox_table.note_seen(folder)
    assert inbox_table.count_unread(folder) == 0
    last = message(folder, "6", "dele", contact=BETO)
    write(
        folder,
        message(folder, "3", Content(Kind.CALL)),
        message(folder, "4", from_me=True),
        message(folder, "5", Content(Kind.REACTION, text="👍", about=Reference("1"))),
        last,
        message(folder, "7", Content(Kind.VOTE, about=Reference("1"))),
    )
    assert inbox_table.count_unread(folder) == 1
    newest = inbox_table.newest(folder)
    assert newest is not None
    assert (newest[0].message, *newest[1:]) == (last, "", False)
    write(folder, message(folder, "8", group=True, chat="120@g.us"), names={"120@g.us": "Time"})
    deletion = Content(Kind.DELETE, about=Reference("8"))
    write(folder, message(folder, "9", deletion, group=True, chat="120@g.us"))
    newest = inbox_table.newest(folder)
    assert newest is not None
    assert (newest[0].message.message_id, *newest[1:]) == ("8", "Time", True)


def test_the_unread_are_counted_in_their_index(folder: Path) -> None:
    """However large the messages are, none of them is read for it."""
    write(folder, message(folder, "1"))
    plan = history_db.rows(folder, "inbox", f"EXPLAIN QUERY PLAN {inbox_table.COUNT_UNREAD}")
    assert any("COVERING INDEX inbox_unread" in row[-1] for row in plan), plan


def test_the_newest_is_found_without_looking_at_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for after each write: what that costs must not grow with what is kept."""
    steps = count_steps(monkeypatch)

    def cost() -> int:
        before = len(steps)
        assert inbox_table.newest(folder) is not None
        return len(steps) - before

    write(folder, *(message(folder, f"m{number}") for number in range(20)))
    of_twenty = cost()
    write(folder, *(message(folder, f"m{number}") for number in range(20, 2_000)))
    assert cost() <= of_twenty + 2


def test_ten_thousand_are_listed_and_searched_well_within_a_second(folder: Path) -> None:
    """Each with its edit, the worst case for a search."""
    for start in range(0, 5_000, 1_000):
        write(
            folder,
            *(message(folder, f"m{number}", f"texto {number}") for number in range(start, start + 1_000)),
            *(
                message(folder, f"e{number}", Content(Kind.EDIT, text="x", about=Reference(f"m{number}")))
                for number in range(start, start + 1_000)
            ),
        )
    begin = time.thread_time()  # what it costs, however busy the machine is
    assert len(ids(folder, limit=10_000)) == 5_000
    assert ids(folder, text="nada disso") == []
    assert len(inbox_table.contacts(folder, since=0.0)) == 1
    assert time.thread_time() - begin < 1
