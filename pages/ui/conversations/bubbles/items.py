"""The messages of a thread as data for the script that draws them, and what each may be used for now."""

from __future__ import annotations

import time
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import blake2s
from typing import Final

from core.models.content import ABOUT_ANOTHER, WITHOUT_CONTENT, Kind, Reference
from core.models.conversations import Conversation, Thread, ThreadMessage
from core.models.messages import InboxEntry, SendState, SentMessage
from core.services.message_validation import DELETE_WITHIN_S, EDIT_WITHIN_S
from core.services.visible import seen
from pages.ui.conversations.bubbles.bodies import Part, body, filled, reactions
from pages.ui.conversations.bubbles.pictures import picture_name
from pages.ui.escape import isolated
from pages.ui.formats import format_clock, format_time, visitor_zone
from pages.ui.i18n import _
from pages.ui.presentation import shown_number
from pages.ui.texts.message_kinds import KINDS, inbox_label
from pages.ui.texts.sending import PROBLEMS, TICKS, outcome_message
from pages.ui.widgets.face import COLOURS

REPLY, REACT, EDIT, DELETE, COPY, READ = "reply", "react", "edit", "delete", "copy", "read"
RESEND, VERIFY, OPEN, UNFOLD = "resend", "verify", "open", "unfold"
"""What a press in a bubble asks for."""
_QUOTED: Final = 160
"""Characters of a quote."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a bubble says beside the message itself."""

    conversation: Conversation
    by_id: Mapping[str, ThreadMessage]
    """The messages of the thread, by WhatsApp's ids."""
    now: float
    zone: tzinfo
    resent: Collection[str] = ()
    """Keys of those that were sent again."""


def scene_of(thread: Thread) -> Scene:
    """Return the scene of the messages of ``thread``, now."""
    by_id = {message.message_id: message for message in thread.messages if message.message_id}
    keys = {message.key for message in thread.messages}
    resent = {key for key in keys if again_id(key) in keys}
    return Scene(thread.conversation, by_id, now(), visitor_zone(), resent)


def now() -> float:
    """Return the time by which is decided what can still be done with a message."""
    return time.time()


def again_id(key: str) -> str:
    """Return the request id of sending a message once more: pressed twice, it goes out once."""
    return blake2s(f"again {key}".encode(errors="replace"), digest_size=16).hexdigest()


def item_of(message: ThreadMessage, scene: Scene) -> Part:
    """Return one message as the script draws it."""
    at = datetime.fromtimestamp(message.at, scene.zone)
    deleted = message.changes.deleted
    shown = {} if deleted else body(message.content, message.changes, there=is_there(message))
    return filled(
        {
            "key": message.key,
            "own": message.from_me,
            "state": message.data_state,
            "day": at.date().isoformat(),
            "time": at.strftime("%H:%M"),
            "moment": format_time(message.at, now=scene.now),
            "by": _author(message, scene),
            "colour": _colour(message),
            "quote": {} if deleted else _quote(message, scene),
            "gone": _gone(message),
            "body": shown,
            "reactions": reactions(message.changes.reactions),
            "mine": any(mark.from_me for mark in message.changes.reactions),
            "edited": message.changes.edited and not deleted,
            "read": message.received is not None and message.received.read and not message.from_me,
            "steps": _steps(message, scene),
            "label": _state_label(message),
            "reason": _reason(message),
            "press": _press(message, scene),
            "acts": list(offered(message, now=scene.now)),
        }
    )


def is_there(message: ThreadMessage) -> bool:
    """Return whether the file of a message can be fetched."""
    file = message.content.file
    return file is not None and bool(file.remote) and bool(message.message_id)


def offered(message: ThreadMessage, *, now: float) -> Iterator[str]:
    """Yield what can be done with a message now, in the order of its menu."""
    if message.changes.deleted:
        return
    if message.sent is not None:
        yield from _offered_of_sent(message, message.sent, now=now)
    elif message.received is not None:
        yield from _offered_of_received(message, message.received)


def _offered_of_sent(message: ThreadMessage, sent: SentMessage, *, now: float) -> Iterator[str]:
    out = sent.state is SendState.SENT and bool(sent.message_id)
    age = now - sent.created_at
    if out:
        yield REPLY
        yield REACT
    if out and sent.content.kind is Kind.TEXT and age < EDIT_WITHIN_S:
        yield EDIT
    if message.content.text:
        yield COPY
    if is_resendable(sent):
        yield RESEND
    if out and age < DELETE_WITHIN_S:
        yield DELETE


