"""Comparing passwords: right is right, and wrong takes as long however wrong it is."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict

import pytest

from core.web.auth.password import WAITING, BusyError, Password, new_salt, verifier

RIGHT = "cavalo-bateria-grampo"


def test_only_the_password_matches() -> None:
    """Spaces around it and another spelling of the same letters are no matter; anything else is."""
    password = Password("pássaro azul 1", new_salt())

    async def ask() -> list[bool]:
        typed = ["pássaro azul 1", " pássaro azul 1\n", "pa\u0301ssaro azul 1"]
        typed += ["passaro azul 1", "Pássaro azul 1", "pássaro azul ", "", "\ud800"]
        return [await password.matches(each) for each in typed]

    assert asyncio.run(ask()) == [True] * 3 + [False] * 5


def test_nothing_of_it_is_kept_in_plain() -> None:
    """A salt of its own for each install, so that equal passwords do not look equal."""
    one, other = Password(RIGHT, new_salt()), Password(RIGHT, new_salt())
    assert one.verifier != other.verifier
    assert verifier(RIGHT, one.salt) == one.verifier
    assert RIGHT not in str(vars(one))


@pytest.mark.alone
def test_a_wrong_password_takes_as_long_however_wrong_it_is() -> None:
    """Nearly right, wrong from the first letter, short, long, and right: medians within a fifth."""
    password = Password(RIGHT, new_salt())
    guesses = {
        "right": RIGHT,
        "near": RIGHT[:-1] + "x",
        "far": "x" * len(RIGHT),
        "short": "",
        "long": "y" * 256,
    }
    took: dict[str, list[float]] = defaultdict(list)

    async def measure() -> None:
        for _ in range(9):
            for name, guess in guesses.items():
                # This process's own time: what else runs on the machine is no part of it.
                begin = time.process_time()
                await password.matches(guess)
                took[name].append(time.process_time() - begin)

    asyncio.run(measure())
    medians = {name: statistics.median(figures) for name, figures in took.items()}
    assert max(medians.values()) / min(medians.values()) < 1.2, medians


def test_too_many_at_once_are_sent_away() -> None:
    """One is compared at a time, a few wait, and the rest costs nothing; the loop stays free meanwhile."""
    password = Password(RIGHT, new_salt())

    async def ask() -> tuple[list[object], int]:
        tries = [asyncio.create_task(password.matches("x")) for _ in range(WAITING + 10)]
        turns = 0
        while not all(each.done() for each in tries):
            await asyncio.sleep(0.01)
            turns += 1
        return [each.exception() or each.result() for each in tries], turns

    outcomes, turns = asyncio.run(ask())
    assert len([each for each in outcomes if isinstance(each, BusyError)]) == 9
    assert outcomes.count(False) == WAITING + 1
    # Nine comparisons take two seconds; a loop that one of them held up would turn ten times.
    assert turns > 40


@pytest.mark.parametrize("salt", ["", "zz"])
def test_a_salt_must_be_one(salt: str) -> None:
    """Hexadecimal and not empty: a verifier without salt would be the same everywhere."""
    if salt:
        with pytest.raises(ValueError, match="hexadecimal"):
            verifier(RIGHT, salt)
    assert len(new_salt()) == 32
