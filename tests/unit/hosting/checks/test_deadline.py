"""Questions to a disk that may hang: who asks is answered in time, and threads do not heap up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from core.hosting.checks import deadline
from core.hosting.checks.deadline import DeadlinePool
from core.models.diagnostics import Check, SelfCheck, Verdict
from tests.support.polling import eventually

GOOD = Check(SelfCheck.MEMORY, Verdict.GOOD)
HANGS = Check(SelfCheck.DISK_WRITE, Verdict.BAD, "disk-hangs")


class DeadDisk:
    """A call that does not return before `release`, and how many are in it."""

    def __init__(self) -> None:
        self.calls = 0
        self.release = threading.Event()

    def ask(self) -> Check:
        self.calls += 1
        self.release.wait(30)
        return Check(SelfCheck.DISK_WRITE, Verdict.GOOD)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadDisk]:
    """Counts as hanging after 0.2 s."""
    monkeypatch.setattr(deadline, "HANGS_S", 0.2)
    made = DeadDisk()
    yield made
    made.release.set()


def test_one_that_hangs_does_not_keep_the_others(disk: DeadDisk) -> None:
    """In their order; the whole takes no longer than the patience."""
    begin = time.monotonic()
    pool = DeadlinePool(timeout_s=0.2)
    assert pool.run({SelfCheck.DISK_WRITE: disk.ask, SelfCheck.MEMORY: lambda: GOOD}) == (HANGS, GOOD)
    assert time.monotonic() - begin < 2


def test_a_page_that_asks_again_and_again_heaps_up_no_threads(disk: DeadDisk) -> None:
    """The second time nobody waits, and nobody new goes into the dead call; once it answers, all is well."""
    pool = DeadlinePool(timeout_s=0.25)
    assert pool.run({SelfCheck.DISK_WRITE: disk.ask}) == (HANGS,)
    pool.timeout_s = 5.0
    for _ in range(20):
        begin = time.monotonic()
        assert pool.run({SelfCheck.DISK_WRITE: disk.ask}) == (HANGS,)
        assert time.monotonic() - begin < 1
    assert disk.calls == 1
    disk.release.set()
    alive = (Check(SelfCheck.DISK_WRITE, Verdict.GOOD),)
    eventually(
        lambda: pool.run({SelfCheck.DISK_WRITE: disk.ask}) == alive,
        timeout=5,
        seen=lambda: disk.calls,
    )


def test_a_check_that_crashes_costs_itself_only(caplog: pytest.LogCaptureFixture) -> None:
    """It is not known, and the log says how."""

    def crash() -> Check:
        raise ZeroDivisionError

    assert DeadlinePool().run({SelfCheck.CLOCK: crash, SelfCheck.MEMORY: lambda: GOOD}) == (
        Check(SelfCheck.CLOCK, Verdict.UNKNOWN, "check-failed"),
        GOOD,
    )
    assert "ZeroDivisionError" in caplog.text
