"""Waits that double, spread, and stop growing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.registry.retry import STABLE_S, Backoff, RetryState

CHANCE = st.floats(min_value=0, max_value=1, exclude_max=True)
ATTEMPT = st.integers(min_value=0, max_value=100_000)


@given(ATTEMPT, CHANCE)
def test_every_wait_is_within_its_bounds(attempt: int, chance: float) -> None:
    """Never shorter than half the base, never longer than the ceiling, however often it failed."""
    backoff = Backoff(base_s=0.5, ceiling_s=300)
    assert 0.25 <= backoff.wait(attempt, jitter=chance) <= 300


@given(st.integers(min_value=0, max_value=8), CHANCE)
def test_waits_double_until_the_ceiling(attempt: int, chance: float) -> None:
    """0.5, 1, 2, … 128 s at most luck; one more failure doubles the wait at the same luck."""
    backoff = Backoff(base_s=0.5, ceiling_s=300)
    assert backoff.wait(attempt + 1, jitter=chance) == 2 * backoff.wait(attempt, jitter=chance)


@given(ATTEMPT, CHANCE)
def test_half_of_a_wait_is_luck(attempt: int, chance: float) -> None:
    """Luck moves the wait evenly between half of it and all of it: instances that failed together spread."""
    backoff = Backoff(base_s=0.5, ceiling_s=300)
    shortest = backoff.wait(attempt, jitter=0.0)
    assert backoff.wait(attempt, jitter=chance) == shortest * (1 + chance)


def test_the_ceiling_is_reached_and_kept() -> None:
    """The eleventh failure waits as long as the thousandth: five minutes at most luck."""
    backoff = Backoff(base_s=0.5, ceiling_s=300)
    waits = [backoff.wait(attempt, jitter=0.0) for attempt in (9, 10, 11, 1_000)]
    assert waits == [128.0, 150.0, 150.0, 150.0]


def test_a_first_retry_of_the_product_fits_its_promise() -> None:
    """A killed worker is connected again within 3 s: the first waits are at most half a second, then one."""
    backoff = Backoff()
    assert backoff.wait(0, jitter=0.999) < 0.5
    assert backoff.wait(1, jitter=0.999) < 1.0


def test_the_first_try_may_come_at_once_and_only_that_one() -> None:
    """A connection that lasted makes the next one the first again."""
    retries = RetryState(Backoff(base_s=2.0), lambda: 0.0)
    assert [retries.next_at(now=100.0, at_once=True) for _ in range(3)] == [100.0, 102.0, 104.0]
    retries.connected(now=200.0)
    assert retries.next_at(now=200.0 + STABLE_S, at_once=True) == 200.0 + STABLE_S
    assert retries.restarts == 4
