"""Who runs apart after a crash, and for how long."""

from __future__ import annotations

from core.registry.packing.placement import LONGEST_PROBATION_S, PROBATION_S, QUARANTINE_S, Placement

MANY = ("a", "b", "c")


def apart(placement: Placement, now: float) -> list[str]:
    """Those of MANY that run apart."""
    return [one for one in MANY if placement.runs_apart(one, now=now)]


def test_without_a_crash_all_share() -> None:
    """No suspicion to begin with."""
    assert apart(Placement(), 0.0) == []


def test_all_that_shared_a_crash_run_apart_and_share_again() -> None:
    """For a minute; who did not crash in it is not held back any longer."""
    placement = Placement()
    placement.crashed(MANY, now=0.0, most_apart=3)
    assert apart(placement, PROBATION_S - 1) == list(MANY)
    assert apart(placement, PROBATION_S) == []


def test_who_crashes_again_alone_is_quarantined_and_nobody_else() -> None:
    """For a day; the others share again after their minute."""
    placement = Placement()
    placement.crashed(MANY, now=0.0, most_apart=3)
    assert placement.crashed_alone("b", now=10.0)
    assert apart(placement, PROBATION_S + 10) == ["b"]
    assert apart(placement, 10.0 + QUARANTINE_S - 1) == ["b"]
    assert apart(placement, 10.0 + QUARANTINE_S) == []


def test_a_crash_alone_is_no_quarantine_yet() -> None:
    """The first one puts it apart, as a shared crash would."""
    placement = Placement()
    assert not placement.crashed_alone("a", now=0.0)
    assert apart(placement, 1.0) == ["a"]
    assert apart(placement, PROBATION_S) == []


def test_who_is_there_whenever_a_worker_crashes_is_apart_for_longer_each_time() -> None:
    """One that crashes every hour is found alone in the end."""
    placement, now, times = Placement(), 0.0, []
    for _ in range(5):
        placement.crashed(["a", "b"], now=now, most_apart=3)
        begin = now
        while placement.runs_apart("a", now=now):
            now += 10
        times.append(now - begin)
    assert times == [60, 300, 1_500, LONGEST_PROBATION_S, LONGEST_PROBATION_S]


def test_only_so_many_run_apart() -> None:
    """After a crash of everything no memory would be left: the rest shares again at once."""
    placement = Placement()
    placement.crashed(MANY, now=0.0, most_apart=2)
    assert apart(placement, 1.0) == ["a", "b"]
    placement.crashed(["c"], now=PROBATION_S, most_apart=2)
    assert apart(placement, PROBATION_S) == ["c"]


def test_crashes_are_forgotten_after_a_day() -> None:
    """The next one counts as the first."""
    placement = Placement()
    for now in (0.0, 100.0):
        placement.crashed(["a"], now=now, most_apart=3)
    assert placement.runs_apart("a", now=100.0 + 5 * PROBATION_S - 1)
    placement.crashed(["a"], now=100.0 + QUARANTINE_S, most_apart=3)
    assert not placement.runs_apart("a", now=100.0 + QUARANTINE_S + PROBATION_S)
