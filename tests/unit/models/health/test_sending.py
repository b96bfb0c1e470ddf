"""What is known of an instance's sends."""

from __future__ import annotations

from core.models.health.sending import DAILY_TEST, NOTHING_KNOWN, SELF_TEST, SelfTestStep


def test_a_test_is_over_once_it_waits_for_nothing() -> None:
    """Only while it is on its way, or its confirmation is, another one would be too much."""
    open_steps = {step for step in SelfTestStep if not step.ended}
    assert open_steps == {SelfTestStep.SENDING, SelfTestStep.RETURNING}


def test_a_daily_test_is_a_self_test() -> None:
    """So that one look finds both."""
    assert DAILY_TEST.startswith(SELF_TEST)


def test_nothing_known_raises_no_alarm() -> None:
    """An instance that never sent is neither restricted nor in trouble, and writes to new people."""
    assert not NOTHING_KNOWN.trouble
    assert not NOTHING_KNOWN.restriction.light
    assert NOTHING_KNOWN.restriction.paused_until is None
