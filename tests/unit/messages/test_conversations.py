"""Conversations as they are now: from the disk, from memory, and while the disk refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.conversations import Conversations
from core.messages.inbox import Inbox
from core.models.content import Content, Kind, Reference
from core.models.conversations import Filter
from core.models.messages import Mark, SendState, SentMessage, Tick
from core.models.recipients import Recipient
from core.models.worker_events import GroupNamed, MessageArrived
from core.store import inbox_table, outbox_table
from tests.unit.messages.test_inbox import NUMBER, arrival

GROUP = "120@g.us"
LID = "77@lid"


@dataclass
class Instance:
    """What one instance has in memory and on the disk."""

    folder: Path
    sends: list[SentMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox(folder_of=self.folder.joinpath, clock=lambda: 1_000.0)
        self.conversations = Conversations(
            folder_of=self.folder.joinpath, inbox=self.inbox, recent_sends=self._sends, clock=lambda: 1_000.0
        )

    def _sends(self, _: str) -> Sequence[SentMessage]:
        return tuple(self.sends)

    def send(self, text: str, *, to: str = NUMBER, content: Content | None = None) -> SentMessage:
        said = content or Content(Kind.TEXT, text=text)
        message = SentMessage(text, "a", to, said, SendState.SENDING, 1_000.0)
        outbox_table.write_new(self.folder / "a", message)
        self.sends.insert(0, message)
        return message

    def ids(self) -> list[str]:
        found = self.conversations.list("a", text="", only=Filter.ALL, limit=9)
        return [one.id for one in found]

    def words(self, conversation_id: str, *, limit: int = 9) -> list[str]:
        thread = self.conversations.thread("a", conversation_id, limit=limit)
        assert thread is not None
        return [one.content.text for one in thread.messages]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    (tmp_path / "a").mkdir()
    return Instance(tmp_path)


def test_a_send_is_as_far_as_memory_says(instance: Instance) -> None:
    """The file follows later: in the thread and in the line of the list."""
    sent = instance.send("olá")
    (line,) = instance.conversations.list("a", text="", only=Filter.ALL, limit=9)
    assert line.latest is not None
    assert (line.latest.state, line.latest.tick) == (SendState.SENDING, Tick.QUEUED)
    instance.sends[0] = replace(sent, state=SendState.SENT, message_id="3EB0", delivered_at=5.0)
    (line,) = instance.conversations.list("a", text="", only=Filter.ALL, limit=9)
    assert line.latest is not None
    assert (line.latest.tick, line.latest.text, line.latest.from_me) == (Tick.DELIVERED, "olá", True)
    thread = instance.conversations.thread("a", line.id, limit=9)
    assert thread is not None
    assert [(one.key, one.data_state) for one in thread.messages] == [("olá", "delivered")]
    assert instance.conversations.sent_as("a", "3EB0") == (instance.sends[0],)


def test_what_changed_is_shown_as_it_is_now(instance: Instance) -> None:
    """Of both sides, by both sides."""
    instance.inbox.handle_event(arrival("1"))
    assert instance.inbox.flush("a")
    sent = instance.send("olá")
    instance.sends[0] = replace(sent, state=SendState.SENT, message_id="3EB0")
    instance.inbox.handle_event(arrival("2", Content(Kind.REACTION, text="👍", about=Reference("3EB0"))))
    like = instance.send("r", content=Content(Kind.REACTION, text="❤️", about=Reference("1")))
    instance.sends[0] = replace(like, state=SendState.SENT)
    (conversation,) = instance.ids()
    thread = instance.conversations.thread("a", conversation, limit=9)
    assert thread is not None
    assert [one.changes.reactions for one in thread.messages] == [
        (Mark("❤️", "", from_me=True),),
        (Mark("👍", "Ana"),),
    ]
    assert instance.conversations.changes_of_sent("a", instance.sends)["3EB0"].reactions
    instance.inbox.handle_event(arrival("3", Content(Kind.DELETE, about=Reference("1"))))
    assert instance.words(conversation) == ["", "olá"]
    edit = instance.send("e", content=Content(Kind.EDIT, text="oi", about=Reference("3EB0", from_me=True)))
    instance.sends[0] = replace(edit, state=SendState.SENT)
    assert instance.words(conversation) == ["", "oi"]
    (line,) = instance.conversations.list("a", text="", only=Filter.ALL, limit=9)
    assert line.latest is not None
    assert line.latest.text == "oi"


def test_while_the_disk_refuses_what_arrives_is_in_its_thread(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind what is stored, and once when it is written after all."""
    instance.inbox.handle_event(arrival("1"))
    (conversation,) = instance.ids()

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    with monkeypatch.context() as broken:
        broken.setattr(inbox_table, "write", refuse)
        instance.inbox.handle_event(arrival("2", Content(Kind.TEXT, text="dois")))
        instance.inbox.handle_event(arrival("3", Content(Kind.EDIT, text="um", about=Reference("1"))))
        other = MessageArrived("a", "4", "", "", Content(Kind.TEXT, text="x"), 1.0, False, False, LID, LID)
        instance.inbox.handle_event(other)
        assert instance.words(conversation) == ["um", "dois"]
        assert instance.words(conversation, limit=1) == ["dois"]
    assert instance.words(conversation) == ["um", "dois"]
    assert len(instance.ids()) == 2


