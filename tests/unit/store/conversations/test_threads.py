"""One conversation: its newest messages, their keys, and what is unread in it."""

from __future__ import annotations

from pathlib import Path

from core.models.content import Content, Kind, Reference
from core.store import inbox_table
from core.store.conversations import lists, threads
from tests.unit.store.conversations.conftest import (
    BETO,
    GROUP,
    NINE,
    arrive,
    by,
    everything,
    in_group,
    only,
    went,
)


def keys(folder: Path, public_id: str, *, limit: int = 99) -> list[str]:
    thread = threads.thread(folder, public_id, limit=limit)
    assert thread is not None
    return [key for key, _ in thread.messages]


def test_the_newest_messages_oldest_first(folder: Path) -> None:
    """Those of one conversation only, without what only changes others; and whether there are more."""
    arrive(folder, by(NINE, "1"), by(BETO, "x"))
    went(folder, NINE, "2")
    arrive(
        folder, by(NINE, "3"), by(NINE, "r", content=Content(Kind.REACTION, text="👍", about=Reference("1")))
    )
    line = everything(folder)[0]
    thread = threads.thread(folder, line.id, limit=2)
    assert thread is not None
    assert ([key for key, _ in thread.messages], thread.has_older) == (["2", "3"], True)
    whole = threads.thread(folder, line.id, limit=3)
    assert whole is not None
    assert ([key for key, _ in whole.messages], whole.has_older) == (["1", "2", "3"], False)
    assert [one.message.message_id for one in whole.updates.received] == ["r"]
    assert threads.thread(folder, "none", limit=3) is None


def test_two_messages_under_one_id_have_two_keys(folder: Path) -> None:
    """Members of a group choose their ids; the first keeps its own, however few are shown."""
    arrive(
        folder,
        in_group(NINE, "a", message_id="1"),
        in_group(BETO, "b", message_id="1"),
        in_group(BETO, "c", message_id="~1"),
    )
    line = only(folder)
    whole = keys(folder, line.id)
    assert len({*whole}) == 3
    assert whole[0] == "1"
    assert keys(folder, line.id, limit=2) == whole[1:]


def test_what_is_unread_up_to_a_message(folder: Path) -> None:
    """Sent or arrived; nothing for a message that is not there."""
    arrive(folder, by(NINE, "1"), by(NINE, "2"))
    went(folder, NINE, "3")
    arrive(folder, by(NINE, "4"), by(BETO, "5"))
    person = next(line.id for line in everything(folder) if line.address == NINE)

    def unread(up_to: str) -> int:
        return len(threads.unread_rows(folder, person, up_to=up_to))

    assert [unread(key) for key in ("1", "2", "3", "4", "5", "none", "~9", "~x")] == [1, 2, 2, 3, 0, 0, 0, 0]
    inbox_table.note_seen(folder, threads.unread_rows(folder, person, up_to="3"))
    assert [unread(key) for key in ("3", "4")] == [0, 1]
    assert [line.unread for line in everything(folder)] == [1, 1]
    assert threads.unread_rows(folder, "none", up_to="1") == ()


def test_what_its_author_was_not_told_was_read(folder: Path) -> None:
    """The newest first; looked at or not, but no calls and nothing of the account's own."""
    arrive(
        folder,
        by(NINE, "1"),
        by(NINE, "2", content=Content(Kind.CALL)),
        by(NINE, "3", from_me=True),
        by(NINE, "4"),
    )
    line = only(folder)
    inbox_table.note_seen(folder)
    unmarked = threads.unmarked(folder, line.id, limit=9)
    assert [one.message.message_id for one in unmarked] == ["4", "1"]
    inbox_table.note_read(folder, [unmarked[0].row])
    assert [one.message.message_id for one in threads.unmarked(folder, line.id, limit=9)] == ["1"]
    assert [one.message.message_id for one in threads.unmarked(folder, line.id, limit=0)] == []


def test_a_group_knows_its_conversation_after_a_look_from_elsewhere(folder: Path) -> None:
    """The id stays the same over any number of reads and writes."""
    begun = lists.begin(folder, GROUP, name="Time", now=1.0)
    arrive(folder, in_group(NINE, "1"))
    went(folder, GROUP, "2", name="Time")
    assert only(folder).id == begun
    assert keys(folder, begun) == ["1", "2"]
