"""Changes of a send by answers and receipts: never backwards, in whatever order they come. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from core.models.messages import SendState, SentMessage, Tick
from core.models.recipients import number_variants

OPEN: Final = frozenset({SendState.SENDING, SendState.UNCERTAIN})
"""States that an answer may still change."""


def settled(
    message: SentMessage, state: SendState, *, at: float, reason: str = "", message_id: str = ""
) -> SentMessage:
    """Return the send after an answer, or once none can come. A settled one stays as it is."""
    if message.state not in OPEN:
        return message
    return replace(
        message, state=state, reason=reason, message_id=message_id or message.message_id, settled_at=at
    )


def is_recipient(to: str, addresses: Collection[str]) -> bool:
    """Return whether a person with these addresses is the one whom a send went to, by the addresses alone.

    A number counts in every spelling by which WhatsApp may know it.
    """
    return not {to, *number_variants(to)}.isdisjoint(addresses)


def received(message: SentMessage, tick: Tick, *, at: float, now: float) -> SentMessage:
    """Return the send after a receipt: the first of each kind counts, and any proves that it went out.

    ``at`` is WhatsApp's moment, in whole seconds. A send that it settles is settled ``now``, by the clock of
    all other sends: what went out last would else come before what failed first.
    """
    if message.state is not SendState.SENT:
        message = replace(message, state=SendState.SENT, reason="", settled_at=now)
    if tick is Tick.DELIVERED and message.delivered_at is None:
        return replace(message, delivered_at=at)
    if tick is Tick.READ and message.read_at is None:
        return replace(message, read_at=at)
    if tick is Tick.PLAYED and message.played_at is None:
        return replace(message, played_at=at)
    return message
