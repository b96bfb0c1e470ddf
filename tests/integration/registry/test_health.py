"""Whether an instance can send, with the genuine core: tests that come back, refusals, bans, silence."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.models.health.sending import RestrictionLight, SelfTestStep, SendingHealth
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage
from core.registry.health import daily_test
from core.store import timeline
from tests.emulator.faults import BANNED
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually

S = InstanceState
REFUSED = "wa-error-463"


def health(
    house: RegistryHarness, instance_id: str, test: Callable[[SendingHealth], object], *, timeout: float = 15
) -> SendingHealth:
    """The health of an instance, once that holds."""
    found: list[SendingHealth] = []

    def look(view: object) -> bool:
        found.append(view.sending)  # type: ignore[attr-defined]
        return bool(test(found[-1]))

    assert house.registry.wait_for(instance_id, look, timeout=timeout), found[-1]
    return found[-1]


def send(house: RegistryHarness, paired: Paired, to: str, *, stranger: bool = False) -> SentMessage:
    """One message, with its outcome."""
    return house.registry.send(paired.id, to=to, content=words("Olá!"), stranger=stranger, timeout=10)


def begin_test(house: RegistryHarness, paired: Paired, request_id: str = "self-test-1") -> None:
    house.registry.send(
        paired.id, to=paired.number, content=words("Teste"), request_id=request_id, timeout=10, wait=False
    )


def noted(house: RegistryHarness, instance_id: str) -> list[tuple[str, str]]:
    """What the timeline tells of its health, oldest first."""
    kinds = {"self_test", "sending_fails", "sending_works", "restriction_began", "restriction_ended"}
    entries = reversed(timeline.entries(house.folder(instance_id), limit=50))
    return [(one.kind.value, one.reason) for one in entries if one.kind.value in kinds]


def wait_noted(house: RegistryHarness, instance_id: str, *expected: tuple[str, str]) -> None:
    eventually(
        lambda: noted(house, instance_id) == [*expected], timeout=5, seen=lambda: noted(house, instance_id)
    )


def test_a_test_comes_back_from_the_phone(house: RegistryHarness) -> None:
    """The server takes it, the account's phone confirms it to the same instance; all within two seconds."""
    house.open()
    paired = house.pair()
    begin_test(house, paired)
    test = health(house, paired.id, lambda known: known.self_test and known.self_test.step.ended).self_test
    assert test is not None
    assert test.step is SelfTestStep.PASSED
    assert test.accepted_s is not None
    assert test.returned_s is not None
    assert 0 < test.accepted_s <= test.returned_s < 2
    (message,) = house.emulator.messages_to(paired.number)
    assert (message.text, message.sender_number) == ("Teste", paired.number)
    wait_noted(house, paired.id, ("self_test", "passed"))
    house.close()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    assert house.view(paired.id).sending.self_test == test


def test_a_phone_that_is_off_is_waited_for(house: RegistryHarness) -> None:
    """What the server took is no failure to send; the phone confirms it when it is on again."""
    house.open()
    paired = house.pair()
    house.emulator.faults(phones_off=True)
    begin_test(house, paired)
    known = health(
        house,
        paired.id,
        lambda known: known.self_test and known.self_test.step is SelfTestStep.RETURNING,
    )
    assert known.trouble is None
    house.emulator.receipt(house.registry.sent(paired.id)[0].message_id, kind="delivered")
    health(house, paired.id, lambda known: known.self_test and known.self_test.step is SelfTestStep.PASSED)


