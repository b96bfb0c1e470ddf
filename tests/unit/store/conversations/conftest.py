"""Messages to and from people who are known by several addresses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from core.models.content import Content, Kind
from core.models.messages import ReceivedMessage, SendState, SentMessage
from core.store import inbox_table, outbox_table
from core.store.conversations import lists
from core.store.conversations.lists import Line
from core.store.inbox_table import Retention

NINE: Final = "5551998765432"
"""A Brazilian mobile number as it is dialled."""
OLD: Final = "555198765432"
"""The same account as WhatsApp knows it from before the 9."""
LID: Final = "123456789012345@lid"
OTHER_LID: Final = "999999999999999@lid"
GROUP: Final = "120363000000000001@g.us"
BETO: Final = "5521987654321"
NOW: Final = 1_000.0


def by(
    contact: str, text: str = "oi", *, lid: str = "", message_id: str = "", **more: object
) -> ReceivedMessage:
    """A text from a person; in the chat with them, by LID where one is given."""
    address = lid or f"{contact}@s.whatsapp.net"
    content = Content(Kind.TEXT, text=text)
    made = ReceivedMessage(
        "loja-k7m2xq", message_id or text, contact, "Ana", content, 900.0, chat=address, sender=address
    )
    return replace(made, **more)  # type: ignore[arg-type]


def in_group(contact: str, text: str = "oi", *, lid: str = "", **more: object) -> ReceivedMessage:
    """A text in the group."""
    return replace(by(contact, text, lid=lid), chat=GROUP, group=True, **more)  # type: ignore[arg-type]


def arrive(
    folder: Path,
    *messages: ReceivedMessage,
    names: dict[str, str] | None = None,
    pairs: dict[str, str] | None = None,
    now: float = NOW,
) -> None:
    """Write arrivals."""
    inbox_table.write(folder, messages, names=names or {}, pairs=pairs, keep=Retention(now=now))


def went(
    folder: Path,
    to: str,
    text: str = "olá",
    *,
    content: Content | None = None,
    at: float = NOW,
    name: str = "",
) -> SentMessage:
    """Write a send down; its request id and WhatsApp's id are its words."""
    said = content or Content(Kind.TEXT, text=text)
    sent = SentMessage(text, folder.name, to, said, SendState.SENT, at, message_id=f"m-{text}", to_name=name)
    outbox_table.write_new(folder, sent)
    return sent


def everything(folder: Path) -> tuple[Line, ...]:
    """All conversations in which something was said, the newest first."""
    return lists.lines(folder, limit=99)[0]


def only(folder: Path) -> Line:
    """The one conversation that there is."""
    (line,) = everything(folder)
    return line
