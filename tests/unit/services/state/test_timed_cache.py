"""Answers that are kept for a while."""

from __future__ import annotations

import pytest

from core.services.state.timed_cache import TimedCache


def test_an_answer_is_given_while_it_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """As old as asked for, no older; a newer one takes its place."""
    now = [100.0]
    monkeypatch.setattr("core.services.state.timed_cache.time.monotonic", lambda: now[0])
    cache: TimedCache[str, int] = TimedCache(10)
    assert cache.find("a", within_s=60) is None
    cache.store("a", 1)
    now[0] += 59
    assert cache.find("a", within_s=60) == 1
    now[0] += 1
    assert cache.find("a", within_s=60) is None
    cache.store("a", 2)
    assert cache.find("a", within_s=60) == 2


def test_the_answer_stored_longest_ago_goes_first() -> None:
    """It holds no more than it was told to; storing again makes an answer young."""
    cache: TimedCache[int, int] = TimedCache(3)
    for key in (1, 2, 3, 1, 4):
        cache.store(key, key)
    assert [key for key in range(1, 5) if cache.find(key, within_s=60)] == [1, 3, 4]
