"""Questions in the background: nothing waits, none is put twice at once, and a failure harms nothing."""

from __future__ import annotations

import logging
import threading

import pytest

from core.errors import NotConnectedError
from core.services.state.refresher import Refresher
from tests.support.polling import eventually


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def idle() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name == "refresher"]


def test_a_question_is_put_seldom_and_each_by_itself() -> None:
    """Once within the time, however often it comes up; one with another name is another."""
    clock, asked = Clock(), []
    refresher = Refresher(clock=clock)
    for _ in range(3):
        for key in ("a", "b"):
            refresher.refresh(key, lambda key=key: asked.append(key), every_s=60)  # type: ignore[misc]
            eventually(idle, timeout=5, seen=idle)
    assert asked == ["a", "b"]
    clock.now += 5
    refresher.refresh("a", lambda: asked.append("sooner"), every_s=5)
    eventually(idle, timeout=5, seen=idle)
    assert asked == ["a", "b", "sooner"]


def test_a_slow_question_is_waited_for_by_nothing_and_not_put_twice() -> None:
    """The page goes on; while the answer is awaited the question is not put again, old or not."""
    clock, asked, free = Clock(), [], threading.Event()
    refresher = Refresher(clock=clock)

    def ask() -> None:
        asked.append(1)
        free.wait(5)

    refresher.refresh("a", ask, every_s=1)
    eventually(lambda: asked, timeout=5, seen=lambda: asked)
    clock.now += 100
    refresher.refresh("a", ask, every_s=1)
    free.set()
    eventually(idle, timeout=5, seen=idle)
    assert asked == [1]


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (NotConnectedError(), logging.INFO),
        (RuntimeError("ended"), logging.INFO),
        (ValueError("bug"), logging.ERROR),
    ],
)
def test_a_failure_is_logged_and_tried_again_later(
    error: Exception, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No thread ends with a traceback on the terminal; the next time is as if nothing was."""
    clock, asked = Clock(), []
    refresher = Refresher(clock=clock)

    def fail() -> None:
        raise error

    with caplog.at_level(logging.INFO):
        refresher.refresh("a", fail, every_s=5)
        eventually(idle, timeout=5, seen=idle)
    assert [record.levelno for record in caplog.records] == [level]
    clock.now += 5
    refresher.refresh("a", lambda: asked.append(1), every_s=5)
    eventually(idle, timeout=5, seen=idle)
    assert asked == [1]
