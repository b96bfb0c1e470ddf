"""A session's record in the core's form, field by field; tests/integration/moving shows that it goes on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.part import Part
from core.moving.baileys.ratchets import Ratchet, convert_ratchet
from core.moving.signatures import public_key
from tests.support.baileys.samples import Json, session_of
from tests.support.moving_keys import made_device

DEVICE: Final = made_device()


def convert(record: Json) -> Ratchet | None:
    return convert_ratchet(Part("session-1_1.0.json", record), DEVICE)


def converted(record: Json) -> Any:
    ratchet = convert(record)
    assert ratchet is not None
    return json.loads(ratchet.serialized)


def only(record: Json) -> Json:
    """The one session in a record."""
    (entry,) = record["_sessions"].values()
    assert isinstance(entry, dict)
    return entry


def message_key(seed: bytes) -> bytes:
    """HKDF by hand (RFC 5869), as Signal derives a message's keys."""
    prk = hmac.digest(bytes(32), seed, hashlib.sha256)
    blocks, block = b"", b""
    for number in (1, 2, 3):
        block = hmac.digest(prk, block + b"WhisperMessageKeys" + bytes([number]), hashlib.sha256)
        blocks += block
    return blocks[:80]


def test_a_session_is_written_as_the_core_writes_it() -> None:
    """Counters say what comes next, message keys are derived, the newest receiving chain is last."""
    record = session_of(DEVICE, late=2)
    entry, state = only(record), converted(record)["SessionState"]
    chains = list(entry["_chains"].values())
    own = base64.b64encode(b"\x05" + public_key(DEVICE.identity_private)).decode()
    assert state["LocalIdentityPublic"] == own
    assert state["RemoteIdentityPublic"] == entry["indexInfo"]["remoteIdentityKey"]
    assert state["RootKey"] == entry["currentRatchet"]["rootKey"]
    assert state["SenderBaseKey"] == entry["indexInfo"]["baseKey"]
    assert (state["PreviousCounter"], state["SessionVersion"]) == (4, 3)
    assert state["LocalRegistrationID"] == DEVICE.registration_id
    assert state["RemoteRegistrationID"] == entry["registrationId"]
    assert state["PendingPreKey"] is None
    ephemeral = entry["currentRatchet"]["ephemeralKeyPair"]
    assert state["SenderChain"] == {
        "SenderRatchetKeyPublic": ephemeral["pubKey"],
        "SenderRatchetKeyPrivate": ephemeral["privKey"],
        "ChainKey": {"Key": chains[1]["chainKey"]["key"], "Index": 3},
        "MessageKeys": [],
    }
    (receiver,) = state["ReceiverChains"]
    assert receiver["SenderRatchetKeyPublic"] == entry["currentRatchet"]["lastRemoteEphemeralKey"]
    assert receiver["SenderRatchetKeyPrivate"] is None
    assert receiver["ChainKey"] == {"Key": chains[0]["chainKey"]["key"], "Index": 3}
    assert [key["Index"] for key in receiver["MessageKeys"]] == [0, 1]
    first = receiver["MessageKeys"][1]
    whole = b"".join(base64.b64decode(first[name]) for name in ("CipherKey", "MacKey", "IV"))
    assert whole == message_key(b"\x01" * 32)


def test_a_session_that_was_never_answered_keeps_how_it_began() -> None:
    """Every message carries it until then; without a one-time key too."""
    record = session_of(DEVICE)
    base = only(record)["indexInfo"]["baseKey"]
    only(record)["pendingPreKey"] = {"signedKeyId": 9, "baseKey": base, "preKeyId": 77}
    only(record)["currentRatchet"]["previousCounter"] = -1
    state = converted(record)["SessionState"]
    assert state["PendingPreKey"] == {
        "PreKeyID": {"Value": 77, "IsEmpty": False},
        "SignedPreKeyID": 9,
        "BaseKey": base,
    }
    assert state["PreviousCounter"] == 0
    del only(record)["pendingPreKey"]["preKeyId"]
    assert converted(record)["SessionState"]["PendingPreKey"]["PreKeyID"]["IsEmpty"]


