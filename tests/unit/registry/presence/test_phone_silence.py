"""The silence of a phone: only what could have been heard counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.models.instance import DAY_S
from core.registry.presence.phone_silence import (
    PRECISION_S,
    UNHEARD_S,
    Listening,
    on_connect,
    on_listening,
    on_sign,
)

TIMES = st.floats(0, 2e9)
NOTHING = Listening(None, None)


def test_listening_begins_with_the_first_connection() -> None:
    """Of an instance that was linked before this was known, nothing is claimed."""
    assert on_connect(NOTHING, now=5.0) == Listening(5.0, 5.0)


def test_a_short_absence_hides_nothing() -> None:
    """WhatsApp keeps for a while what the phone did, and hands it over at the next login."""
    before = Listening(100.0, 100.0 + DAY_S)
    after = on_connect(before, now=100.0 + 2 * DAY_S)
    assert after == Listening(100.0, 100.0 + 2 * DAY_S)


def test_a_long_absence_is_not_silence() -> None:
    """An instance that was stopped for three weeks must not say that its phone is away."""
    before = Listening(0.0, 3 * DAY_S)
    after = on_connect(before, now=24 * DAY_S)
    assert after == Listening(21 * DAY_S, 24 * DAY_S)


def test_connections_that_come_and_go_store_nothing() -> None:
    """The record is written once an hour at most."""
    before = Listening(0.0, 1_000.0)
    assert on_connect(before, now=1_000.0 + PRECISION_S - 1) == before


def test_signs_are_stored_once_an_hour() -> None:
    """A phone in use gives them all day."""
    first = on_sign(Listening(0.0, 0.0), 10_000.0, now=10_001.0)
    assert first == Listening(10_000.0, 10_001.0)
    assert on_sign(first, 10_000.0 + PRECISION_S - 1, now=20_000.0) is first
    assert on_sign(first, 10_000.0 + PRECISION_S, now=20_000.0).silent_since == 10_000.0 + PRECISION_S


def test_what_waited_counts_from_when_it_was_done() -> None:
    """A message of last week, delivered now, is no sign of today; an older one takes nothing back."""
    known = Listening(9 * DAY_S, 9 * DAY_S)
    assert on_sign(known, 2 * DAY_S, now=10 * DAY_S) is known
    assert on_sign(NOTHING, 2 * DAY_S, now=10 * DAY_S).silent_since == 2 * DAY_S


def test_a_phone_whose_clock_runs_ahead_is_not_heard_in_the_future() -> None:
    """Else its silence would never be noticed."""
    assert on_sign(NOTHING, 50 * DAY_S, now=DAY_S).silent_since == DAY_S


@given(since=TIMES, listened=TIMES, now=TIMES)
def test_silence_never_ends_in_the_future_nor_grows_by_a_connection(
    since: float, listened: float, now: float
) -> None:
    """Whatever the clock did."""
    after = on_connect(Listening(since, listened), now=now)
    assert after.silent_since is not None
    assert after.silent_since <= now
    assert after.silent_since >= min(since, now)


def test_being_connected_is_stored_once_a_day() -> None:
    """So that the next start knows how long nothing could be heard."""
    known = Listening(0.0, 0.0)
    assert on_listening(known, now=DAY_S - 1) is known
    assert on_listening(known, now=DAY_S) == Listening(0.0, DAY_S)
    assert UNHEARD_S > DAY_S, "a process that was killed may have stored it a day ago"