def _offered_of_received(message: ThreadMessage, entry: InboxEntry) -> Iterator[str]:
    if entry.kind not in WITHOUT_CONTENT:
        yield REPLY
        if entry.kind is not Kind.CALL:
            yield REACT
    if message.content.text:
        yield COPY
    if not entry.from_me and not entry.read and entry.kind is not Kind.CALL:
        yield READ


def is_resendable(sent: SentMessage) -> bool:
    """Return whether the same can be sent once more."""
    file = sent.content.file
    settled = sent.state is not SendState.SENDING and sent.content.kind not in ABOUT_ANOTHER
    return settled and (file is None or bool(file.remote))


def _press(message: ThreadMessage, scene: Scene) -> str:
    """Return the one thing that a send which went wrong asks for; empty for all others."""
    sent = message.sent
    if sent is None or message.key in scene.resent:
        return ""
    if sent.state is SendState.UNCERTAIN:
        return VERIFY
    return RESEND if sent.state is SendState.FAILED and is_resendable(sent) else ""


def _author(message: ThreadMessage, scene: Scene) -> str:
    """Return who wrote it, where that is not clear: another member of a group."""
    if message.from_me or not scene.conversation.group:
        return ""
    return person(message)


def person(message: ThreadMessage) -> str:
    """Return who wrote a message of another person: a name, else a number; never empty."""
    name = message.author
    if not seen(name):
        return _("Hidden number")
    return shown_number(name) if name.isdigit() else isolated(name)


def _colour(message: ThreadMessage) -> int:
    if message.received is None or not message.received.group or message.from_me:
        return 0
    who = message.received.sender or message.received.contact or message.author
    return zlib.crc32(who.encode(errors="replace")) % COLOURS + 1


def _quote(message: ThreadMessage, scene: Scene) -> Part:
    about = message.content.about
    if about is None or not about.message_id:
        return {}
    quoted = scene.by_id.get(about.message_id)
    return filled(
        {
            "by": _quoted_author(about, quoted, scene),
            "text": isolated(_quoted_words(about, quoted)[:_QUOTED]),
            "picture": picture_name(about.thumbnail),
            "to": quoted.key if quoted else "",
        }
    )


def _quoted_author(about: Reference, quoted: ThreadMessage | None, scene: Scene) -> str:
    if quoted.from_me if quoted is not None else about.from_me:
        return _("You")
    if not scene.conversation.group and seen(scene.conversation.name):  # a call says no name
        return isolated(scene.conversation.name)
    if quoted is not None:
        return person(quoted)
    if not scene.conversation.group:
        return shown_number(scene.conversation.number)
    digits = about.sender.partition("@")[0].partition(":")[0]
    return shown_number(digits) if about.sender.endswith("@s.whatsapp.net") else ""


def _quoted_words(about: Reference, quoted: ThreadMessage | None) -> str:
    if quoted is not None:  # not what the quote says of it: its writer may put any words there
        return _gone(quoted) or quoted.content.text or inbox_label(quoted.content)
    if about.text:
        return about.text
    if about.kind is not None and about.kind is not Kind.TEXT:
        text = KINDS.get(about.kind, KINDS[Kind.OTHER])
        return _(text.inbox_label or text.label)
    return _("an earlier message")


def _gone(message: ThreadMessage) -> str:
    if not message.changes.deleted:
        return ""
    return _("Deleted for everybody") if message.from_me else _("This message was deleted")


def _state_label(message: ThreadMessage) -> str:
    """Return in words how far an own message came."""
    if message.sent is None:
        return _("From the phone") if message.from_me else ""
    if message.sent.state in PROBLEMS:
        return _(PROBLEMS[message.sent.state][0])
    return _(TICKS[message.sent.tick][0])


def _steps(message: ThreadMessage, scene: Scene) -> list[tuple[str, str]]:
    """Return each step that an own message took, with its time."""
    sent = message.sent
    if sent is None:
        return []
    settled = sent.settled_at if sent.state is SendState.SENT else None
    times = (sent.created_at, settled, sent.delivered_at, sent.read_at, sent.played_at)
    steps = [
        (_(label), format_clock(at, now=scene.now))
        for (label, _sign), at in zip(TICKS.values(), times, strict=True)
        if at is not None
    ]
    if sent.state in PROBLEMS and sent.settled_at is not None:
        steps.append((_(PROBLEMS[sent.state][0]), format_clock(sent.settled_at, now=scene.now)))
    return steps


def _reason(message: ThreadMessage) -> str:
    sent = message.sent
    if sent is None or not sent.reason or sent.state is SendState.SENT:
        return ""
    return outcome_message(sent.reason).text
