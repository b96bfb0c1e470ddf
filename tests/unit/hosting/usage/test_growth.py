"""Growth from samples: what is kept, what is believed, and when nothing can be said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hosting.usage.growth import (
    DAY_S,
    HOUR_S,
    full_at,
    growth_per_day,
    instance_growth,
    is_due,
    warnings,
    with_sample,
)
from core.models.usage import DiskSpace, InstancesSample, UsageHistory, UsageSample

NOW = 1_800_000_000.0
MB = 1_000_000


def hourly(days: float, per_day: float, *, start: int = 50 * MB) -> tuple[UsageSample, ...]:
    """Samples up to now that grow evenly."""
    hours = int(days * 24)
    return tuple(
        UsageSample(NOW - hour * HOUR_S, start + round((hours - hour) / 24 * per_day))
        for hour in range(hours, -1, -1)
    )


def disk(size: int, free: int, *, inodes: int = 0, free_inodes: int = 0) -> DiskSpace:
    return DiskSpace(size, free, inodes, free_inodes)


@pytest.mark.parametrize("per_day", [24 * MB, 0, -24 * MB])
def test_even_growth_is_found(per_day: int) -> None:
    """Up, flat and down, in bytes a day."""
    assert growth_per_day(hourly(7, per_day), now=NOW) == pytest.approx(per_day, abs=100)


def test_less_than_a_day_says_nothing() -> None:
    """Nor do old samples: a month of rest tells nothing of this week."""
    assert growth_per_day((), now=NOW) is None
    assert growth_per_day(hourly(23 / 24, 24 * MB), now=NOW) is None
    assert growth_per_day(hourly(1, 24 * MB), now=NOW) == pytest.approx(24 * MB, rel=0.01)
    old = tuple(UsageSample(NOW - 30 * DAY_S + hour * HOUR_S, hour) for hour in range(48))
    assert growth_per_day((*old, UsageSample(NOW, 5)), now=NOW) is None


@pytest.mark.parametrize("jump", [500 * MB, -40 * MB])
@pytest.mark.parametrize("after_hours", [2, 40, 130, 166])
def test_one_jump_does_not_bend_it(jump: int, after_hours: int) -> None:
    """A restored backup or an emptied trash in a week of 1 MB a day: never as wrong as last minus first."""
    even = hourly(7, MB)
    jumped = tuple(
        UsageSample(sample.at, sample.total_bytes + (jump if position >= after_hours else 0))
        for position, sample in enumerate(even)
    )
    found = growth_per_day(jumped, now=NOW)
    assert found is not None
    if after_hours in (2, 166):  # near an end a robust line does not notice at all
        assert found == pytest.approx(MB, rel=0.05)
    else:
        mean = (jumped[-1].total_bytes - jumped[0].total_bytes) / 7
        assert abs(found - MB) < abs(mean - MB)


def test_the_disk_is_full_when_growth_has_eaten_the_rest() -> None:
    """100 MB free at 10 MB a day: in ten days."""
    assert full_at(10.0 * MB, disk(1_000 * MB, 100 * MB), now=NOW) == NOW + 10 * DAY_S
    assert full_at(10.0 * MB, disk(1_000 * MB, 0), now=NOW) == NOW


@pytest.mark.parametrize("growth", [None, 0.0, -5.0, 1e-12, 27.0])
def test_what_does_not_grow_is_never_full(growth: float | None) -> None:
    """Unknown, flat, shrinking, or so slow that no calendar cares."""
    assert full_at(growth, disk(1_000 * MB, 100 * MB), now=NOW) is None
    assert full_at(5.0, None, now=NOW) is None


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (disk(1000, 201), ()),
        (disk(1000, 200), ("disk-80",)),
        (disk(1000, 51), ("disk-80",)),
        (disk(1000, 50), ("disk-95",)),
        (disk(1000, 0), ("disk-95",)),
        (disk(1000, 999, inodes=100, free_inodes=21), ()),
        (disk(1000, 999, inodes=100, free_inodes=20), ("inodes-80",)),
        (disk(1000, 10, inodes=100, free_inodes=5), ("disk-95", "inodes-95")),
        (disk(0, 0), ()),
        (None, ()),
    ],
)
def test_warnings_begin_at_80_and_95_percent(space: DiskSpace | None, expected: tuple[str, ...]) -> None:
    """Of bytes and of inodes; a file system without a number of inodes never runs out of them."""
    assert warnings(space) == expected


def test_a_sample_is_due_once_an_hour() -> None:
    """By the clock's hour, so that restarts take no extra ones; never before the clock was set."""
    history = with_sample(UsageHistory(), now=NOW, total=1, instances={})
    hour_ends = NOW - NOW % HOUR_S + HOUR_S
    assert is_due(UsageHistory(), now=NOW)
    assert not is_due(history, now=hour_ends - 1)
    assert is_due(history, now=hour_ends)
    assert not is_due(UsageHistory(), now=5_000.0)


