"""How often a password may be tried."""

from __future__ import annotations

import pytest

from core.models.access import FailedAttempts, SharedAttemptBudget
from core.web.auth.lockout import (
    BUDGET,
    CLIENTS,
    FIRST_WAIT_S,
    FORGOTTEN_AFTER_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    REFILL_PER_S,
    RESERVE,
    Lockout,
)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lockout(clock: Clock) -> Lockout:
    return Lockout(clock=clock)


def wrong(lockout: Lockout, client: str, times: int, *, known: bool = False) -> None:
    for _ in range(times):
        assert lockout.begin(client, known=known) == 0


def test_five_tries_are_free_then_waits_double_up_to_a_quarter_hour(lockout: Lockout, clock: Clock) -> None:
    """30 s, 60 s, … 15 min; a refused try neither counts nor prolongs the wait."""
    wrong(lockout, "a", FREE_TRIES)
    waits = []
    for _ in range(8):
        wait = lockout.begin("a", known=False)
        assert lockout.begin("a", known=False) == wait
        assert lockout.locked("a")
        waits.append(wait)
        clock.now += wait
        wrong(lockout, "a", 1)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert lockout.begin("b", known=False) == 0


def test_the_right_password_clears_the_count(lockout: Lockout) -> None:
    """Somebody who mistypes now and then is never locked out."""
    for _ in range(10):
        wrong(lockout, "a", FREE_TRIES - 1)
        lockout.begin("a", known=False)
        lockout.succeed("a", known=False)
        for _ in range(FREE_TRIES - 1):
            lockout.refund(known=False)
    assert not lockout.tallies()
    assert lockout.budget().left == BUDGET


def test_strangers_share_a_budget_that_known_browsers_do_not(lockout: Lockout, clock: Clock) -> None:
    """However many addresses there are, tries end; a known browser goes on; it fills up again slowly."""
    for number in range(int(BUDGET)):
        assert lockout.begin(f"stranger {number}", known=False) == 0
    wait = lockout.begin("another", known=False)
    assert 0 < wait <= 1 / REFILL_PER_S
    assert lockout.begin("device", known=True) == 0
    clock.now += wait + 0.01
    assert lockout.begin("another", known=False) == 0
    assert lockout.begin("yet another", known=False) > 0


def test_a_day_of_guessing_is_some_thousand_tries(lockout: Lockout, clock: Clock) -> None:
    """The number that docs/security.md gives."""
    begun = 0
    for second in range(0, 86_400, 6):
        clock.now = 1_000_000.0 + second
        begun += lockout.begin(f"client {second}", known=False) == 0
    assert begun <= 7_250


def test_memory_is_bounded(lockout: Lockout, clock: Clock) -> None:
    """The one that was wrong longest ago is forgotten first."""
    for number in range(CLIENTS + 50):
        lockout.begin(f"device {number}", known=True)
        clock.now += 1
    assert len(lockout.tallies()) == CLIENTS
    assert lockout.tallies()[0][0] == "device 50"


def test_it_goes_on_after_a_restart(lockout: Lockout, clock: Clock) -> None:
    """Neither a lock-out nor the budget is shorter for it; what is a day old is forgotten."""
    wrong(lockout, "a", FREE_TRIES)
    wrong(lockout, "old", FREE_TRIES)
    later = Lockout(clock=clock)
    later.restore(lockout.tallies(), lockout.budget())
    assert later.begin("a", known=False) == FIRST_WAIT_S
    assert later.budget() == lockout.budget()
    clock.now += FORGOTTEN_AFTER_S + 1
    much_later = Lockout(clock=clock)
    much_later.restore(lockout.tallies(), lockout.budget())
    assert not much_later.tallies()


@pytest.mark.parametrize("back", [10.0, 3_600.0, 10**9])
def test_a_clock_that_is_set_back_locks_nobody_out_for_longer(
    lockout: Lockout, clock: Clock, back: float
) -> None:
    """Nor does a file from the future."""
    wrong(lockout, "a", FREE_TRIES)
    clock.now -= back
    assert lockout.begin("a", known=True) <= LONGEST_WAIT_S
    lockout.restore(
        [("b", FailedAttempts(99, clock.now + 10**9, clock.now + 10**9))],
        SharedAttemptBudget(-5, clock.now + 10**9),
    )
    assert lockout.begin("b", known=True) <= LONGEST_WAIT_S
    assert lockout.begin("c", known=False) <= 1 / REFILL_PER_S


def test_the_last_of_the_budget_is_for_addresses_that_were_never_wrong(
    lockout: Lockout, clock: Clock
) -> None:
    """Guessers from a dozen addresses leave some for the owner's new browser; those who were wrong wait."""
    guesses = 0
    for number in range(12):
        for _ in range(FREE_TRIES):
            guesses += lockout.begin(f"guesser {number}", known=False) == 0
    assert guesses <= BUDGET
    assert lockout.begin("guesser 11", known=False) > 0
    assert lockout.begin("the owner, elsewhere", known=False) == 0
    assert lockout.begin("the owner, elsewhere", known=False) > 0, "the second try is as anybody's"
    for number in range(int(RESERVE) + 2):
        lockout.begin(f"fresh {number}", known=False)
    assert lockout.budget().left < 1, "the reserve has an end too"
    assert 0 < lockout.begin("one more", known=False) <= 1 / REFILL_PER_S


def test_a_guesser_who_goes_on_never_takes_the_reserve(lockout: Lockout, clock: Clock) -> None:
    """For days, from as many addresses as the strangers' budget has tries."""
    for minute in range(3 * 24 * 60):
        clock.now = 1_000_000.0 + minute * 60
        for number in range(int(BUDGET)):
            lockout.begin(f"guesser {number}", known=False)
    assert lockout.begin("the owner, elsewhere", known=False) == 0


def test_a_try_that_was_not_compared_is_taken_back_alone(lockout: Lockout, clock: Clock) -> None:
    """What was wrong before stays wrong: making sign-in busy wipes nothing out."""
    wrong(lockout, "a", FREE_TRIES - 1)
    assert lockout.begin("a", known=False) == 0
    lockout.take_back("a", known=False)
    assert not lockout.locked("a")
    assert dict(lockout.tallies())["a"].failures == FREE_TRIES - 1
    wrong(lockout, "a", 1)
    assert lockout.locked("a")
    clock.now += FIRST_WAIT_S
    assert lockout.begin("a", known=False) == 0
    lockout.take_back("a", known=False)
    wrong(lockout, "a", 1)
    assert lockout.begin("a", known=False) == FIRST_WAIT_S * 2, (
        "the next wrong one waits as long as it had to"
    )
    lockout.begin("b", known=False)
    lockout.take_back("b", known=False)
    assert "b" not in dict(lockout.tallies())
    assert lockout.budget().left >= BUDGET - FREE_TRIES - 1