def test_a_conversation_is_looked_at_up_to_a_message(instance: Instance) -> None:
    """Others stay unread; a second look costs nothing, and a restart forgets nothing."""
    for number in ("1", "2"):
        instance.inbox.handle_event(arrival(number))
    said = Content(Kind.TEXT, text="oi")
    instance.inbox.handle_event(MessageArrived("a", "3", "", "Bia", said, 1.0, False, True, GROUP, LID))
    instance.inbox.handle_event(GroupNamed("a", GROUP, name="Time"))
    group, person = instance.ids()
    thread = instance.conversations.thread("a", person, limit=9)
    assert thread is not None
    assert (thread.first_unread, [one.unread for one in thread.messages]) == ("1", [True, True])
    assert instance.conversations.note_seen("a", person, up_to="1")
    assert not instance.conversations.note_seen("a", person, up_to="1")
    assert instance.inbox.unread("a") == 2
    again = Instance(instance.folder)
    assert again.inbox.unread("a") == 2
    assert [one.unread for one in again.conversations.list("a", text="", only=Filter.UNREAD, limit=9)] == [
        1,
        1,
    ]
    assert again.conversations.note_seen("a", group, up_to="3")
    assert not again.conversations.note_seen("a", "none", up_to="3")
    found = again.conversations.get("a", group)
    assert found is not None
    assert (found.name, found.unread, again.inbox.unread("a")) == ("Time", 0, 1)


def test_a_conversation_can_be_begun(instance: Instance) -> None:
    """With anybody, once; people are called as they call themselves."""
    begun = instance.conversations.begin("a", Recipient(NUMBER))
    assert instance.conversations.begin("a", Recipient(NUMBER)) == begun
    assert instance.ids() == []
    instance.inbox.handle_event(arrival("1"))
    assert instance.ids() == [begun]
    assert instance.conversations.names("a", [NUMBER, "5521"]) == {NUMBER: "Ana"}
    assert instance.conversations.of_message("a", "1") == begun
    group = instance.conversations.begin("a", Recipient(GROUP, "Time"))
    found = instance.conversations.get("a", group)
    assert found is not None
    assert (found.name, found.group, found.latest) == ("Time", True, None)
    assert instance.conversations.get("a", "none") is None
    assert instance.conversations.thread("a", "none", limit=9) is None


def test_the_authors_of_a_thread_that_were_not_told(instance: Instance) -> None:
    """What is marked as read is not told again."""
    instance.inbox.handle_event(arrival("1"))
    (conversation,) = instance.ids()
    unmarked = instance.conversations.unmarked("a", conversation, limit=9)
    assert [one.message.message_id for one in unmarked] == ["1"]
    instance.inbox.note_read("a", [one.row for one in unmarked])
    assert instance.conversations.unmarked("a", conversation, limit=9) == ()
