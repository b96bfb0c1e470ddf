"""What WhatsApp says of a number, asked once in a while and kept for the visit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from core.errors import InvalidInputError
from core.models.messages import SentMessage
from core.models.recipients import NumberLookup
from core.services import recipients
from pages.ui.state import Slot
from pages.ui.widgets import alert

_FRESH_S: Final = 600.0
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class _Lookup:
    """An answer, and when it came (seconds since the epoch)."""

    at: float
    answer: NumberLookup


_LOOKUPS: Final = Slot("send-checked", dict[tuple[str, str], _Lookup])
"""By instance and digits, of this visit."""


def look_up(instance_id: str, digits: str, *, again: bool = False) -> NumberLookup | None:
    """Return what WhatsApp says of the number; None when it cannot be asked now.

    An answer of up to ten minutes ago counts; with ``again``, one that the number is not there is asked anew:
    its owner may have joined meanwhile.
    """
    lookups = _LOOKUPS.keep()
    earlier = lookups.get((instance_id, digits))
    if earlier is not None and time.time() - earlier.at < _FRESH_S and (earlier.answer.exists or not again):
        return earlier.answer

    def ask() -> None:
        lookups[instance_id, digits] = _Lookup(time.time(), recipients.check(instance_id, digits))

    if not instance_id or alert.problem_of(ask, passing=(InvalidInputError,)):
        return None
    answer = lookups[instance_id, digits].answer
    while len(lookups) > _MOST:
        del lookups[next(iter(lookups))]
    return answer


def checked_at(message: SentMessage) -> float | None:
    """Return when its number was found on WhatsApp in this visit, before the send; None when not known."""
    lookup = _LOOKUPS.get().get((message.instance_id, message.to))
    if lookup is None or not lookup.answer.exists or lookup.at > message.created_at:
        return None
    return lookup.at


def looked_up_name(message: SentMessage) -> str:
    """Return what WhatsApp calls the recipient, as it said in this visit; empty when it is not known."""
    lookup = _LOOKUPS.get().get((message.instance_id, message.to))
    return lookup.answer.name if lookup is not None else ""
