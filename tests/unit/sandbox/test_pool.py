"""Several children: one is enough while it keeps up, and one that hangs holds up nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from core.sandbox.child import CallTimeoutError, ChildDiedError
from core.sandbox.pool import ChildPool


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    """Two children of the tests' own, ended afterwards."""
    made = ChildPool("tests.unit.sandbox.moody", size=2, answer_limit=1 << 16)
    yield made
    made.close()


def ask(pool: ChildPool, request: bytes) -> bytes:
    return pool.call(request, timeout_s=20)


def hold(pool: ChildPool, seconds: float) -> threading.Thread:
    """Let a child do nothing until that call's deadline; returns once it has begun."""

    def sleep() -> None:
        with pytest.raises((CallTimeoutError, ChildDiedError)):
            pool.call(b"sleep", timeout_s=seconds)

    thread = threading.Thread(target=sleep)
    before = len(pool._idle)
    thread.start()
    while len(pool._idle) == before:
        time.sleep(0.01)
    return thread


def test_one_child_serves_many_threads_while_it_keeps_up(pool: ChildPool) -> None:
    """Each gets its own answer; a second process would only cost memory."""
    ask(pool, b"pid")
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda number: ask(pool, b"echo %d" % number), range(200)))
    assert answers == [b"%d" % number for number in range(200)]
    assert len(pool.pids) == 1


def test_a_call_that_hangs_holds_up_one_child_only(pool: ChildPool) -> None:
    """Others are answered at once by another child."""
    ask(pool, b"pid")
    hanging = hold(pool, 5)
    begin = time.monotonic()
    assert ask(pool, b"echo fine") == b"fine"
    assert time.monotonic() - begin < 4
    pool.close()
    hanging.join()


def test_nobody_waits_longer_than_was_said(pool: ChildPool) -> None:
    """With every child held up a call ends at its own deadline; afterwards all is well."""
    hanging = [hold(pool, 2), hold(pool, 2)]
    with pytest.raises(CallTimeoutError):
        pool.call(b"echo late", timeout_s=0.2)
    for thread in hanging:
        thread.join()
    assert ask(pool, b"echo fine") == b"fine"


def test_a_death_costs_one_call(pool: ChildPool) -> None:
    """The next one finds a child that lives."""
    for _ in range(3):
        with pytest.raises(ChildDiedError):
            ask(pool, b"bus")
        assert ask(pool, b"echo fine") == b"fine"


def test_closing_ends_calls_and_leaves_nothing(pool: ChildPool) -> None:
    """In the middle of one, within moments, again is harmless; a later call starts anew."""
    ask(pool, b"pid")
    before = psutil.Process().num_fds() - 2
    hanging = hold(pool, 60)
    begin = time.monotonic()
    pool.close()
    hanging.join()
    assert time.monotonic() - begin < 5
    pool.close()
    assert (pool.pids, psutil.Process().num_fds()) == ((), before)
    assert ask(pool, b"echo fine") == b"fine"
