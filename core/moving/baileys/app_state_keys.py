"""``app-state-sync-key-….json``: what opens the settings that the account's phone shares with its devices."""

from __future__ import annotations

from collections.abc import Iterable

from core.models.moving.device import AppStateKey
from core.moving.baileys.credentials import UINT32
from core.moving.baileys.part import Part
from core.moving.signatures import KEY_LENGTH

_LARGEST_ID = 64
_MOST_DEVICES = 256
_VARINT, _BYTES = 0, 2
"""Wire types of protobuf."""


def convert_app_state_key(key_id: str, part: Part) -> AppStateKey:
    """Return the key that a file holds; ``key_id`` is the base64 in its name, a slash written as ``__``.

    Source: whatsmeow, message.go, ``handleAppStateSyncKeyShare``. Raises MoveRefusedError for a damaged one.
    """
    data = Part(part.name, key_id.replace("__", "/")).data()
    if not 0 < len(data) <= _LARGEST_ID:
        raise part.damaged()
    at = part.get("timestamp")
    return AppStateKey(
        key_id=data,
        data=part["keyData"].data(KEY_LENGTH),
        at=at.whole_number() if at else 0,
        fingerprint=_fingerprint(part.get("fingerprint")),
    )


def _fingerprint(part: Part | None) -> bytes:
    """Return the protobuf ``AppStateSyncKeyFingerprint`` of the JSON that Baileys made of it."""
    if part is None:
        return b""
    encoded = b""
    for number, field in ((1, "rawId"), (2, "currentIndex")):
        if (value := part.get(field)) is not None:
            encoded += bytes([number << 3 | _VARINT]) + _varint(value.integer(0, UINT32))
    indexes = part.get("deviceIndexes")
    packed = b"".join(_varint(value) for value in _whole_numbers(indexes)) if indexes else b""
    return encoded + (bytes([3 << 3 | _BYTES]) + _varint(len(packed)) + packed if packed else b"")


def _whole_numbers(part: Part) -> Iterable[int]:
    if not isinstance(part.value, list) or len(part.value) > _MOST_DEVICES:
        raise part.damaged()
    return [Part(part.name, value).integer(0, UINT32) for value in part.value]


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])
