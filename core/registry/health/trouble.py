"""Whether a connected instance fails to send: its own sends say so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.models.codes import SERVER_ERROR, SendCode
from core.models.health.sending import SendingTrouble
from core.models.messages import SendState, SentMessage
from core.models.recipients import is_group_address, number_variants
from core.registry.health.restriction import REFUSED

FAILURES: Final = 3
"""Sends to others that must have failed one after the other."""
WINDOW_S: Final = 86_400.0
"""Older failures say nothing of now."""
_OWN: Final = frozenset({SendCode.TIMEOUT, SendCode.REFUSED, SendCode.NOT_CONNECTED})
"""Reasons that lie neither with the recipient nor with the message."""
_OF_ONE_PERSON: Final = f"{SERVER_ERROR}479"
"""A refusal for the recipient alone."""


def find(
    sends: Sequence[SentMessage], *, phone: str, connected_at: float, now: float
) -> SendingTrouble | None:
    """Return what is wrong with the sends of an instance that is connected since ``connected_at``.

    ``phone``: digits of its account; times are in seconds since the epoch. Failures since the last send that
    got through count: three of them, or one to its own number; the newest in this connection. What is wrong
    with a recipient, a file or a group does not count.
    """
    failures: list[SentMessage] = []
    settled = [send for send in sends if send.settled_at is not None and now - send.settled_at < WINDOW_S]
    for send in sorted(settled, key=_order, reverse=True):
        if send.state is SendState.SENT:
            break
        if _counts(send):
            failures.append(send)
    if not failures or _settled_at(failures[0]) < connected_at:
        return None
    to_self = any(_is_to(send, phone) and _settled_at(send) >= connected_at for send in failures)
    if len(failures) < FAILURES and not to_self:
        return None
    return SendingTrouble(_settled_at(failures[-1]), len(failures), failures[0].reason)


def _counts(send: SentMessage) -> bool:
    if send.reason in _OWN:
        return True
    if not send.reason.startswith(SERVER_ERROR) or is_group_address(send.to):
        return False
    return send.reason != _OF_ONE_PERSON and not (send.reason == REFUSED and send.stranger)


def _is_to(send: SentMessage, phone: str) -> bool:
    return bool(phone) and phone in (send.to, *number_variants(send.to))


def _order(send: SentMessage) -> tuple[float, bool]:
    """Return when it was settled; of two at one moment, the one that went out is the later."""
    return _settled_at(send), send.state is SendState.SENT


def _settled_at(send: SentMessage) -> float:
    return send.settled_at or 0.0
