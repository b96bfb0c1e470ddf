"""Texts: what arrives, what is told when nothing does, and never twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from core.engine import protocol
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

S = InstanceState
TEXT = "Olá!\nSão 10h \u2028 e está tudo bem ✅ 👩‍👩‍👧 <b>&amp;</b>"


def outcome(message: SentMessage) -> tuple[SendState, str]:
    return message.state, message.reason


def test_a_text_arrives_as_it_was_written(house: RegistryHarness) -> None:
    """Sent means that the server took it, under the id that it knows; the contact reads every character."""
    house.open()
    paired, contact = house.pair(), house.contact()
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    assert outcome(sent) == (SendState.SENT, "")
    (message,) = house.emulator.messages_from(paired.number)
    assert (message.text, message.to_number, message.error) == (TEXT, contact, "")
    assert message.message_id == sent.message_id
    (known,) = house.registry.sent(paired.id)
    assert (known.request_id, known.message_id) == (sent.request_id, sent.message_id)


def test_texts_keep_their_order(house: RegistryHarness) -> None:
    """Written one after the other, by one person to one contact, they arrive so."""
    house.open()
    paired, contact = house.pair(), house.contact()
    texts = [f"número {number}" for number in range(10)]
    for text in texts:
        house.send_text(paired.id, to=contact, text=text, timeout=10)
    assert [message.text for message in house.emulator.messages_to(contact)] == texts


def test_a_request_pressed_in_many_tabs_is_sent_once(house: RegistryHarness) -> None:
    """Everybody who pressed gets the one outcome."""
    house.open()
    paired, contact = house.pair(), house.contact()
    outcomes: list[SentMessage] = []

    def press() -> None:
        outcomes.append(house.send_text(paired.id, to=contact, text=TEXT, request_id="r", timeout=10))

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert {outcome(message) for message in outcomes} == {(SendState.SENT, "")}
    assert len({message.message_id for message in outcomes}) == 1
    assert len(outcomes) == 10
    assert len(house.emulator.messages_to(contact)) == 1


def test_a_number_without_whatsapp_is_told(house: RegistryHarness) -> None:
    """Failed with its own reason, the server saw no message; not remembered: the number may join later."""
    house.open()
    paired, stranger = house.pair(), house.contact()
    house.emulator.faults(unknown_numbers=[stranger])
    sent = house.send_text(paired.id, to=stranger, text=TEXT, timeout=10)
    assert outcome(sent) == (SendState.FAILED, "wa-not-on-whatsapp")
    assert not house.emulator.messages_from(paired.number)
    house.emulator.clear_faults()
    assert house.send_text(paired.id, to=stranger, text=TEXT, timeout=10).state is SendState.SENT


def test_a_refusal_carries_whatsapps_number(house: RegistryHarness) -> None:
    """The best known is 463, a restricted account; the next text may go again."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(ack_error="463")
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    assert outcome(sent) == (SendState.FAILED, "wa-error-463")
    house.emulator.clear_faults()
    assert house.send_text(paired.id, to=contact, text=TEXT, timeout=10).state is SendState.SENT


def test_no_answer_is_uncertain_and_a_late_one_settles_it(house: RegistryHarness) -> None:
    """At the deadline "uncertain", never "failed": it went out. When the core hears of it, "sent"."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.send_text(paired.id, to=contact, text="antes", timeout=10)
    house.emulator.faults(mute_acks=True, auto_deliver=False)  # a receipt would tell as much as the ack
    begin = time.monotonic()
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=0.5)
    assert 0.4 < time.monotonic() - begin < 2
    assert outcome(sent) == (SendState.UNCERTAIN, "send-timeout")
    house.emulator.wait_for(lambda s: len(s.messages_to(contact)) == 2, what="the text")
    house.emulator.clear_faults()
    # The core repeats a stanza, under its id, when the connection broke before its ack.
    house.emulator.drop(paired.number)
    settled = eventually(
        lambda: (
            next((m for m in house.registry.sent(paired.id) if m.state is SendState.SENT), None)
            if house.registry.sent(paired.id)[0].state is not SendState.UNCERTAIN
            else None
        ),
        timeout=15,
        seen=lambda: house.registry.sent(paired.id),
    )
    assert settled.request_id == sent.request_id
    assert len({message.message_id for message in house.emulator.messages_to(contact)}) == 2


def test_nothing_goes_out_while_not_connected(house: RegistryHarness) -> None:
    """Failed at once, and it does not go out later by surprise."""
    house.open()
    created = house.registry.create("Loja")
    house.wait_qr(created.id)
    contact = house.contact()
    sent = house.send_text(created.id, to=contact, text=TEXT, timeout=10)
    assert outcome(sent) == (SendState.FAILED, "not-connected")
    house.pair(instance_id=created.id)
    house.send_text(created.id, to=contact, text="depois", timeout=10)
    assert [message.text for message in house.emulator.messages_to(contact)] == ["depois"]


def test_a_text_under_way_when_the_worker_dies_is_uncertain_and_not_repeated(house: RegistryHarness) -> None:
    """It may have gone out (here it did): nobody waits for the deadline, and the contact gets it once."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(mute_acks=True, auto_deliver=False)  # a receipt would tell as much as the ack
    results: list[SentMessage] = []
    sending = threading.Thread(
        target=lambda: results.append(house.send_text(paired.id, to=contact, text=TEXT, timeout=30))
    )
    sending.start()
    house.emulator.wait_for(lambda s: s.messages_to(contact), what="the text")
    house.worker(paired.id).kill()
    sending.join(5)
    assert [outcome(message) for message in results] == [(SendState.UNCERTAIN, "worker-lost")]
    house.emulator.clear_faults()
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    house.wait(paired.id, S.CONNECTED)
    house.send_text(paired.id, to=contact, text="depois", timeout=10)
    assert [message.text for message in house.emulator.messages_to(contact)] == [TEXT, "depois"]


def test_nonsense_from_a_worker_ends_it_and_nothing_else(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that cannot be understood is replaced; the instance is connected again by itself."""
    house.open()
    paired, other = house.pair("Um"), house.pair("Outro")
    before, untouched = house.worker(paired.id), house.view(other.id)
    with monkeypatch.context() as broken:
        broken.setattr("core.engine.launcher.decode_event", _invalid_once(paired.id))
        # Any word of the worker will do: the drop makes it say one.
        house.emulator.drop(paired.number)
        house.registry.wait_for(paired.id, lambda view: view.worker_pid != before.pid, timeout=10)
    house.wait(paired.id, S.CONNECTED)
    assert house.worker(paired.id).pid != before.pid
    assert house.view(other.id) == untouched


def _invalid_once(instance_id: str) -> Callable[[bytes], object]:
    """Instead of `decode_event`: an instance's first line is unreadable, all others are what they are."""
    answers = iter([b"[" * 100_000])
    return lambda line: protocol.decode_event(next(answers, line) if instance_id.encode() in line else line)
