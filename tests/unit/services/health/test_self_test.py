"""A test on a press, and the switch of the daily one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import NotConnectedError, UnknownInstanceError
from core.models.health.sending import SelfTest, SelfTestStep, SendingHealth
from core.models.instance import InstanceState
from core.services.health import self_test
from tests.unit.services.conftest import ID, RecordingRegistry


def press(registry: RecordingRegistry, request_id: str = "r") -> None:
    self_test.start(ID, text="Olá!", request_id=request_id, account=registry.instance.phone)


def test_it_goes_to_the_own_number_and_is_known_as_a_test(registry: RecordingRegistry) -> None:
    """By its request id; nobody waits for the answer."""
    press(registry)
    (sent,) = registry.sends
    assert (sent.to, sent.content.text, sent.stranger) == (registry.instance.phone, "Olá!", False)
    assert sent.request_id == "self-test-r"


def test_a_second_press_sends_nothing(registry: RecordingRegistry) -> None:
    """Neither with the same request id, nor while a test is under way."""
    press(registry)
    press(registry)
    test = SelfTest(1.0, SelfTestStep.RETURNING)
    registry.instance = replace(registry.instance, sending=SendingHealth(self_test=test))
    press(registry, "another")
    assert len(registry.sends) == 1
    over = replace(test, step=SelfTestStep.NO_RETURN)
    registry.instance = replace(registry.instance, sending=SendingHealth(self_test=over))
    press(registry, "another")
    assert len(registry.sends) == 2


def test_without_a_connection_or_a_number_it_is_refused(registry: RecordingRegistry) -> None:
    """As every message."""
    with pytest.raises(NotConnectedError):
        self_test.start(ID, text="Olá!", request_id="r", account="")
    registry.instance = replace(registry.instance, state=InstanceState.RECONNECTING)
    with pytest.raises(NotConnectedError):
        press(registry)
    assert not registry.sends


def test_the_daily_one_is_switched(registry: RecordingRegistry) -> None:
    """The registry keeps it."""
    self_test.set_daily(ID, on=True)
    self_test.set_daily(ID, on=False)
    assert registry.daily == [True, False]
    with pytest.raises(UnknownInstanceError):
        self_test.set_daily("outra-aaaaaa", on=True)
