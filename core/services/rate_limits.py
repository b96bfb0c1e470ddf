"""How fast one may write: no faster than a person would, and slower to people who never wrote."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import LimitReachedError
from core.models.codes import RefusalCode
from core.models.messages import SentMessage
from core.models.timeline import HistoryKind
from core.services.runtime import current

NEW_FOR_S: Final = 7 * 86_400.0
"""So long after its linking WhatsApp watches a number most closely."""
_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class LinkAge:
    """How fresh an instance is, for a notice."""

    is_new: bool
    """Linked less than 7 days ago."""
    days: int
    """Whole days since it was linked; 0 on the first."""


def check(sent: Sequence[SentMessage], *, stranger: bool) -> None:
    """Refuse another message that is too much after ``sent`` (newest first): raises LimitReachedError.

    ``send-rate`` or ``new-contact-rate`` with the seconds to wait, ``send-day`` or ``new-contact-day`` with
    the hours. ``stranger``: it goes to a person this instance neither wrote to nor heard from; WhatsApp
    restricts accounts that write to many of those (error 463).
    """
    settings = current().settings
    _check_window(sent, "send", settings.sends_per_minute, settings.sends_per_day)
    if stranger:
        firsts = [message for message in sent if message.stranger]
        _check_window(firsts, "new-contact", settings.new_contacts_per_minute, settings.new_contacts_per_day)


def require_new_contacts(instance_id: str) -> None:
    """Refuse a message to a new person while those are paused: raises LimitReachedError.

    ``new-contact-paused`` with the hours to wait. They are paused for a day after WhatsApp restricted the
    account or seems to; ``core.services.health.restriction`` ends that. Raises UnknownInstanceError.
    """
    until = current().registry.view(instance_id).sending.restriction.paused_until
    if until is not None and (wait := until - time.time()) > 0:
        raise LimitReachedError(RefusalCode.NEW_CONTACT_PAUSED, detail=str(math.ceil(wait / _HOUR_S)))


def left_today(instance_id: str) -> int:
    """Return how many more messages this instance may send within the day that ends now."""
    since = time.time() - _DAY_S
    sent = sum(message.created_at > since for message in current().registry.sent(instance_id))
    return max(0, current().settings.sends_per_day - sent)


def link_age(instance_id: str) -> LinkAge:
    """Return how long ago the instance was linked. Raises UnknownInstanceError."""
    registry = current().registry
    paired = registry.timeline(instance_id, limit=1, kinds=(HistoryKind.LINKED,))
    since = paired[0].at if paired else registry.view(instance_id).created_at
    age = max(0.0, time.time() - since)
    return LinkAge(is_new=age < NEW_FOR_S, days=int(age // _DAY_S))


def _check_window(sent: Sequence[SentMessage], code: str, a_minute: int, a_day: int) -> None:
    now = time.time()
    recent = [message.created_at for message in sent if now - message.created_at < _MINUTE_S]
    if len(recent) >= a_minute:
        wait = _MINUTE_S - (now - recent[a_minute - 1])
        raise LimitReachedError(RefusalCode(f"{code}-rate"), detail=str(int(wait) + 1))
    today = [message.created_at for message in sent if now - message.created_at < _DAY_S]
    if len(today) >= a_day:
        wait = _DAY_S - (now - today[a_day - 1])
        raise LimitReachedError(RefusalCode(f"{code}-day"), detail=str(math.ceil(wait / _HOUR_S)))
