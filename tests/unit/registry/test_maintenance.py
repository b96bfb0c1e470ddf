"""A suspend of the machine is noticed by two clocks."""

from __future__ import annotations

import pytest

from core.registry.maintenance import SuspendDetector, clocks


@pytest.mark.parametrize(
    ("asleep_s", "noticed"), [(0.0, False), (19.9, False), (20.0, True), (9_000.0, True)]
)
def test_a_suspend_is_noticed_once(asleep_s: float, noticed: bool) -> None:
    """From 20 s on, however long the machine ran before; a shorter one is left to the keep-alive."""
    times = {"through": 1_000.0, "awake": 500.0}
    detector = SuspendDetector(through=lambda: times["through"], awake=lambda: times["awake"])
    for clock in times:
        times[clock] += 3_600
    assert not detector.resumed()
    times["through"] += asleep_s
    assert detector.resumed() is noticed
    assert not detector.resumed()


def test_the_clocks_of_this_machine_run_together() -> None:
    """Without a suspend in between nothing is noticed."""
    through, awake = clocks()
    detector = SuspendDetector(through=through, awake=awake)
    assert not detector.resumed()
