"""``session-….json``: the ratchets with one device of a contact, in the form of the core's Signal library.

From libsignal-node (src/session_record.js, src/session_cipher.js) to what whatsmeow stores: the JSON of
libsignal-protocol-go (state/record, serialize/JSONSerializer.go).
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.models.moving.device import DeviceKeys, MoveRefusedError
from core.moving.baileys.credentials import KEY_TYPE, UINT32, bare_key
from core.moving.baileys.part import Part
from core.moving.go_json import Structure, serialized, text_of
from core.moving.key_checks import LARGEST_KEY_ID
from core.moving.signatures import KEY_LENGTH, public_key

_VERSION: Final = 3
_OPEN: Final = -1
"""``indexInfo.closed`` of the session that is used for sending."""
_SENDING: Final = 1
_CHAINS: Final = 5
"""Receiving chains that the core keeps (state/record/SessionState.go)."""
_MESSAGE_KEYS: Final = 2000
"""Skipped messages of one chain that the core keeps."""
_CLOSED: Final = 40
"""Earlier states that both keep."""
_LATE_OF_EARLIER: Final = 4000
"""Late messages of all earlier states together: a made-up record of 8 MB would take 3 s."""
_NEVER: Final = -1.0


class Ratchet(NamedTuple):
    """What the core needs to go on with one device of a contact."""

    serialized: bytes
    remote_identity: bytes
    """Their identity key, 32 bytes."""


def convert_ratchet(record: Part, keys: DeviceKeys) -> Ratchet | None:
    """Return the session as the core stores it; None when none is open: the core then begins a new one.

    Raises MoveRefusedError when the open session is damaged. Damaged earlier ones are left out: they only
    serve messages that are late.
    """
    open_one, closed = _sorted_sessions(record)
    if open_one is None:
        return None
    current = _state(open_one, keys)
    earlier = _earlier(closed, keys)
    record_bytes = serialized({"SessionState": current, "PreviousStates": earlier})
    return Ratchet(record_bytes, bare_key(open_one["indexInfo"]["remoteIdentityKey"]))


def _sorted_sessions(record: Part) -> tuple[Part | None, list[Part]]:
    """Return the open session and the closed ones, each with those used last first."""
    sessions = [entry for _, entry in record["_sessions"].fields()]
    sessions.sort(key=_used_at, reverse=True)
    opened = [entry for entry in sessions if _is_open(entry)]
    closed = [entry for entry in sessions if not _is_open(entry)]
    return (opened[0] if opened else None), opened[1:] + closed


def _used_at(entry: Part) -> float:
    used = entry["indexInfo"].get("used")
    return used.value if used and type(used.value) in (int, float) else _NEVER


def _is_open(entry: Part) -> bool:
    return bool(entry["indexInfo"]["closed"].value == _OPEN)


def _earlier(closed: list[Part], keys: DeviceKeys) -> list[Structure]:
    """Return the newest of the earlier states, as many as the core keeps and their late messages allow."""
    states: list[Structure] = []
    late = 0
    for entry in closed[:_CLOSED]:
        if (state := _state_or_none(entry, keys)) is not None:
            late += sum(len(chain["MessageKeys"]) for chain in state["ReceiverChains"])
            if late > _LATE_OF_EARLIER:
                break
            states.append(state)
    return states


def _state_or_none(entry: Part, keys: DeviceKeys) -> Structure | None:
    try:
        return _state(entry, keys)
    except MoveRefusedError:
        return None


def _state(entry: Part, keys: DeviceKeys) -> Structure:
    ratchet, index = entry["currentRatchet"], entry["indexInfo"]
    ephemeral = ratchet["ephemeralKeyPair"]
    own_ratchet_key = _marked(ephemeral["pubKey"])
    chains = [(_chain_key(entry, name), chain) for name, chain in entry["_chains"].fields()]
    sending = [chain for key, chain in chains if key == own_ratchet_key]
    if not sending:
        raise entry.damaged()
    registration = entry.get("registrationId")
    return {
        "LocalIdentityPublic": text_of(KEY_TYPE + public_key(keys.identity_private)),
        "LocalRegistrationID": keys.registration_id,
        "NeedsRefresh": False,
        "PendingKeyExchange": None,
        "PendingPreKey": _pending_prekey(entry),
        "PreviousCounter": max(ratchet["previousCounter"].integer(-1, UINT32), 0),
        "ReceiverChains": _receiving(chains, own_ratchet_key),
        "RemoteIdentityPublic": text_of(_marked(index["remoteIdentityKey"])),
        "RemoteRegistrationID": registration.integer(0, UINT32) if registration else 0,
        "RootKey": text_of(ratchet["rootKey"].data(KEY_LENGTH)),
        "SenderBaseKey": text_of(_marked(index["baseKey"])),
        "SenderChain": _sending(sending[0], own_ratchet_key, ephemeral["privKey"].data(KEY_LENGTH)),
        "SessionVersion": _VERSION,
    }


def _chain_key(entry: Part, name: str) -> bytes:
    return _marked(Part(entry.name, name))


def _sending(chain: Part, public: bytes, private: bytes) -> Structure:
    counter, key = _chain_state(chain)
    if key is None:
        raise chain.damaged()
    return _chain(public, private, counter=counter, key=key, message_keys=[])


def _receiving(chains: list[tuple[bytes, Part]], own_ratchet_key: bytes) -> list[Structure]:
    """Return the chains on which the contact writes: the newest is last, as the core appends them."""
    theirs = [(key, chain) for key, chain in chains if key != own_ratchet_key and _goes_on(chain)]
    return [_receiver(key, chain) for key, chain in theirs[-_CHAINS:]]


def _goes_on(chain: Part) -> bool:
    """Return whether something that is written on it can still arrive."""
    if chain["chainType"].value == _SENDING:
        return False
    return chain["chainKey"].get("key") is not None or bool(chain["messageKeys"].value)


def _receiver(public: bytes, chain: Part) -> Structure:
    counter, key = _chain_state(chain)
    # An ended chain keeps the keys of messages that are late. Its own key is gone for good; what stands in
    # for it must be random, or anybody could write a message for that chain.
    ended = os.urandom(KEY_LENGTH)
    return _chain(public, b"", counter=counter, key=key or ended, message_keys=_message_keys(chain))


def _chain(
    public: bytes, private: bytes, *, counter: int, key: bytes, message_keys: list[Structure]
) -> Structure:
    return {
        "SenderRatchetKeyPublic": text_of(public),
        "SenderRatchetKeyPrivate": text_of(private) if private else None,
        # libsignal-node counts what was used, the core what comes next.
        "ChainKey": {"Key": text_of(key), "Index": counter + 1},
        "MessageKeys": message_keys,
    }


def _chain_state(chain: Part) -> tuple[int, bytes | None]:
    state = chain["chainKey"]
    key = state.get("key")
    return state["counter"].integer(-1, UINT32 - 1), key.data(KEY_LENGTH) if key else None


def _message_keys(chain: Part) -> list[Structure]:
    seeds = [(_counter(seed, index), seed) for index, seed in chain["messageKeys"].fields()]
    seeds.sort(key=lambda item: item[0])
    return [_message_key(index, seed.data(KEY_LENGTH)) for index, seed in seeds[-_MESSAGE_KEYS:]]


def _counter(part: Part, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise part.damaged()
    return Part(part.name, int(text)).integer(0, UINT32)


def _message_key(index: int, seed: bytes) -> Structure:
    """Return what a message is opened with; the core stores it derived (keys/chain/ChainKey.go)."""
    derived = HKDF(hashes.SHA256(), 80, bytes(32), b"WhisperMessageKeys").derive(seed)
    return {
        "CipherKey": text_of(derived[:32]),
        "MacKey": text_of(derived[32:64]),
        "IV": text_of(derived[64:]),
        "Index": index,
    }


def _pending_prekey(entry: Part) -> Structure | None:
    """Return what every message carries until the contact has answered the first."""
    pending = entry.get("pendingPreKey")
    if pending is None:
        return None
    one_time = pending.get("preKeyId")
    return {
        "PreKeyID": {
            "Value": one_time.integer(0, LARGEST_KEY_ID) if one_time else 0,
            "IsEmpty": one_time is None,
        },
        "SignedPreKeyID": pending["signedKeyId"].integer(0, UINT32),
        "BaseKey": text_of(_marked(pending["baseKey"])),
    }


def _marked(part: Part) -> bytes:
    return KEY_TYPE + bare_key(part)
