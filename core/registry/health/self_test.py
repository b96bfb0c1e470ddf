"""How far a self-test came: a message to the own number, read from its send. Pure.

What comes back: the server passes the message on to the account's phone and other devices, never to the one
that sent it; each of them confirms it, and that confirmation comes back to the sender. Source: whatsmeow,
send.go (own devices get a copy) and receipt.go (``ReceiptTypeSender``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.models.health.sending import DAILY_TEST, SELF_TEST, SelfTest, SelfTestStep
from core.models.messages import SendState, SentMessage

RETURN_S: Final = 30.0
"""So long after the server took it the phone may need to confirm it."""
_WATCHED_S: Final = 60.0
"""A confirmation that is found later came while the test was not watched: when is not known."""
_FAILURES: Final = {SendState.FAILED: SelfTestStep.NOT_SENT, SendState.UNCERTAIN: SelfTestStep.NO_ANSWER}


def newest(sends: Sequence[SentMessage]) -> SentMessage | None:
    """Return the send of the last self-test among ``sends``, newest first; None when there is none."""
    return next((send for send in sends if send.request_id.startswith(SELF_TEST)), None)


def judge(send: SentMessage, *, now: float) -> SelfTest:
    """Return how far the self-test with that send came by ``now`` (seconds since the epoch).

    Call it at each change: the moment at which the confirmation is first seen is when it came.
    """
    daily = send.request_id.startswith(DAILY_TEST)
    if send.state is SendState.SENDING:
        return SelfTest(send.created_at, SelfTestStep.SENDING, daily=daily)
    if (step := _FAILURES.get(send.state)) is not None:
        return SelfTest(send.created_at, step, reason=send.reason, daily=daily)
    settled_at = send.settled_at or now
    accepted_s = max(0.0, settled_at - send.created_at)
    if send.delivered_at is None and send.read_at is None:
        step = SelfTestStep.RETURNING if now - settled_at < RETURN_S else SelfTestStep.NO_RETURN
        return SelfTest(send.created_at, step, accepted_s=accepted_s, daily=daily)
    took_s = max(accepted_s, now - send.created_at)
    return SelfTest(
        send.created_at,
        SelfTestStep.PASSED,
        accepted_s=accepted_s,
        returned_s=took_s if took_s < _WATCHED_S else None,
        daily=daily,
    )
