"""``sender-key-….json``: the keys with which a member's device writes to a group.

From Baileys (src/Signal/Group, before 7: WASignalGroup) to what whatsmeow stores: the JSON of
libsignal-protocol-go (groups/state/record/SenderKeyState.go).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.credentials import KEY_TYPE, UINT32, bare_key
from core.moving.baileys.part import Part, parse
from core.moving.go_json import Structure, serialized, text_of
from core.moving.signatures import KEY_LENGTH

_STATES: Final = 5
_MESSAGE_KEYS: Final = 2000
_IV_LENGTH: Final = 16


def convert_sender_key(part: Part) -> bytes:
    """Return a member's keys as the core stores them. Raises MoveRefusedError for damaged ones."""
    states = [_state(Part(part.name, state)) for state in _states(part)]
    if not states:
        raise part.damaged()
    # Baileys appends the newest, the core puts it first.
    return serialized({"SenderKeyStates": states[-_STATES:][::-1]})


def _states(part: Part) -> list[Any]:
    """Return the list of states: 6.x writes it as it is, 7.x as bytes of JSON."""
    value = part.value if isinstance(part.value, list) else parse(part.name, part.data()).value
    if not isinstance(value, list):
        raise part.damaged()
    return value


def _state(state: Part) -> Structure:
    chain = state["senderChainKey"]
    return {
        "Keys": list(_message_keys(state)),
        "KeyID": state["senderKeyId"].integer(0, UINT32),
        "SenderChainKey": {
            "Iteration": chain["iteration"].integer(0, UINT32),
            "ChainKey": text_of(chain["seed"].data(KEY_LENGTH)),
        },
        # Only its owner has the private key; the core reads that of another as zeros.
        "SigningKeyPrivate": text_of(bytes(KEY_LENGTH)),
        "SigningKeyPublic": text_of(KEY_TYPE + bare_key(state["senderSigningKey"]["public"])),
    }


def _message_keys(state: Part) -> Iterator[Structure]:
    """Yield what messages that are late are opened with (groups/ratchet/SenderMessageKey.go)."""
    keys = state.get("senderMessageKeys")
    values = keys.value if keys else []
    if not isinstance(values, list):
        raise state.damaged()
    for value in values[-_MESSAGE_KEYS:]:
        with contextlib.suppress(MoveRefusedError):  # 6.17 writes empty ones
            yield _message_key(Part(state.name, value))


def _message_key(key: Part) -> Structure:
    seed = key["seed"].data(KEY_LENGTH)
    derived = HKDF(hashes.SHA256(), 48, bytes(KEY_LENGTH), b"WhisperGroup").derive(seed)
    return {
        "Iteration": key["iteration"].integer(0, UINT32),
        "IV": text_of(derived[:_IV_LENGTH]),
        "CipherKey": text_of(derived[_IV_LENGTH:]),
        "Seed": text_of(seed),
    }
