"""The text after a rejected call: to the caller, within the limits, and once a day whatever happens."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from core.errors import LimitReachedError
from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.profile.events import CallRejected
from core.services.profile.call_texts import LATE_S, ONCE_IN_S, send_text
from core.services.runtime import current, install
from tests.support.contents import words
from tests.unit.services.conftest import CONTACT, ID, RecordingRegistry

TEXT = "Agora não posso atender. Escreva, por favor."


@pytest.fixture
def calls(registry: RecordingRegistry) -> RecordingRegistry:
    """An instance that rejects calls and answers with a text."""
    registry.set_call_rejection(ID, on=True, text=TEXT)
    return registry


def call(
    call_id: str = "C1", *, contact: str = CONTACT, chat: str = "77@lid", ago: float = 0.0
) -> CallRejected:
    return CallRejected(ID, call_id, chat, contact, at=time.time() - ago)


def test_the_caller_gets_the_text_as_it_is(calls: RecordingRegistry) -> None:
    """By number where it is known, and as a message like any other."""
    assert send_text(call())
    (sent,) = calls.sends
    assert (sent.to, sent.content.text, sent.request_id) == (CONTACT, TEXT, "call-text-C1")


def test_who_hides_the_number_gets_it_too(calls: RecordingRegistry) -> None:
    """At the address that called."""
    assert send_text(call(contact=""))
    assert [sent.to for sent in calls.sends] == ["77@lid"]


def test_a_caller_gets_one_text_a_day(calls: RecordingRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the call is repeated, and under either spelling of the number; others get theirs."""
    assert send_text(call("C1", contact="5511981234567"))
    assert not send_text(call("C2", contact="5511981234567"))
    assert not send_text(call("C3", contact="551181234567"))
    assert send_text(call("C4", contact="5511988887777"))
    later = time.time() + ONCE_IN_S + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert send_text(call("C5", contact="5511981234567"))
    assert [sent.request_id for sent in calls.sends] == ["call-text-C1", "call-text-C4", "call-text-C5"]


def test_a_call_that_is_told_twice_is_answered_once(calls: RecordingRegistry) -> None:
    """Its text has the id of the call; one that failed for good is not sent under it again."""
    assert send_text(call())
    calls.sends[0] = replace(calls.sends[0], state=SendState.FAILED)
    assert send_text(call())
    assert len(calls.sends) == 1


@pytest.mark.parametrize("state", [SendState.SENDING, SendState.UNCERTAIN, SendState.SENT])
def test_a_text_that_may_have_arrived_counts(calls: RecordingRegistry, state: SendState) -> None:
    """Only one that surely did not leaves room for another."""
    send_text(call("C1"))
    calls.sends[0] = replace(calls.sends[0], state=state)
    assert not send_text(call("C2"))
    calls.sends[0] = replace(calls.sends[0], state=SendState.FAILED)
    assert send_text(call("C2"))


def test_other_messages_do_not_count(calls: RecordingRegistry) -> None:
    """What its owner wrote to the caller today is no answer to a call."""
    calls.send(ID, to=CONTACT, content=words(TEXT), request_id="by-hand", timeout=1.0, admit=lambda _: None)
    assert send_text(call())
    assert len(calls.sends) == 2


@pytest.mark.parametrize("change", ["off", "no text", "offline", "long ago"])
def test_nothing_is_sent_that_is_not_wanted_any_more(calls: RecordingRegistry, change: str) -> None:
    """Between the call and its turn the owner may have switched it off, or the connection may be gone."""
    match change:
        case "off":
            calls.set_call_rejection(ID, on=False)
        case "no text":
            calls.set_call_rejection(ID, text="")
        case "offline":
            calls.instance = replace(calls.instance, state=InstanceState.RECONNECTING)
    assert not send_text(call(ago=LATE_S + 1 if change == "long ago" else 0.0))
    assert calls.sends == []


def test_texts_keep_to_the_limits_on_sending(calls: RecordingRegistry) -> None:
    """Who calls from many numbers cannot make the account write to as many."""
    running = current()
    install(replace(running, settings=replace(running.settings, sends_per_minute=2)))
    for number in range(2):
        assert send_text(call(f"C{number}", contact=f"551191234567{number}"))
    with pytest.raises(LimitReachedError) as refused:
        send_text(call("C9", contact="5511912345679"))
    assert refused.value.code == "send-rate"
    assert len(calls.sends) == 2


def test_a_stranger_counts_as_a_new_contact(calls: RecordingRegistry) -> None:
    """Someone this instance never heard from but by the call."""
    calls.strangers.add("5511900000001")
    calls.strangers.add("551190000001")
    assert send_text(call(contact="5511900000001"))
    assert calls.sends[0].stranger
