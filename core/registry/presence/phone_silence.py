"""Since when the phone of an account has given no sign, counting only what could be heard. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.models.instance import DAY_S

PRECISION_S: Final = 3600.0
"""Signs within so long after the last one are not stored: a phone in use gives them all day."""
UNHEARD_S: Final = 2 * DAY_S
"""From here on, a time without a connection does not count as silence: the phone may have been in use."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What is known of a phone. All times in seconds since the epoch."""

    silent_since: float | None
    """None before anything was heard or listened for."""
    listened_at: float | None
    """When the instance was last known to be connected."""


def on_connect(before: Listening, *, now: float) -> Listening:
    """Return what is known when listening begins.

    A short time without a connection hides nothing: WhatsApp keeps what the phone did meanwhile.
    """
    if before.silent_since is None or before.listened_at is None:
        return Listening(now, now)
    gap = now - before.listened_at
    since = before.silent_since + gap if gap > UNHEARD_S else before.silent_since
    return Listening(min(since, now), now if gap >= PRECISION_S or gap < 0 else before.listened_at)


def on_sign(before: Listening, at: float, *, now: float) -> Listening:
    """Return what is known after a sign of the phone that was given at ``at``."""
    if before.silent_since is not None and at - before.silent_since < PRECISION_S:
        return before
    return Listening(min(at, now), now)


def on_listening(before: Listening, *, now: float) -> Listening:
    """Return what is known while the instance stays connected; it changes once a day."""
    if before.listened_at is not None and now - before.listened_at < DAY_S:
        return before
    return Listening(before.silent_since, now)
