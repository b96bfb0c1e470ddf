"""Work in a thread of its own: waited for, asked what came of it, or dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services.moving.work import Work
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path) -> Iterator[None]:
    with installed(runtime_of(tmp_path)):
        yield


def test_what_came_of_it_is_told() -> None:
    """Whoever waits, and as often as is asked."""
    go_on = threading.Event()
    work = Work(lambda: go_on.wait(10) and threading.current_thread().name)
    assert not work.wait(0.01)
    go_on.set()
    assert work.wait(10)
    assert work.result() == work.result() == "moving-work"


def test_what_it_raises_is_raised() -> None:
    """In the thread that asks."""

    def fail() -> None:
        raise OSError("no disk")

    work = Work(fail, unwanted=lambda _: pytest.fail("there is no result"))
    assert work.wait(10)
    with pytest.raises(OSError, match="no disk"):
        work.result()
    work.drop()


@pytest.mark.parametrize("late", [False, True])
def test_a_result_that_nobody_wants_is_given_up_once(late: bool) -> None:
    """Whether it was dropped before it was done or after; and only then."""
    go_on, given_up = threading.Event(), list[str]()
    work = Work(lambda: "upload" if go_on.wait(10) else "", unwanted=given_up.append)
    if late:
        go_on.set()
        assert work.wait(10)
        assert given_up == []
    work.drop()
    work.drop()
    go_on.set()
    eventually(lambda: given_up, timeout=10, seen=lambda: given_up)
    assert given_up == ["upload"]
