"""A member's keys in a group, in the core's form; tests/integration/moving shows that it goes on."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.part import Part
from core.moving.baileys.sender_keys import convert_sender_key
from tests.emulator.crypto import hkdf
from tests.support.baileys.samples import buffer, sender_key_of


def converted(value: Any) -> Any:
    return json.loads(convert_sender_key(Part("sender-key-1@g.us--1--0.json", value)))


def test_keys_are_written_as_the_core_writes_them() -> None:
    """The chain as it stands, what is late derived, nobody's private key."""
    (written,) = record = sender_key_of(late=2)
    (state,) = converted(record)["SenderKeyStates"]
    assert (state["KeyID"], state["SenderChainKey"]["Iteration"]) == (0, 2)
    assert state["SenderChainKey"]["ChainKey"] == written["senderChainKey"]["seed"]["data"]
    assert state["SigningKeyPublic"] == written["senderSigningKey"]["public"]["data"]
    assert base64.b64decode(state["SigningKeyPrivate"]) == bytes(32)
    assert [key["Iteration"] for key in state["Keys"]] == [0, 1]
    late = state["Keys"][1]
    whole = base64.b64decode(late["IV"]) + base64.b64decode(late["CipherKey"])
    assert whole == hkdf(b"\x01" * 32, 48, salt=bytes(32), info=b"WhisperGroup")
    assert late["Seed"] == base64.b64encode(b"\x01" * 32).decode()


def test_both_versions_write_the_same() -> None:
    """6 a list, 7 the bytes of its JSON."""
    record = sender_key_of(states=2)
    assert converted(buffer(json.dumps(record).encode())) == converted(record)


def test_the_newest_is_first_and_five_are_kept() -> None:
    """As the core does; of late messages 2,000."""
    states = converted(sender_key_of(states=7, late=1))["SenderKeyStates"]
    assert [state["KeyID"] for state in states] == [6, 5, 4, 3, 2]
    assert len(converted(sender_key_of(late=2100))["SenderKeyStates"][0]["Keys"]) == 2000


@pytest.mark.parametrize("late", [{}, None, {"iteration": 1, "seed": "AA=="}])
def test_a_damaged_key_of_a_late_message_is_left_out(late: Any) -> None:
    """Baileys 6.17 writes empty ones."""
    record = sender_key_of(late=1)
    record[0]["senderMessageKeys"].append(late)
    assert len(converted(record)["SenderKeyStates"][0]["Keys"]) == 1


@pytest.mark.parametrize("field", ["senderKeyId", "senderChainKey", "senderSigningKey", "senderMessageKeys"])
@pytest.mark.parametrize("wrong", [{}, "AA==", -1])
def test_damaged_keys_are_refused(field: str, wrong: Any) -> None:
    """The caller goes on without them."""
    record = sender_key_of()
    record[0][field] = wrong
    with pytest.raises(MoveRefusedError):
        converted(record)


@pytest.mark.parametrize("value", [None, 7, {}, [], [None], "AA==", {"type": "Buffer", "data": "e30="}])
def test_what_is_no_record_is_refused(value: Any) -> None:
    """Of another version, or of something else."""
    with pytest.raises(MoveRefusedError):
        converted(value)
