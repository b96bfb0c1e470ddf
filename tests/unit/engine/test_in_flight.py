"""What is under way: counted from many threads, and awaited by one."""

from __future__ import annotations

import threading
import time

from core.engine.in_flight import InFlight
from tests.support.polling import eventually


def held(flight: InFlight) -> threading.Event:
    """Something that is under way until the event is set."""
    inside, over = threading.Event(), threading.Event()

    def run() -> None:
        with flight.counted():
            inside.set()
            over.wait(10)

    threading.Thread(target=run, daemon=True).start()
    assert inside.wait(5)
    return over


def test_nothing_under_way_is_quiet_after_the_time() -> None:
    """Counted from the question on: what was before does not matter."""
    flight = InFlight()
    begin = time.monotonic()
    assert flight.wait_until_quiet(0.05, timeout=5)
    assert 0.05 <= time.monotonic() - begin < 5
    assert flight.wait_until_quiet(0.0, timeout=0.0)


def test_what_is_under_way_is_awaited_however_long_it_says_nothing() -> None:
    """And then as long as nothing new may come."""
    flight = InFlight()
    over, quiet = [held(flight), held(flight)], list[bool]()
    waiting = threading.Thread(target=lambda: quiet.append(flight.wait_until_quiet(0.02, timeout=10)))
    waiting.start()
    over[0].set()
    waiting.join(0.1)
    assert quiet == []
    over[1].set()
    eventually(lambda: quiet == [True], timeout=5, seen=lambda: quiet)


def test_it_waits_no_longer_than_it_may() -> None:
    """What hangs must not hold up an end for ever."""
    flight = InFlight()
    over = held(flight)
    begin = time.monotonic()
    assert not flight.wait_until_quiet(0.01, timeout=0.05)
    assert 0.05 <= time.monotonic() - begin < 5
    over.set()
    assert flight.wait_until_quiet(0.01, timeout=5)
    with flight.counted():
        assert not flight.wait_until_quiet(0.0, timeout=0.0)
