"""What later messages changed in earlier ones of their conversation."""

from __future__ import annotations

from dataclasses import replace

from core.messages.changes import Later, changed, entry
from core.models.content import ADMIN, Content, Kind, Reference
from core.models.messages import Changes, Mark, ReceivedMessage, SendState, SentMessage
from core.store.conversations.lists import Updates
from core.store.inbox_table import StoredMessage

NUMBER, LID = "5511912345678", "77@lid"
TEXT = Content(Kind.TEXT, text="oi")
EDIT = Content(Kind.EDIT, text="olá", about=Reference("1"))
LIKE = Content(Kind.REACTION, text="👍", about=Reference("1"))


def by(
    contact: str, content: Content, *, chat: str = "", group: bool = False, sender: str = ""
) -> StoredMessage:
    address = chat or f"{contact}@s.whatsapp.net"
    message = ReceivedMessage(
        "a",
        "1" if content is TEXT else "2",
        contact,
        "Ana",
        content,
        5.0,
        group=group,
        chat=address,
        sender=sender or address,
    )
    return StoredMessage(message, read=False, conversation=1)


def went(content: Content, state: SendState = SendState.SENT) -> SentMessage:
    return SentMessage("r", "a", NUMBER, content, state, 6.0, message_id="3EB0")


def test_a_person_who_is_known_by_two_addresses_changes_their_own(  # in a chat with one person
) -> None:
    """In a chat with one person; in a group an author is told by address or number."""
    hidden, known = by("", TEXT, chat=LID), by(NUMBER, EDIT)
    assert Later(Updates((known,)), {}).changes_of(hidden.message, 1) == Changes(text="olá", edited=True)
    group = {"chat": "120@g.us", "group": True}
    theirs = by("", TEXT, sender=LID, **group)  # type: ignore[arg-type]
    other = by(NUMBER, EDIT, sender="88@lid", **group)  # type: ignore[arg-type]
    assert Later(Updates((other,)), {}).changes_of(theirs.message, 1) == Changes()
    deletion = replace(EDIT, kind=Kind.DELETE, name=ADMIN)
    admin = by(NUMBER, deletion, sender="88@lid", **group)  # type: ignore[arg-type]
    assert Later(Updates((admin,)), {}).changes_of(theirs.message, 1) == Changes(deleted=True)


def test_another_conversation_changes_nothing() -> None:
    """An id is chosen by who writes: the same one may stand in many chats."""
    message, like = by(NUMBER, TEXT), by(NUMBER, LIKE)
    later = Later(Updates((replace(like, conversation=2),)), {})
    assert later.changes_of(message.message, 1) == Changes()
    assert later.changes_of(message.message, 2).reactions == (Mark("👍", "Ana"),)


def test_what_was_sent_counts_once_it_went_out() -> None:
    """As it is in memory, which is newer than the file; and what waits for the disk counts too."""
    message = by(NUMBER, TEXT)
    sent = went(LIKE, SendState.SENDING)
    updates = Updates(sent=((1, sent),))
    assert Later(updates, {}).changes_of(message.message, 1) == Changes()
    now = Later(updates, {"r": went(LIKE)})
    assert now.changes_of(message.message, 1).reactions == (Mark("👍", "", from_me=True),)
    waiting = Later(Updates(), {}, waiting=[by(NUMBER, EDIT)])
    assert waiting.changes_of(message.message, 1).edited


def test_others_react_to_what_was_sent() -> None:
    """By WhatsApp's id of it; one that has none yet has no changes."""
    like = by(NUMBER, replace(LIKE, about=Reference("3EB0")))
    later = Later(Updates((like,)), {})
    assert later.changes_of_sent(went(TEXT), 1).reactions == (Mark("👍", "Ana"),)
    assert later.changes_of_sent(replace(went(TEXT), message_id=""), 1) == Changes()


def test_an_entry_says_what_is_left() -> None:
    """The newest words; of a deleted one, its kind."""
    stored = by(NUMBER, TEXT)
    assert entry(stored, Changes(text="olá", edited=True), "").content == Content(Kind.TEXT, text="olá")
    assert entry(stored, Changes(deleted=True), "").content == changed(TEXT, Changes(deleted=True))
    assert changed(TEXT, Changes(deleted=True)) == Content(Kind.TEXT)
    assert entry(stored, Changes(), "Time").group_name == "Time"
