"""Whether WhatsApp restricts an account: from several signals, never from one alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.models.codes import SERVER_ERROR
from core.models.health.sending import Ban, Restriction, RestrictionLight
from core.models.messages import SendState, SentMessage
from core.models.recipients import is_group_address, number_variants

REFUSED: Final = f"{SERVER_ERROR}463"
"""WhatsApp's server refuses a message to a person with whom the account has no conversation."""
PAUSE_S: Final = 86_400.0
"""So long after the last signal new people are left alone, and nothing is suspected any more."""
REMEMBERED_S: Final = 7 * 86_400.0
"""So long a ban that is over counts as a signal."""
REFUSALS: Final = 2
"""New people who must have been refused: one may have a setting of their own."""


def assess(
    sends: Sequence[SentMessage], *, phone: str, ban: Ban | None, allowed_at: float, now: float
) -> Restriction:
    """Return the light after ``sends`` and a ``ban``.

    ``phone``: digits of the account. ``allowed_at``: when its owner last had new people written to although
    they were paused; 0 for never. Times are in seconds since the epoch. A ban is WhatsApp's own word; what is
    suspected takes two new people refused in a row, and a second signal: since then a message to a person who
    knows the account went through, or there was a ban within seven days. A new person's message that is taken
    ends it.
    """
    ban = ban if ban is not None and ban.phone == phone else None
    if ban is not None and ban.lifted_at is None:
        return Restriction(
            RestrictionLight.BANNED,
            since=ban.at,
            until=ban.until,
            code=ban.code,
            paused_until=_after_ban(ban, allowed_at, now=now),
        )
    suspected = _suspicion(sends, phone=phone, ban=ban, allowed_at=allowed_at, now=now)
    if suspected is not None:
        return suspected
    paused = _after_ban(ban, allowed_at, now=now) if ban is not None else None
    return Restriction(code=ban.code if ban is not None and paused else 0, paused_until=paused)


def _after_ban(ban: Ban, allowed_at: float, *, now: float) -> float | None:
    ends = ban.until if ban.until is not None else (ban.lifted_at or ban.at)
    until = ends + PAUSE_S
    return until if allowed_at < ban.at and now < until else None


def _suspicion(
    sends: Sequence[SentMessage], *, phone: str, ban: Ban | None, allowed_at: float, now: float
) -> Restriction | None:
    refused = _refused_in_a_row(sends)
    if not refused or now - refused[0][1] >= PAUSE_S:
        return None
    newest = refused[0][1]
    together = [(person, at) for person, at in refused if newest - at < PAUSE_S]
    people, since = {person for person, _ in together}, min(at for _, at in together)
    passed = _passed(sends, phone=phone, since=since)
    banned_lately = ban is not None and now - ban.at < REMEMBERED_S
    if len(people) < REFUSALS or not (passed or banned_lately):
        return None
    return Restriction(
        RestrictionLight.SUSPECTED,
        since=since,
        refused=len(people),
        passed=passed,
        paused_until=newest + PAUSE_S if allowed_at < newest else None,
    )


def _refused_in_a_row(sends: Sequence[SentMessage]) -> list[tuple[str, float]]:
    """Return whom WhatsApp refused since it last took a message to a new person, and when; newest first."""
    refused: list[tuple[str, float]] = []
    to_new = [send for send in sends if send.stranger and send.settled_at is not None]
    for send in sorted(to_new, key=_order, reverse=True):
        if send.state is SendState.SENT:
            break
        if send.state is SendState.FAILED and send.reason == REFUSED:
            # Several spellings of one number are one person.
            refused.append((min((send.to, *number_variants(send.to))), _settled_at(send)))
    return refused


def _passed(sends: Sequence[SentMessage], *, phone: str, since: float) -> int:
    return sum(
        send.state is SendState.SENT
        and not send.stranger
        and not is_group_address(send.to)
        and phone not in (send.to, *number_variants(send.to))
        and _settled_at(send) >= since
        for send in sends
    )


def _order(send: SentMessage) -> tuple[float, bool]:
    """Return when it was settled; of two at one moment, the one that went out is the later."""
    return _settled_at(send), send.state is SendState.SENT


def _settled_at(send: SentMessage) -> float:
    return send.settled_at or 0.0
