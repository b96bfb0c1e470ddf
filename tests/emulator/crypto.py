"""Keys and envelopes as WhatsApp's side computes them: HKDF, link-code envelopes, the ADV identity."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyaileys.auth.creds import KeyPair
from pyaileys.crypto.curve import DefaultCurve25519Provider

from tests.emulator.proto import wa

CURVE: Final = DefaultCurve25519Provider()
"""X25519 and Signal's signatures over it; one signature costs about 7 ms (pure Python)."""

KEY_TYPE: Final = b"\x05"
"""Signal's prefix that marks a Curve25519 public key."""

_LINK_CODE_ROUNDS: Final = 2 << 16  # whatsmeow, pair-code.go
_ACCOUNT_SIGNATURE_PREFIX: Final = b"\x06\x00"  # whatsmeow, pair.go


def hkdf(key: bytes, length: int, *, salt: bytes = b"", info: bytes = b"") -> bytes:
    """HKDF-SHA256 (RFC 5869): `length` bytes derived from `key`."""
    return HKDF(hashes.SHA256(), length, salt or None, info).derive(key)


def link_code_crypt(code: str, *, salt: bytes, iv: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt (the same step in CTR mode) an ephemeral key under the 8-character pairing code.

    Slow on purpose (131,072 PBKDF2 rounds, about 50 ms): call it in a thread. Source: whatsmeow,
    pair-code.go.
    """
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, _LINK_CODE_ROUNDS, 32)
    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(data)


@dataclass(frozen=True, slots=True)
class LinkCodeBundle:
    """What a client hands over once a pairing code was typed."""

    companion_identity: bytes
    adv_random: bytes


def open_link_code_bundle(shared: bytes, bundle: bytes) -> LinkCodeBundle:
    """Open the key bundle of `companion_finish`: 32 bytes salt, 12 bytes nonce, then AES-GCM.

    Raises `cryptography.exceptions.InvalidTag` when the two sides typed different codes.
    """
    key = hkdf(shared, 32, salt=bundle[:32], info=b"link_code_pairing_key_bundle_encryption_key")
    plain = AESGCM(key).decrypt(bundle[32:44], bundle[44:], b"")
    return LinkCodeBundle(companion_identity=plain[:32], adv_random=plain[64:96])


def adv_secret_of_link_code(shared: bytes, *, phone: KeyPair, bundle: LinkCodeBundle) -> bytes:
    """The ADV secret both sides derive at the end of a pairing by code (a QR carries it in the open)."""
    identity_shared = CURVE.shared_key(phone.private, bundle.companion_identity)
    return hkdf(shared + identity_shared + bundle.adv_random, 32, info=b"adv_secret")


def signed_device_identity(
    account: KeyPair, *, companion_identity: bytes, adv_secret: bytes, key_index: int
) -> bytes:
    """The serialized `ADVSignedDeviceIdentityHMAC` a phone makes for the device it links.

    The client checks the HMAC with the secret of its QR code and the signature with the account's key.
    """
    details: bytes = wa.ADVDeviceIdentity(
        rawId=key_index, timestamp=int(time.time()), keyIndex=key_index
    ).SerializeToString()
    to_sign = _ACCOUNT_SIGNATURE_PREFIX + details + companion_identity
    signed: bytes = wa.ADVSignedDeviceIdentity(
        details=details,
        accountSignatureKey=account.public,
        accountSignature=CURVE.sign(account.private, to_sign),
    ).SerializeToString()
    mac = hmac.new(adv_secret, signed, hashlib.sha256).digest()
    envelope: bytes = wa.ADVSignedDeviceIdentityHMAC(details=signed, hmac=mac).SerializeToString()
    return envelope
