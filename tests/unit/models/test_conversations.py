"""A message of a conversation, as a page sees it, whether it came or went."""

from __future__ import annotations

import pytest

from core.models.content import Content, Kind
from core.models.conversations import Conversation, ThreadMessage
from core.models.messages import Changes, InboxEntry, SendState, SentMessage
from core.models.recipients import Recipient

TEXT = Content(Kind.TEXT, text="oi")


def sent(state: SendState = SendState.SENT, **times: float) -> ThreadMessage:
    message = SentMessage("r1", "a", "5511912345678", TEXT, state, created_at=1.0, message_id="3A", **times)  # type: ignore[arg-type]
    return ThreadMessage("r1", 1.0, sent=message)


def received(*, from_me: bool = False, name: str = "Ana") -> ThreadMessage:
    entry = InboxEntry("a", "3B", "5511912345678", name, TEXT, 2.0, from_me=from_me)
    return ThreadMessage("3B", 2.0, received=entry)


@pytest.mark.parametrize(
    ("message", "state"),
    [
        (sent(SendState.SENDING), "queued"),
        (sent(), "sent"),
        (sent(delivered_at=2.0), "delivered"),
        (sent(read_at=2.0), "read"),
        (sent(played_at=2.0), "played"),
        (sent(SendState.FAILED), "failed"),
        (sent(SendState.UNCERTAIN), "uncertain"),
        (received(from_me=True), "sent"),
        (received(), ""),
    ],
)
def test_how_far_an_own_message_came(message: ThreadMessage, state: str) -> None:
    """In one word, for a page; that of another person has none."""
    assert message.data_state == state


def test_what_it_says_is_what_it_says_now() -> None:
    """Edited from here, or taken back; of a deleted one only the kind is left."""
    message = sent().sent
    edited = ThreadMessage("r1", 1.0, sent=message, changes=Changes(text="olá", edited=True))
    deleted = ThreadMessage("r1", 1.0, sent=message, changes=Changes(deleted=True))
    assert [one.content for one in (sent(), edited, deleted)] == [
        TEXT,
        Content(Kind.TEXT, text="olá"),
        Content(Kind.TEXT),
    ]
    assert received().content == TEXT


def test_who_wrote_it() -> None:
    """A name, else digits; nothing for the account itself."""
    assert [one.author for one in (received(), received(name=""), received(from_me=True), sent())] == [
        "Ana",
        "5511912345678",
        "",
        "",
    ]
    assert [one.from_me for one in (received(), received(from_me=True), sent())] == [False, True, True]
    assert [one.message_id for one in (received(), sent())] == ["3B", "3A"]


def test_a_message_goes_to_the_address_of_its_conversation() -> None:
    """With the name of a group, which the send is remembered by; a person has none there."""
    person = Conversation("a", "x1", "5511912345678", "Ana", "5511912345678", group=False)
    group = Conversation("a", "x2", "120@g.us", "Time", "", group=True)
    assert person.recipient == Recipient("5511912345678")
    assert group.recipient == Recipient("120@g.us", "Time")
