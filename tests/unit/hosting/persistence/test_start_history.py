"""The starts on record as people see them: what had changed, never which machine it was."""

from __future__ import annotations

from dataclasses import replace

from core.hosting.persistence.start_history import KEPT, StartHistory, StartRecord, append, as_starts
from core.models.diagnostics import StartChange, StartView

BOOT = StartRecord(at=0.0, machine="m1", deploy="d1", disk="k1", instances=0, linked=0)


def recorded(*boots: StartRecord) -> StartHistory:
    """The history after these starts."""
    history: StartHistory | None = None
    for boot in boots:
        history = append(history, boot)
    assert history is not None
    return history


def test_each_start_says_what_had_changed() -> None:
    """Newest first: the first one, a restart, a deploy, another container, another disk."""
    boots = (
        BOOT,
        replace(BOOT, at=1.0, instances=2, linked=1),
        replace(BOOT, at=2.0, deploy="d2"),
        replace(BOOT, at=3.0, deploy="d2", machine="m2"),
    )
    found = as_starts(recorded(*boots))
    expected = [StartChange.REPLACED, StartChange.REPLACED, StartChange.RESTART, StartChange.FIRST]
    assert [start.change for start in found] == expected
    assert found[2] == StartView(1.0, StartChange.RESTART, instances=2, linked=1)
    moved = as_starts(recorded(*boots, replace(BOOT, at=4.0, disk="k2", machine="m3")))
    assert [start.change for start in moved] == [StartChange.MOVED, *expected]


def test_what_is_unknown_is_no_deploy() -> None:
    """A system that names no machine and no deploy only ever restarts."""
    unknown = replace(BOOT, machine="", deploy="", disk="")
    starts = as_starts(recorded(unknown, replace(unknown, at=1.0)))
    assert [start.change for start in starts] == [StartChange.RESTART, StartChange.FIRST]


def test_the_list_is_bounded_and_its_end_claims_nothing() -> None:
    """What was before the oldest one is not known any more; the figures of all starts are kept apart."""
    history = recorded(*(replace(BOOT, at=float(number)) for number in range(KEPT + 5)))
    found = as_starts(history)
    assert (len(found), history.restarts) == (KEPT, KEPT + 4)
    assert [found[0].at, found[-1].at] == [KEPT + 4, 5.0]
    assert found[-1].change is StartChange.NOT_KEPT


def test_no_identity_is_in_it() -> None:
    """Not even as a hash."""
    boots = (
        StartRecord(0.0, "machine-1", "deploy-1", "disk-1", 1, 1),
        StartRecord(1.0, "machine-2", "x", "disk-1", 1, 1),
    )
    text = repr(as_starts(recorded(*boots)))
    assert not [word for word in ("machine-", "deploy-", "disk-") if word in text]
