"""When an account shows itself: once a day, in the owner's day, never twice, whatever is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.presence.schedule import FROM_HOUR, UNTIL_HOUR, next_pulse, pulse_at, retry_wait

BRAZIL = ZoneInfo("America/Sao_Paulo")
ZONES = st.sampled_from(["America/Sao_Paulo", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"])
SEEDS = st.text(min_size=1, max_size=12)
STEP = timedelta(minutes=10)


def at(text: str) -> float:
    """A time of day in São Paulo."""
    return datetime.fromisoformat(text).replace(tzinfo=BRAZIL).timestamp()


def pulses(
    begin: datetime, days: int, *, seed: str, zone: ZoneInfo, connected: range = range(24)
) -> list[datetime]:
    """What an instance does that is connected in these hours of its owner's day, looked at every 10 min."""
    shown: list[datetime] = []
    now = begin
    while now < begin + timedelta(days=days):
        last = shown[-1].timestamp() if shown else None
        is_due = next_pulse(last, now=now.timestamp(), seed=seed, zone=zone) <= now.timestamp()
        if now.astimezone(zone).hour in connected and is_due:
            shown.append(now.astimezone(zone))
        now += STEP
    return shown


@given(day=st.dates(date(2020, 1, 1), date(2040, 1, 1)), seed=SEEDS, zone=ZONES.map(ZoneInfo))
def test_the_time_of_a_day_is_in_the_owners_day_and_survives_a_restart(
    day: date, seed: str, zone: ZoneInfo
) -> None:
    """At night nobody should miss a call; and a restart must not show it twice."""
    found = pulse_at(day, seed=seed, zone=zone)
    local = datetime.fromtimestamp(found, zone)
    assert local.date() == day
    assert FROM_HOUR <= local.hour < UNTIL_HOUR
    assert pulse_at(day, seed=seed, zone=zone) == found


def test_times_differ_from_day_to_day_and_between_instances() -> None:
    """One that shows itself at the same minute each day is a machine for all to see."""
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(28)]

    def minutes(seed: str) -> set[tuple[int, int]]:
        local = [datetime.fromtimestamp(pulse_at(day, seed=seed, zone=BRAZIL), BRAZIL) for day in days]
        return {(one.hour, one.minute) for one in local}

    assert len(minutes("loja-1")) > 20
    assert len({hour for hour, _ in minutes("loja-1")}) > 6
    assert minutes("loja-1") != minutes("loja-2")


@given(
    seed=SEEDS,
    zone=ZONES.map(ZoneInfo),
    minutes=st.integers(0, 365 * 1440),
)
def test_over_simulated_weeks_it_is_shown_once_on_each_day(seed: str, zone: ZoneInfo, minutes: int) -> None:
    """Of an instance that stays connected: at once when it begins, then once a day in its owner's day."""
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    first, *shown = pulses(begin, 21, seed=seed, zone=zone)
    assert first == begin
    assert all(FROM_HOUR <= one.hour <= UNTIL_HOUR for one in shown)
    dates = [one.date() for one in (first, *shown)]
    assert dates == [dates[0] + timedelta(days=number) for number in range(len(dates))]
    assert len(dates) >= 21


@given(
    seed=SEEDS,
    hours=st.sampled_from([range(6), range(20, 24), range(9, 11), range(18, 20), range(12, 13)]),
)
def test_one_that_is_connected_for_some_hours_is_never_away_for_long(seed: str, hours: range) -> None:
    """Also where the machine is off by day: WhatsApp unlinks after 14 days, and 4 are as long as it gets."""
    shown = pulses(datetime(2026, 3, 1, tzinfo=UTC), 30, seed=seed, zone=BRAZIL, connected=hours)
    gaps = [after - before for before, after in pairwise(shown)]
    assert max(gaps) < timedelta(days=4)
    assert len({one.date() for one in shown}) == len(shown)


@pytest.mark.parametrize(
    ("last", "now"),
    [
        (None, "2026-11-26T03:00"),
        ("2026-11-22T12:00", "2026-11-26T03:00"),
    ],
)
def test_one_that_was_not_shown_for_days_is_shown_at_any_hour(last: str | None, now: str) -> None:
    """Its link is worth more than the hour."""
    assert next_pulse(at(last) if last else None, now=at(now), seed="a", zone=BRAZIL) == at(now)


def test_a_missed_time_is_made_up_for_on_the_same_day() -> None:
    """Not in the evening: then the next day's time will do."""
    planned = pulse_at(date(2026, 11, 26), seed="a", zone=BRAZIL)
    yesterday = at("2026-11-25T10:00")
    assert next_pulse(yesterday, now=at("2026-11-26T00:05"), seed="a", zone=BRAZIL) == planned
    assert next_pulse(yesterday, now=at("2026-11-26T20:59"), seed="a", zone=BRAZIL) == planned
    evening = next_pulse(yesterday, now=at("2026-11-26T21:01"), seed="a", zone=BRAZIL)
    assert evening == pulse_at(date(2026, 11, 27), seed="a", zone=BRAZIL)


@pytest.mark.parametrize("last", [-1.0, 0.0, 1e18, at("2031-01-01T00:00")])
def test_a_time_that_cannot_be_counts_as_none(last: float) -> None:
    """A clock that ran years ahead, or a damaged file, must not keep it hidden until then."""
    now = at("2026-11-26T12:00")
    assert next_pulse(last, now=now, seed="a", zone=BRAZIL) == now


def test_refusals_are_retried_ever_more_rarely() -> None:
    """From seconds, as the name comes soon after pairing, to a quarter of an hour, for ever."""
    assert [retry_wait(number) for number in (1, 2, 3)] == [5, 10, 20]
    assert retry_wait(9) == retry_wait(100_000) == 900
