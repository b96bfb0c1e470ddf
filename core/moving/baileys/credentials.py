"""``creds.json``: the device itself."""

from __future__ import annotations

import re
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import DeviceKeys, MoveRefusedError
from core.moving.baileys.part import Part
from core.moving.key_checks import LARGEST_KEY_ID
from core.moving.signatures import KEY_LENGTH, SIGNATURE_LENGTH, public_key

KEY_TYPE: Final = b"\x05"
"""What marks a Curve25519 public key in Signal's formats."""
UINT32: Final = (1 << 32) - 1

_LID: Final = re.compile(r"([0-9]{5,20})(?::([0-9]{1,5}))?@lid", re.ASCII)


def device_keys(creds: Part) -> DeviceKeys:
    """Return the keys of a linked device, not yet checked against each other.

    Source: Baileys, src/Types/Auth.ts, ``AuthenticationCreds``. Raises MoveRefusedError: NEVER_PAIRED before
    a phone linked it, KEYS_WRONG for a public key that is not that of its private key, DAMAGED.
    """
    me, account = _of_pairing(creds, "me"), _of_pairing(creds, "account")
    signed_prekey = creds["signedPreKey"]
    jid, platform = me["id"].text(), creds.get("platform")
    return DeviceKeys(
        jid=jid,
        lid=_lid(me, jid),
        registration_id=creds["registrationId"].integer(0, UINT32),
        noise_private=private_key(creds["noiseKey"]),
        identity_private=private_key(creds["signedIdentityKey"]),
        signed_prekey_id=signed_prekey["keyId"].integer(0, LARGEST_KEY_ID),
        signed_prekey_private=private_key(signed_prekey["keyPair"]),
        signed_prekey_signature=signed_prekey["signature"].data(SIGNATURE_LENGTH),
        adv_secret=creds["advSecretKey"].data(KEY_LENGTH),
        account_details=account["details"].data(),
        account_signature=account["accountSignature"].data(SIGNATURE_LENGTH),
        account_signature_key=bare_key(account["accountSignatureKey"]),
        device_signature=account["deviceSignature"].data(SIGNATURE_LENGTH),
        platform=platform.text() if platform else "",
        push_name=_name(me),
    )


def private_key(pair: Part) -> bytes:
    """Return the private half of a pair whose public half follows from it. Raises MoveRefusedError."""
    private, public = pair["private"].data(KEY_LENGTH), bare_key(pair["public"])
    if public_key(private) != public:
        raise MoveRefusedError(MoveCode.KEYS_WRONG, pair.damaged().detail)
    return private


def bare_key(part: Part) -> bytes:
    """Return a public key, 32 bytes, written with Signal's mark or without. Raises MoveRefusedError."""
    data = part.data(KEY_LENGTH, KEY_LENGTH + 1)
    if len(data) > KEY_LENGTH and not data.startswith(KEY_TYPE):
        raise part.damaged()
    return data[-KEY_LENGTH:]


def _of_pairing(creds: Part, field: str) -> Part:
    """Return a field that exists from pairing on."""
    part = creds.get(field)
    if part is None:
        raise MoveRefusedError(MoveCode.NEVER_PAIRED, field)
    return part


def _lid(me: Part, jid: str) -> str:
    """Return the account's LID with the device's number; empty where the source has none that is one."""
    part = me.get("lid")
    match = _LID.fullmatch(part.text()) if part else None
    if match is None:
        return ""
    device = match[2] or jid.partition("@")[0].partition(":")[2]
    return f"{match[1]}:{device}@lid" if device else ""


def _name(me: Part) -> str:
    name = me.get("name")
    return name.text() if name else ""
