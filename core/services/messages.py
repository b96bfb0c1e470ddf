"""Sending by hand: one text to one recipient, and no faster than a person would."""

from __future__ import annotations

import math
import time
from typing import Final

from core.errors import InvalidInputError, LimitReachedError, NotConnectedError
from core.models.audit import Action
from core.models.instance import InstanceState
from core.models.message import SentMessage
from core.services import audit
from core.services.numbers import Recipient, parse_recipient, show_number
from core.services.runtime import current

TEXT_LIMIT: Final = 4096
"""Characters."""
SENDS_PER_MINUTE: Final = 20
SENDS_PER_DAY: Final = 200
"""In any 24 hours; not more than the registry holds in memory."""
ANSWER_WITHIN_S: Final = 15.0
SHOWN: Final = 20
_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0

__all__ = [
    "Recipient",
    "parse_recipient",
    "recent_messages",
    "send_text",
    "show_number",
    "verify",
]


def send_text(instance_id: str, *, to: str, text: str, request_id: str = "") -> SentMessage:
    """Send ``text`` to the number typed in ``to``; blocks until WhatsApp's server answers, at most 15 s.

    A ``request_id`` that was used before sends nothing: the outcome of the first call comes back.
    Raises InvalidInputError (number-…, text-empty, text-too-long), NotConnectedError, UnknownInstanceError,
    LimitReachedError (send-rate; detail: seconds to wait; send-day: hours), StorageUnavailableError when it
    cannot be written down: then nothing is sent.
    """
    registry = current().registry
    recipient = parse_recipient(to)
    if not text.strip():
        raise InvalidInputError("text-empty")
    if len(text) > TEXT_LIMIT:
        raise InvalidInputError("text-too-long", detail=str(TEXT_LIMIT))
    known = {message.request_id for message in registry.sent(instance_id)}
    if request_id not in known and registry.view(instance_id).state is not InstanceState.CONNECTED:
        raise NotConnectedError
    sent = registry.send_text(
        instance_id,
        to=recipient.digits,
        # A lone surrogate cannot be written as UTF-8 and would break the pipe's line.
        text=text.encode("utf-8", "replace").decode(),
        request_id=request_id,
        timeout=ANSWER_WITHIN_S,
        admit=_check_rate,
    )
    if request_id not in known:
        audit.note(Action.SENT, instance_id)
    return sent


def recent_messages(instance_id: str) -> tuple[SentMessage, ...]:
    """The last 20 sends of this instance, newest first; those before a restart too."""
    return current().registry.sent(instance_id)[:SHOWN]


def verify(instance_id: str, request_id: str) -> SentMessage:
    """Look again for what became of an uncertain send; sends nothing. Raises UnknownInstanceError."""
    return current().registry.verify_sent(instance_id, request_id)


def _check_rate(sent: tuple[SentMessage, ...]) -> None:
    now = time.time()
    recent = [message.created_at for message in sent if now - message.created_at < _MINUTE_S]
    if len(recent) >= SENDS_PER_MINUTE:
        wait = _MINUTE_S - (now - min(recent))
        raise LimitReachedError("send-rate", detail=str(int(wait) + 1))
    today = [message.created_at for message in sent if now - message.created_at < _DAY_S]
    if len(today) >= SENDS_PER_DAY:
        wait = _DAY_S - (now - today[SENDS_PER_DAY - 1])
        raise LimitReachedError("send-day", detail=str(math.ceil(wait / _HOUR_S)))