@pytest.mark.parametrize("receipts_first", [False, True])
def test_a_test_that_is_refused_is_told_at_once(house: RegistryHarness, *, receipts_first: bool) -> None:
    """A green connection that cannot send is called so, until a message gets through, whatever proves it."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(ack_error="500")
    begin = time.monotonic()
    begin_test(house, paired)
    trouble = health(house, paired.id, lambda known: known.trouble).trouble
    assert time.monotonic() - begin < 5
    assert trouble is not None
    assert (trouble.failures, trouble.reason) == (1, "wa-error-500")
    assert house.view(paired.id).state is S.CONNECTED
    house.emulator.clear_faults()
    house.emulator.faults(receipts_first=receipts_first)
    assert send(house, paired, contact).state is SendState.SENT
    health(house, paired.id, lambda known: known.trouble is None)
    wait_noted(
        house, paired.id, ("self_test", "not-sent"), ("sending_fails", "wa-error-500"), ("sending_works", "")
    )


def test_silence_after_three_messages_is_told_within_a_minute(house: RegistryHarness) -> None:
    """The connection stays up and no message is confirmed: no event tells of it, the clock does."""
    house.open()
    paired, contact = house.pair(), house.contact()
    send(house, paired, contact)
    house.emulator.faults(mute_acks=True, auto_deliver=False)
    for _ in range(3):
        house.send_text(paired.id, to=contact, text="?", timeout=0.3)
    begin = time.monotonic()
    trouble = health(house, paired.id, lambda known: known.trouble, timeout=60).trouble
    took = time.monotonic() - begin
    assert took < 10
    assert trouble is not None
    assert (trouble.failures, trouble.reason) == (3, "send-timeout")


def suspect(house: RegistryHarness, paired: Paired) -> SendingHealth:
    """Two new people are refused and a known one is not."""
    known = house.contact()
    house.emulator.inbound(sender=known, receiver=paired.number, text="Oi")
    house.emulator.faults(stranger_error="463")
    for _ in range(2):
        refused = send(house, paired, house.contact(), stranger=True)
        assert (refused.state, refused.reason) == (SendState.FAILED, REFUSED)
    assert not house.view(paired.id).sending.restriction.light
    assert send(house, paired, known).state is SendState.SENT
    return health(house, paired.id, lambda found: found.restriction.light)


def test_a_suspicion_outlives_a_restart_and_ends_with_a_new_person_who_is_reached(
    house: RegistryHarness,
) -> None:
    """New people are paused meanwhile; a press ends that, and the next refusal would begin it anew."""
    house.open()
    paired = house.pair()
    found = suspect(house, paired).restriction
    assert (found.light, found.refused, found.passed) == (RestrictionLight.SUSPECTED, 2, 1)
    assert found.paused_until is not None
    assert 86_000 < found.paused_until - time.time() <= 86_400
    assert house.view(paired.id).sending.trouble is None
    house.close()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    again = health(house, paired.id, lambda known: known.restriction.paused_until).restriction
    assert again == found
    house.registry.allow_new_contacts(paired.id)
    assert house.view(paired.id).sending.restriction.paused_until is None
    assert house.view(paired.id).sending.restriction.light is RestrictionLight.SUSPECTED
    send(house, paired, house.contact(), stranger=True)
    health(house, paired.id, lambda known: known.restriction.paused_until)
    house.emulator.clear_faults()
    assert send(house, paired, house.contact(), stranger=True).state is SendState.SENT
    health(house, paired.id, lambda known: not known.restriction.light)
    wait_noted(house, paired.id, ("restriction_began", "suspected"), ("restriction_ended", "suspected"))


def test_a_ban_lights_up_until_the_account_connects_again(house: RegistryHarness) -> None:
    """With its end and its cause as WhatsApp told them; then new people wait for a day."""
    house.open()
    paired = house.pair()
    house.emulator.faults(failure=BANNED, only_numbers=[paired.number])
    house.registry.restart_instance(paired.id)
    found = health(house, paired.id, lambda known: known.restriction.light).restriction
    assert found.light is RestrictionLight.BANNED
    assert found.until is not None
    assert 3_500 < found.until - time.time() <= 3_600
    assert found.code == 1
    house.emulator.clear_faults()
    house.registry.start_instance(paired.id)
    over = health(house, paired.id, lambda known: not known.restriction.light).restriction
    assert over.paused_until == found.until + 86_400
    wait_noted(house, paired.id, ("restriction_ended", "banned"))


def test_the_daily_test_is_sent_once_a_day(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, while connected, to the own number; the switch is kept over a restart."""
    monkeypatch.setattr(daily_test, "SETTLED_S", 0.0)
    monkeypatch.setattr(daily_test, "QUIET_S", 0.0)
    # Always just due: only the request id of the day holds a second one back.
    monkeypatch.setattr(daily_test, "due_at", lambda _id, _day: time.time() - 0.01)
    house.open()
    paired = house.pair()
    house.registry.set_daily_test(paired.id, on=True)
    test = health(house, paired.id, lambda known: known.self_test and known.self_test.step.ended).self_test
    assert test is not None
    assert (test.step, test.daily) == (SelfTestStep.PASSED, True)
    (message,) = house.emulator.messages_to(paired.number)
    assert "Loja" in message.text
    house.close()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    assert house.view(paired.id).sending.daily_since
    asked = len(house.registry.sent(paired.id))
    eventually(lambda: time.time() - house.view(paired.id).since > 6, timeout=15, seen=time.time)
    assert len(house.registry.sent(paired.id)) == asked == 1
    assert len(house.emulator.messages_to(paired.number)) == 1