def test_a_year_of_samples_stays_small() -> None:
    """Hourly for a week, daily for a year, per instance daily for nine days; the oldest go."""
    history = UsageHistory()
    start = NOW - 400 * DAY_S
    for hour in range(400 * 24 + 1):
        history = with_sample(history, now=start + hour * HOUR_S, total=hour, instances={"a-b": hour})
    week = [sample for sample in history.totals if sample.at >= NOW - 7 * DAY_S]
    assert len(week) == 7 * 24 + 1
    assert len(history.totals) - len(week) == pytest.approx(366 - 7, abs=2)
    assert 9 <= len(history.instances) <= 10
    assert [sample.at for sample in history.totals] == sorted(sample.at for sample in history.totals)
    assert instance_growth(history, "a-b", now=NOW, total=400 * 24) == pytest.approx(7 * 24, abs=25)


def test_samples_of_a_wrong_clock_do_not_block_the_right_one() -> None:
    """From the future: dropped with the next sample."""
    wrong = with_sample(UsageHistory(), now=NOW + 300 * DAY_S, total=5, instances={"a-b": 5})
    assert is_due(wrong, now=NOW)
    history = with_sample(wrong, now=NOW, total=6, instances={"a-b": 6})
    assert history == UsageHistory((UsageSample(NOW, 6),), (InstancesSample(NOW, {"a-b": 6}),))


def test_an_instance_has_no_growth_on_its_first_day() -> None:
    """After that since its first sample, later over seven days; others' samples tell nothing of it."""
    history = UsageHistory()
    for day in range(9, -1, -1):
        sizes = {"old-b": (9 - day) * 10} | ({"new-b": 5} if day <= 2 else {})
        history = with_sample(history, now=NOW - day * DAY_S, total=0, instances=sizes)
    assert instance_growth(history, "old-b", now=NOW, total=90) == 70
    assert instance_growth(history, "new-b", now=NOW, total=25) == 20
    assert instance_growth(history, "unknown-b", now=NOW, total=25) is None
    assert (
        instance_growth(UsageHistory(history.totals, history.instances[-1:]), "old-b", now=NOW, total=90)
        is None
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 2e9), st.integers(0, 10**15)), max_size=40),
    st.floats(1.6e9, 2e9),
)
def test_any_samples_give_a_bounded_ordered_history(samples: list[tuple[float, int]], now: float) -> None:
    """Whatever order and times they came in: never an error, never one from the future, no day twice."""
    history = UsageHistory()
    for at, total in samples:
        history = with_sample(history, now=at, total=total, instances={"a-b": total})
    times = [sample.at for sample in history.totals]
    assert times == sorted(set(times))
    growth = growth_per_day(history.totals, now=now)
    end = full_at(growth, disk(10**12, 10**11), now=now)
    assert end is None or now <= end <= now + 3651 * DAY_S