def test_a_chain_that_ended_keeps_only_what_is_late() -> None:
    """Its own key is gone; what stands in for it is never the same, or messages for it could be forged."""
    record = session_of(DEVICE, late=1)
    receiving = chain(only(record), 0)
    del receiving["chainKey"]["key"]
    first, second = (converted(record)["SessionState"]["ReceiverChains"] for _ in range(2))
    assert [key["Index"] for key in first[0]["MessageKeys"]] == [0]
    assert len(base64.b64decode(first[0]["ChainKey"]["Key"])) == 32
    assert first[0]["ChainKey"]["Key"] != second[0]["ChainKey"]["Key"]
    receiving["messageKeys"] = {}
    assert converted(record)["SessionState"]["ReceiverChains"] == []


def test_what_the_core_would_forget_is_not_written() -> None:
    """Beyond five chains, 2,000 late messages of one, 40 earlier sessions and 4,000 late ones of theirs."""
    record = session_of(DEVICE, closed=45, late=1)
    assert len(converted(record)["PreviousStates"]) == 40
    record = session_of(DEVICE, late=2100)
    keys = converted(record)["SessionState"]["ReceiverChains"][0]["MessageKeys"]
    assert [keys[0]["Index"], keys[-1]["Index"], len(keys)] == [100, 2099, 2000]
    assert len(converted(session_of(DEVICE, closed=5, late=1500))["PreviousStates"]) == 2
    record = session_of(DEVICE)
    chains = only(record)["_chains"]
    for other in range(6):
        chains.update(only(session_of(made_device(registration_id=other)))["_chains"])
    assert len(converted(record)["SessionState"]["ReceiverChains"]) == 5


def test_without_an_open_session_there_is_nothing_to_go_on_with() -> None:
    """The core begins a new one, as Baileys would."""
    record = session_of(DEVICE)
    only(record)["indexInfo"]["closed"] = 1_700_000_000_000
    assert convert(record) is None
    assert convert({"_sessions": {}, "version": "v1"}) is None


def test_a_damaged_earlier_session_is_left_out() -> None:
    """It only serves messages that are late."""
    record = session_of(DEVICE, closed=2)
    newest_closed = list(record["_sessions"].values())[1]
    newest_closed["currentRatchet"]["rootKey"] = "AA=="
    assert len(converted(record)["PreviousStates"]) == 1


def chain(entry: Json, index: int) -> Json:
    """The receiving chain (0) or the sending one (1)."""
    found = list(entry["_chains"].values())[index]
    assert isinstance(found, dict)
    return found


DAMAGED: Final[dict[str, Callable[[Json], object]]] = {
    "root key": lambda entry: entry["currentRatchet"].update(rootKey="AA=="),
    "no ratchet": lambda entry: entry.pop("currentRatchet"),
    "no sending chain": lambda entry: entry["_chains"].popitem(),
    "chain without key": lambda entry: chain(entry, 1)["chainKey"].pop("key"),
    "counter": lambda entry: chain(entry, 0)["chainKey"].update(counter=1 << 40),
    "chain's name": lambda entry: entry["_chains"].update(x={}),
    "late message": lambda entry: chain(entry, 0)["messageKeys"].update({"-1": "AA=="}),
    "late message's number": lambda entry: chain(entry, 0)["messageKeys"].update({"9" * 9000: "AA=="}),
    "private key": lambda entry: entry["currentRatchet"]["ephemeralKeyPair"].update(privKey=7),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_open_session_is_refused(name: str) -> None:
    """The caller goes on without this contact's session."""
    record = session_of(DEVICE)
    DAMAGED[name](only(record))
    with pytest.raises(MoveRefusedError):
        convert(record)


@pytest.mark.parametrize(
    "record", [{}, {"_sessions": []}, {"_sessions": {"a": None}}, {"_sessions": {"a": {}}}]
)
def test_what_is_no_record_is_refused(record: Json) -> None:
    """Of another version, or of something else."""
    with pytest.raises(MoveRefusedError):
        convert(record)
