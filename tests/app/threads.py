"""Messages of a conversation for tests of the thread: arrived, sent, and where they stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from streamlit.testing.v1 import AppTest

from core.models.content import Content, Kind
from core.models.conversations import Conversation, Thread, ThreadMessage
from core.models.messages import Changes, InboxEntry, SendState, SentMessage
from tests.app.fake_services import FakeServices, connected

Open = Callable[..., AppTest]
"""Opens the conversation with Ana, in which the messages that it is given were said."""
Press = Callable[..., AppTest]
"""Presses something in a bubble: the app, what, the key of the message, and a value."""
LOJA: Final = "loja-1"
ANA: Final = "5511912345678"
ANAS_CHAT: Final = f"{ANA}@s.whatsapp.net"
FAMILY: Final = "120363000000000001@g.us"
WITH_ANA: Final = Conversation(LOJA, "c-ana", ANA, "Ana", ANA, group=False)
IN_FAMILY: Final = Conversation(LOJA, "c-family", FAMILY, "Família", "", group=True)


def arrived(key: str = "3A", content: Content | str = "oi", **more: Any) -> ThreadMessage:
    """A message of Ana; `changes`, `unread` and fields of the entry as given."""
    said = Content(Kind.TEXT, text=content) if isinstance(content, str) else content
    changes = more.pop("changes", Changes())
    unread = more.pop("unread", False)
    plain = InboxEntry(
        LOJA, key, ANA, "Ana", said, more.pop("at", time.time()), chat=ANAS_CHAT, sender=ANAS_CHAT
    )
    entry = replace(plain, changes=changes, **more)
    return ThreadMessage(key, entry.at, received=entry, changes=changes, unread=unread)


def went(key: str = "r1", content: Content | str = "olá", **more: Any) -> ThreadMessage:
    """A message that was sent from here; `changes` and fields of the send as given."""
    said = Content(Kind.TEXT, text=content) if isinstance(content, str) else content
    changes = more.pop("changes", Changes())
    at = more.pop("at", time.time())
    plain = SentMessage(key, LOJA, ANA, said, SendState.SENT, at, settled_at=at, message_id=f"3E{key}")
    return ThreadMessage(key, at, sent=replace(plain, **more), changes=changes)


def thread_of(*messages: ThreadMessage, conversation: Conversation = WITH_ANA) -> Thread:
    """These messages as the whole of a conversation."""
    first = next((message.key for message in messages if message.unread), "")
    return Thread(conversation, messages, has_older=False, first_unread=first)


def said(scene: FakeServices, *messages: ThreadMessage, conversation: Conversation = WITH_ANA) -> None:
    """Let the scene hold one instance with one conversation of these messages."""
    scene.views = [connected()]
    scene.conversations = [conversation]
    scene.threads = {conversation.id: list(messages)}
