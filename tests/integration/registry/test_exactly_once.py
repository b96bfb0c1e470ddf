"""A process that dies at each point of a send: the contact gets it at most once, and nobody forgets it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from core.errors import StorageUnavailableError
from core.messages.outbox import NEVER_LEFT
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage, Tick
from core.registry import workers
from core.store import outbox_table as sends
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness, RegistryProcess
from tests.support.polling import eventually

S = InstanceState
TEXT = "uma vez só"


@pytest.fixture
def paired(house: RegistryHarness) -> Paired:
    """An instance on the folder that the processes of these tests use; nobody runs it now."""
    house.open()
    made = house.pair()
    house.send_text(made.id, to=house.contact(), text="antes", timeout=10)
    house.registry.stop()
    return made


def send_and_die(process: RegistryProcess, **arguments: str) -> None:
    """Ask for a send whose answer never comes, because the process dies."""
    ours, theirs = process._pipes()
    theirs.write(json.dumps({"do": "send", **arguments}) + "\n")
    theirs.flush()
    assert not ours.readline()
    process.stop()


def newest(process: RegistryProcess, instance_id: str) -> dict[str, Any]:
    found: dict[str, Any] = process.ask("sent", instance_id=instance_id)[0]
    return found


@pytest.mark.parametrize(
    ("at", "arrived", "state"),
    [("write", 0, ""), ("command", 0, "uncertain"), ("outcome", 1, "sent")],
)
def test_the_web_process_dies(
    house: RegistryHarness, paired: Paired, start_registry: StartRegistry, at: str, arrived: int, state: str
) -> None:
    """Before it is written, before it is handed over, after the answer. The same press again adds nothing.

    The answer is in the worker's journal: that it was sent is known, though it was never stored.
    """
    contact = house.contact()
    house.emulator.faults(auto_deliver=False)  # a receipt would settle what is looked at here
    request = {"instance_id": paired.id, "to": contact, "text": TEXT, "request_id": "r"}
    with start_registry() as process:
        process.wait(paired.id, "connected")
        process.ask("die", at=at)
        send_and_die(process, **request)
    if arrived:
        house.emulator.wait_for(lambda s: len(s.messages_to(contact)) == arrived, what="the text")
    with start_registry() as process:
        process.wait(paired.id, "connected")
        found = newest(process, paired.id)
        assert (found["request_id"] == "r") is bool(state)
        if state:
            reason = "process-restarted" if state == "uncertain" else ""
            assert (found["state"], found["reason"]) == (state, reason)
            assert process.ask("send", **request)["request_id"] == "r"
            verified = process.ask("verify", instance_id=paired.id, request_id="r")
            assert (verified["state"], verified["reason"]) == (
                ("sent", "") if arrived else ("failed", NEVER_LEFT)
            )
        sent_after = process.ask("send", **{**request, "request_id": "after", "text": "depois"})
        assert sent_after["state"] == "sent"
        texts = [message.text for message in house.emulator.messages_to(contact)]
        assert texts == [*([TEXT] * arrived), "depois"]
        if arrived:
            (message, _) = house.emulator.messages_to(contact)
            house.emulator.read(message.message_id)
            eventually(
                lambda: process.ask("sent", instance_id=paired.id)[1]["read_at"],
                timeout=10,
                seen=lambda: newest(process, paired.id),
            )
            assert process.ask("sent", instance_id=paired.id)[1]["state"] == "sent"


def test_the_web_process_dies_before_the_answer(
    house: RegistryHarness, paired: Paired, start_registry: StartRegistry
) -> None:
    """It went out, nobody confirmed: uncertain, with its id; a receipt that comes later settles it."""
    contact = house.contact()
    house.emulator.faults(mute_acks=True, auto_deliver=False)
    request = {"instance_id": paired.id, "to": contact, "text": TEXT, "request_id": "r"}
    with start_registry() as process:
        process.wait(paired.id, "connected")
        sending = threading.Thread(target=send_and_die, args=(process,), kwargs=request)
        sending.start()
        house.emulator.wait_for(lambda s: s.messages_to(contact), what="the text")
        process.kill()
        sending.join(10)
    house.emulator.clear_faults()
    (message,) = house.emulator.messages_to(contact)
    with start_registry() as process:
        process.wait(paired.id, "connected")
        found = newest(process, paired.id)
        assert (found["state"], found["message_id"]) == ("uncertain", message.message_id)
        assert process.ask("verify", instance_id=paired.id, request_id="r")["state"] == "uncertain"
        assert process.ask("send", **request)["state"] == "uncertain"
        house.emulator.read(message.message_id)
        eventually(
            lambda: newest(process, paired.id)["state"] == "sent",
            timeout=10,
            seen=lambda: newest(process, paired.id),
        )
    assert len(house.emulator.messages_to(contact)) == 1


def test_the_worker_dies_before_it_sees_the_command(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uncertain at once; a look into the core's store proves that it never left."""
    monkeypatch.setattr(workers, "STOP_DEADLINE_S", 0.3)
    house.open()
    paired, contact = house.pair(), house.contact()
    worker = house.worker(paired.id)
    worker.suspend()
    sent = house.send_text(paired.id, to=contact, text=TEXT, request_id="r", timeout=0.5)
    assert (sent.state, sent.reason) == (SendState.UNCERTAIN, "send-timeout")
    # The worker may still wake up and send it.
    assert house.registry.verify_sent(paired.id, "r").state is SendState.UNCERTAIN
    worker.kill()
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    house.wait(paired.id, S.CONNECTED)
    verified = house.registry.verify_sent(paired.id, "r")
    assert (verified.state, verified.reason) == (SendState.FAILED, NEVER_LEFT)
    assert house.send_text(paired.id, to=contact, text=TEXT, request_id="r", timeout=5) == verified
    assert not house.emulator.messages_to(contact)


