"""Keys of linked devices as WhatsApp makes them, signed by an independent implementation (pyaileys)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pyaileys.auth.creds import KeyPair

from core.models.moving.device import DeviceKeys, OneTimeKey
from tests.emulator.crypto import CURVE, KEY_TYPE

NUMBER: Final = "5511960000001"
LID: Final = "123456789012345"
ACCOUNT: Final = CURVE.generate_keypair()
"""The identity of the account's phone."""


def made_device(
    *, account: KeyPair = ACCOUNT, prefixes: tuple[bytes, bytes] = (b"\x06\x00", b"\x06\x01"), **changes: Any
) -> DeviceKeys:
    """Keys of a device linked to `account`, all fitting; `changes` replace fields afterwards."""
    identity, prekey = CURVE.generate_keypair(), CURVE.generate_keypair()
    details = b"\x08\x07\x10\x80\xe2\xcf\xaa\x06\x18\x07"
    signed = details + identity.public
    device = DeviceKeys(
        jid=f"{NUMBER}:7@s.whatsapp.net",
        lid=f"{LID}:7@lid",
        registration_id=4711,
        noise_private=CURVE.generate_keypair().private,
        identity_private=identity.private,
        signed_prekey_id=1,
        signed_prekey_private=prekey.private,
        signed_prekey_signature=CURVE.sign(identity.private, KEY_TYPE + prekey.public),
        adv_secret=secrets.token_bytes(32),
        account_details=details,
        account_signature=CURVE.sign(account.private, prefixes[0] + signed),
        account_signature_key=account.public,
        device_signature=CURVE.sign(identity.private, prefixes[1] + signed + account.public),
        platform="android",
        push_name="Loja",
    )
    return changed(device, changes)


def changed(device: DeviceKeys, changes: Mapping[str, Any]) -> DeviceKeys:
    """The same device with other values in some fields."""
    return msgspec.structs.replace(device, **changes)


def one_time_key(key_id: int, *, uploaded: bool = True) -> OneTimeKey:
    """A fresh one-time key."""
    return OneTimeKey(key_id=key_id, private=CURVE.generate_keypair().private, uploaded=uploaded)
