"""Folders of Baileys made here: of a device's keys, in the shapes that its versions write."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from core.models.moving.device import DeviceKeys
from core.moving.signatures import public_key
from tests.emulator.crypto import CURVE, KEY_TYPE

Json = dict[str, Any]
Files = dict[str, bytes]

NEXT_KEY_ID: Final = 31


def text(data: bytes) -> str:
    """Bytes as protobuf objects are written."""
    return base64.b64encode(data).decode()


def buffer(data: bytes) -> Json:
    """Bytes as Baileys' own replacer writes them."""
    return {"type": "Buffer", "data": text(data)}


def numbered(data: bytes) -> Json:
    """Bytes as a Uint8Array that was serialized as an object."""
    return {str(index): number for index, number in enumerate(data)}


def pair(private: bytes) -> Json:
    """A key pair."""
    return {"private": buffer(private), "public": buffer(public_key(private))}


def creds_of(device: DeviceKeys) -> Json:
    """What `creds.json` of that device holds, of what matters and of what does not."""
    return {
        "noiseKey": pair(device.noise_private),
        "pairingEphemeralKeyPair": pair(CURVE.generate_keypair().private),
        "signedIdentityKey": pair(device.identity_private),
        "signedPreKey": {
            "keyPair": pair(device.signed_prekey_private),
            "signature": buffer(device.signed_prekey_signature),
            "keyId": device.signed_prekey_id,
        },
        "registrationId": device.registration_id,
        "advSecretKey": text(device.adv_secret),
        "processedHistoryMessages": [],
        "nextPreKeyId": NEXT_KEY_ID,
        "firstUnuploadedPreKeyId": NEXT_KEY_ID - 1,
        "accountSyncCounter": 1,
        "accountSettings": {"unarchiveChats": False},
        "registered": False,
        "account": {
            "details": text(device.account_details),
            "accountSignatureKey": text(device.account_signature_key),
            "accountSignature": numbered(device.account_signature),
            "deviceSignature": buffer(device.device_signature),
        },
        "me": {"id": device.jid, "lid": device.lid, "name": device.push_name},
        "signalIdentities": [],
        "platform": device.platform,
        "myAppStateKeyId": "AAAAAFjX",
    }


def session_of(own: DeviceKeys, *, closed: int = 0, late: int = 1) -> Json:
    """A session as libsignal-node writes it: one open, `closed` earlier ones, `late` messages missing."""
    entries = {}
    for age in range(closed + 1):
        entry = _entry(own, closed=-1 if age == 0 else 1_700_000_000_000 - age, late=late)
        entries[entry["indexInfo"]["baseKey"]] = entry
    return {"_sessions": entries, "version": "v1"}


def app_state_key_of(data: bytes) -> Json:
    """A key of the phone's settings; the JSON of a protobuf."""
    return {
        "keyData": text(data),
        "fingerprint": {"rawId": 300, "currentIndex": 0, "deviceIndexes": [0, 7]},
        "timestamp": "1700000000000",
    }


def sender_key_of(*, states: int = 1, late: int = 1) -> list[Json]:
    """A member's keys in a group as Baileys 6 writes them; 7 writes the JSON of it as bytes."""
    return [
        {
            "senderKeyId": number,
            "senderChainKey": {"iteration": late, "seed": buffer(bytes(31) + b"c")},
            "senderSigningKey": {"public": buffer(KEY_TYPE + CURVE.generate_keypair().public)},
            "senderMessageKeys": [
                {"iteration": index, "seed": buffer(bytes([index % 256]) * 32)} for index in range(late)
            ],
        }
        for number in range(states)
    ]


def folder_of(device: DeviceKeys, *, sessions: int = 3, one_time_keys: int = 30) -> Files:
    """A folder of Baileys 7: `sessions` contacts with a LID, and one-time keys, the last not yet uploaded."""
    files: dict[str, Any] = {"creds.json": creds_of(device)}
    for key_id in range(1, one_time_keys + 1):
        files[f"pre-key-{key_id}.json"] = pair(CURVE.generate_keypair().private)
    for index in range(sessions):
        number, lid = str(5511970000000 + index), str(200000000000000 + index)
        files[f"session-{lid}_1.0.json"] = session_of(device)
        files[f"lid-mapping-{number}.json"] = lid
        files[f"lid-mapping-{lid}_reverse.json"] = number
        files[f"device-list-{number}.json"] = ["0"]
    return {name: json.dumps(content).encode() for name, content in files.items()}


def _entry(own: DeviceKeys, *, closed: int, late: int) -> Json:
    ephemeral, theirs, base = (CURVE.generate_keypair() for _ in range(3))
    identity = CURVE.generate_keypair()
    sending = {"chainKey": {"counter": 2, "key": text(bytes(31) + b"s")}, "chainType": 1, "messageKeys": {}}
    receiving = {
        "chainKey": {"counter": late, "key": text(bytes(31) + b"r")},
        "chainType": 2,
        "messageKeys": {str(index): text(bytes([index % 256]) * 32) for index in range(late)},
    }
    return {
        "registrationId": own.registration_id + 1,
        "currentRatchet": {
            "ephemeralKeyPair": {
                "pubKey": text(KEY_TYPE + ephemeral.public),
                "privKey": text(ephemeral.private),
            },
            "lastRemoteEphemeralKey": text(KEY_TYPE + theirs.public),
            "previousCounter": 4,
            "rootKey": text(bytes(31) + b"o"),
        },
        "indexInfo": {
            "baseKey": text(KEY_TYPE + base.public),
            "baseKeyType": 2,
            "closed": closed,
            "used": 1_700_000_000_000 - max(closed, 0) % 1000,
            "created": 1_700_000_000_000,
            "remoteIdentityKey": text(KEY_TYPE + identity.public),
        },
        "_chains": {
            text(KEY_TYPE + theirs.public): receiving,
            text(KEY_TYPE + ephemeral.public): sending,
        },
    }