def test_the_worker_dies_before_the_answer_and_a_receipt_settles_it(house: RegistryHarness) -> None:
    """Uncertain under the id that the contact has; delivered when the contact's phone says so."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(mute_acks=True, auto_deliver=False)
    results: list[SentMessage] = []
    sending = threading.Thread(
        target=lambda: results.append(house.send_text(paired.id, to=contact, text=TEXT, timeout=30))
    )
    sending.start()
    house.emulator.wait_for(lambda s: s.messages_to(contact), what="the text")
    house.worker(paired.id).kill()
    sending.join(10)
    (message,) = house.emulator.messages_to(contact)
    assert [(one.state, one.message_id) for one in results] == [(SendState.UNCERTAIN, message.message_id)]
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    house.wait(paired.id, S.CONNECTED)
    house.emulator.clear_faults()
    house.emulator.receipt(message.message_id, kind="delivered")
    eventually(
        lambda: house.registry.sent(paired.id)[0].tick is Tick.DELIVERED,
        timeout=10,
        seen=lambda: house.registry.sent(paired.id),
    )
    assert len(house.emulator.messages_to(contact)) == 1


def test_the_worker_dies_after_the_answer(house: RegistryHarness) -> None:
    """Sent stays sent."""
    house.open()
    paired, contact = house.pair(), house.contact()
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    house.worker(paired.id).kill()
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    house.wait(paired.id, S.CONNECTED)
    (found,) = house.registry.sent(paired.id)
    assert (found.state, found.message_id) == (SendState.SENT, sent.message_id)
    assert len(house.emulator.messages_to(contact)) == 1


def test_a_receipt_may_come_before_the_answer(house: RegistryHarness) -> None:
    """Nothing else says which message it is for, but the core's store knows the id already."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(mute_acks=True)
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    (message,) = house.emulator.messages_to(contact)
    assert (sent.state, sent.message_id) == (SendState.SENT, message.message_id)


def test_an_outcome_is_written_when_the_disk_works_again(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown from memory meanwhile; the next process finds it."""
    monkeypatch.setattr("core.messages.write_behind.RETRY_S", 0.1)
    house.open()
    paired, contact = house.pair(), house.contact()
    with monkeypatch.context() as broken:

        def refuse(*_: object, **__: object) -> None:
            raise StorageUnavailableError("disk-full")

        broken.setattr(sends, "write_outcomes", refuse)
        sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
        assert sent.state is SendState.SENT
        assert sends.read(house.folder(paired.id), limit=1)[0].state is SendState.SENDING
    eventually(
        lambda: sends.read(house.folder(paired.id), limit=1)[0].tick is Tick.DELIVERED,
        timeout=10,
        seen=lambda: sends.read(house.folder(paired.id), limit=1),
    )


def test_a_network_that_is_lost_before_the_answer(house: RegistryHarness) -> None:
    """It went out: uncertain, never failed, and no second copy when the network is back."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.emulator.faults(mute_acks=True, auto_deliver=False)
    results: list[SentMessage] = []
    sending = threading.Thread(
        target=lambda: results.append(house.send_text(paired.id, to=contact, text=TEXT, timeout=12))
    )
    sending.start()
    house.emulator.wait_for(lambda s: s.messages_to(contact), what="the text")
    house.emulator.faults(refuse=True)
    house.emulator.drop(paired.number)
    sending.join(20)
    assert [(one.state, one.reason) for one in results] == [(SendState.UNCERTAIN, "send-timeout")]
    house.emulator.clear_faults()
    house.wait(paired.id, S.CONNECTED, timeout=20)
    after = house.send_text(paired.id, to=contact, text="depois", timeout=15)
    assert after.state is SendState.SENT
    texts = {message.message_id: message.text for message in house.emulator.messages_to(contact)}
    assert sorted(texts.values()) == ["depois", TEXT]
