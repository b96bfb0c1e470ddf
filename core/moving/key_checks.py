"""Whether a device's keys belong together, before anything of it is written."""

from __future__ import annotations

import re
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import DeviceKeys, MoveRefusedError
from core.moving.signatures import KEY_LENGTH, SIGNATURE_LENGTH, is_signed, public_key

LARGEST_KEY_ID: Final = (1 << 24) - 1
"""Ids of pre-keys travel in three bytes."""

_DEVICE_JID: Final = re.compile(r"[0-9]{5,20}:[1-9][0-9]{0,3}@s\.whatsapp\.net", re.ASCII)
_DEVICE_LID: Final = re.compile(r"[0-9]{5,20}:[0-9]{1,4}@lid", re.ASCII)
_LARGEST_DETAILS: Final = 4096
_LONGEST_NAME: Final = 1024
_KEY_TYPE: Final = b"\x05"
# The second of each is that of accounts that a business service hosts. Which kind an account is stands in its
# signed details too, but no signature passes as one of the other kind, so both are simply tried.
_ACCOUNT_PREFIXES: Final = (b"\x06\x00", b"\x06\x05")
_DEVICE_PREFIXES: Final = (b"\x06\x01", b"\x06\x06")


def check_keys(keys: DeviceKeys) -> None:
    """Check that WhatsApp and the core would accept the device: lengths, names, and every signature in it.

    Both signatures of the linked device's identity are checked as the core does when it pairs (whatsmeow,
    pair.go, ``verifyAccountSignature`` and ``generateDeviceSignature``). Raises MoveRefusedError:
    NEVER_PAIRED when the account's signature or the device's number is missing, KEYS_WRONG otherwise, with
    the part in its detail.
    """
    _require_pairing(keys)
    _require_shapes(keys)
    _require_signatures(keys)


def _require_pairing(keys: DeviceKeys) -> None:
    if _DEVICE_JID.fullmatch(keys.jid) is None:
        raise MoveRefusedError(MoveCode.NEVER_PAIRED, "address")
    if not (keys.account_details or keys.account_signature or keys.account_signature_key):
        raise MoveRefusedError(MoveCode.NEVER_PAIRED, "account")


def _require_shapes(keys: DeviceKeys) -> None:
    lengths = {
        "noise key": (keys.noise_private, KEY_LENGTH),
        "identity key": (keys.identity_private, KEY_LENGTH),
        "signed pre-key": (keys.signed_prekey_private, KEY_LENGTH),
        "signed pre-key signature": (keys.signed_prekey_signature, SIGNATURE_LENGTH),
        "pairing secret": (keys.adv_secret, KEY_LENGTH),
        "account signature": (keys.account_signature, SIGNATURE_LENGTH),
        "account key": (keys.account_signature_key, KEY_LENGTH),
        "device signature": (keys.device_signature, SIGNATURE_LENGTH),
    }
    for part, (value, length) in lengths.items():
        _require(len(value) == length, part)
    _require(not keys.lid or _DEVICE_LID.fullmatch(keys.lid) is not None, "hidden address")
    _require(0 <= keys.registration_id < 1 << 32, "registration id")
    _require(0 <= keys.signed_prekey_id <= LARGEST_KEY_ID, "signed pre-key id")
    _require(len(keys.account_details) <= _LARGEST_DETAILS, "account details")
    names = (keys.platform, keys.business_name, keys.push_name)
    _require(all(len(name) <= _LONGEST_NAME for name in names), "name")


def _require_signatures(keys: DeviceKeys) -> None:
    identity, account = public_key(keys.identity_private), keys.account_signature_key
    signed_prekey = _KEY_TYPE + public_key(keys.signed_prekey_private)
    _require(is_signed(keys.signed_prekey_signature, signed_prekey, by=identity), "signed pre-key signature")
    body = keys.account_details + identity
    _require(
        any(is_signed(keys.account_signature, prefix + body, by=account) for prefix in _ACCOUNT_PREFIXES),
        "account signature",
    )
    body += account
    _require(
        any(is_signed(keys.device_signature, prefix + body, by=identity) for prefix in _DEVICE_PREFIXES),
        "device signature",
    )


def _require(condition: bool, part: str) -> None:
    if not condition:
        raise MoveRefusedError(MoveCode.KEYS_WRONG, part)
