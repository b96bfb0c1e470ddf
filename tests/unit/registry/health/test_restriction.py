"""The light of a restriction: from several signals, never from one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.health.sending import Ban, Restriction, RestrictionLight
from core.models.messages import SendState, SentMessage
from core.registry.health.restriction import PAUSE_S, REMEMBERED_S, assess
from tests.unit.registry.health.sends import KNOWN, NOW, PHONE, new_person, refused, send

L = RestrictionLight
HOUR_S: Final = 3600.0
BAN: Final = Ban(NOW - 2 * HOUR_S, PHONE, until=NOW - HOUR_S, code=1, lifted_at=NOW - HOUR_S / 2)


def light(
    *sends: SentMessage, ban: Ban | None = None, allowed_at: float = 0.0, now: float = NOW
) -> Restriction:
    """What is known after these sends, in whatever order."""
    return assess(sends, phone=PHONE, ban=ban, allowed_at=allowed_at, now=now)


REFUSALS: Final = (refused(1, at=-100), refused(2, at=-50))
PASSED: Final = send(KNOWN, at=-20)


def test_two_new_people_refused_and_a_known_one_not_is_a_suspicion() -> None:
    """Since the first refusal; new people wait for a day after the last."""
    assert light(*REFUSALS, PASSED) == Restriction(
        L.SUSPECTED, since=NOW - 100, refused=2, passed=1, paused_until=NOW - 50 + PAUSE_S
    )


@pytest.mark.parametrize(
    "sends",
    [
        (),
        REFUSALS,
        (PASSED,),
        (REFUSALS[0], PASSED),
        (REFUSALS[0], refused(1, at=-40), PASSED),
        (*REFUSALS, send(KNOWN, at=-200)),
        (*REFUSALS, send(PHONE, at=-20)),
        (*REFUSALS, send("120363000000000000@g.us", at=-20)),
        (*REFUSALS, send(KNOWN, at=-20, reason="send-timeout")),
        (*REFUSALS, PASSED, send(new_person(3), at=-10)),
        (
            send(new_person(1), at=-9, reason="wa-not-on-whatsapp"),
            send(new_person(2), at=-8, reason="wa-error-500"),
            PASSED,
        ),
        (send(KNOWN, at=-100, reason="wa-error-463"), refused(2, at=-50), PASSED),
        (refused(1, at=-PAUSE_S - 90), refused(2, at=-50), PASSED),
    ],
    ids=[
        "nothing sent",
        "refusals alone: perhaps nothing goes out",
        "all is well",
        "one person",
        "one person twice",
        "the known one was before",
        "the known one is the owner",
        "the known one is a group",
        "the known one is not known to have got it",
        "a new person was reached since",
        "other failures",
        "one of them is no new person",
        "a day lies between them",
    ],
)
def test_less_is_no_suspicion(sends: tuple[SentMessage, ...]) -> None:
    """One signal has other causes: a person's own setting, a connection that sends nothing at all."""
    assert light(*sends) == Restriction()


def test_a_ban_of_this_week_is_a_second_signal() -> None:
    """Also without a message to a known person; one of long ago, or of another account, is none."""
    week_ago = replace(BAN, at=NOW - REMEMBERED_S + 60, until=NOW - REMEMBERED_S + 90)
    assert light(*REFUSALS, ban=week_ago).light is L.SUSPECTED
    assert light(*REFUSALS, ban=replace(week_ago, at=NOW - REMEMBERED_S)).light is L.NONE
    assert light(*REFUSALS, ban=replace(week_ago, phone=KNOWN)).light is L.NONE


def test_a_ban_is_whatsapps_own_word() -> None:
    """Lit until the account connects again, whatever the clock says: with its end and its cause."""
    ban = replace(BAN, lifted_at=None)
    known = light(ban=ban)
    assert (known.light, known.since, known.until, known.code) == (L.BANNED, ban.at, ban.until, 1)
    assert light(*REFUSALS, PASSED, ban=ban).light is L.BANNED


def test_after_a_ban_new_people_wait_for_a_day() -> None:
    """The light is out; a press ends the pause, and so does the day."""
    assert BAN.until is not None
    assert light(ban=BAN) == Restriction(code=1, paused_until=BAN.until + PAUSE_S)
    assert light(ban=BAN, allowed_at=NOW - 1) == Restriction()
    assert light(ban=BAN, now=BAN.until + PAUSE_S) == Restriction()


def test_a_press_ends_the_pause_until_the_next_refusal() -> None:
    """The light stays: what it is made of is still so."""
    allowed = light(*REFUSALS, PASSED, allowed_at=NOW - 10)
    assert (allowed.light, allowed.paused_until) == (L.SUSPECTED, None)
    again = light(*REFUSALS, PASSED, refused(3, at=-5), allowed_at=NOW - 10)
    assert (again.refused, again.paused_until) == (3, NOW - 5 + PAUSE_S)


def test_a_day_without_a_refusal_ends_it() -> None:
    """Light and pause end together."""
    last = NOW - 50 + PAUSE_S
    assert light(*REFUSALS, PASSED, now=last - 1).light is L.SUSPECTED
    assert light(*REFUSALS, PASSED, now=last) == Restriction()


SENDS: Final = st.lists(
    st.builds(
        lambda number, at, reason: send(new_person(number) if number else KNOWN, at=-at, reason=reason),
        st.integers(0, 3),
        st.floats(0, 2 * PAUSE_S),
        st.sampled_from(("", "wa-error-463", "send-timeout", "wa-not-on-whatsapp")),
    ),
    max_size=12,
)


@given(SENDS, st.randoms())
def test_whatever_was_sent_one_signal_is_not_enough(sends: list[SentMessage], order: object) -> None:
    """Lit only with two new people refused and a known one reached; in any order of the list."""
    known = light(*sends)
    shuffled = list(sends)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert light(*shuffled) == known
    people = {one.to for one in sends if one.stranger and one.reason == "wa-error-463"}
    reached = [one for one in sends if not one.stranger and one.state is SendState.SENT]
    if known.light:
        assert known.light is L.SUSPECTED
        assert 2 <= known.refused <= len(people)
        assert 1 <= known.passed <= len(reached)
        assert known.since <= NOW < (known.paused_until or 0)
    else:
        assert known == Restriction()


@given(SENDS)
def test_a_new_person_who_is_reached_ends_every_suspicion(sends: list[SentMessage]) -> None:
    """Whatever was before: WhatsApp lets this account write to new people."""
    assert light(*sends, send(new_person(9), at=0)) == Restriction()
