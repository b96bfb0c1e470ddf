"""Envelopes of the pairing: what one side seals, the other opens, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyaileys.crypto.curve25519_signature import curve25519_verify
from pyaileys.proto import WAProto_pb2

from tests.emulator.crypto import (
    CURVE,
    adv_secret_of_link_code,
    hkdf,
    link_code_crypt,
    open_link_code_bundle,
    signed_device_identity,
)

wa: Any = WAProto_pb2
BUNDLE_INFO = b"link_code_pairing_key_bundle_encryption_key"


def _seal_bundle(shared: bytes, plain: bytes) -> bytes:
    salt, nonce = os.urandom(32), os.urandom(12)
    key = hkdf(shared, 32, salt=salt, info=BUNDLE_INFO)
    return salt + nonce + AESGCM(key).encrypt(nonce, plain, b"")


def test_hkdf_gives_the_published_vector() -> None:
    """RFC 5869, test case 1."""
    salt, info = bytes(range(13)), bytes(range(0xF0, 0xFA))
    expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert hkdf(b"\x0b" * 22, 42, salt=salt, info=info).hex() == expected


def test_the_same_code_opens_the_link_code_envelope() -> None:
    """Encrypting twice with one code, salt and IV gives the key back; another code does not."""
    key, salt, iv = os.urandom(32), os.urandom(32), os.urandom(16)
    sealed = link_code_crypt("ABCD1234", salt=salt, iv=iv, data=key)
    assert link_code_crypt("ABCD1234", salt=salt, iv=iv, data=sealed) == key
    assert link_code_crypt("ABCD1235", salt=salt, iv=iv, data=sealed) != key


def test_the_link_code_bundle_opens_only_with_the_shared_key() -> None:
    """Companion identity and ADV randomness come out; a wrong code (other shared key) raises."""
    shared, plain = os.urandom(32), os.urandom(96)
    sealed = _seal_bundle(shared, plain)
    opened = open_link_code_bundle(shared, sealed)
    assert (opened.companion_identity, opened.adv_random) == (plain[:32], plain[64:])
    with pytest.raises(InvalidTag):
        open_link_code_bundle(os.urandom(32), sealed)


def test_phone_and_companion_derive_the_same_adv_secret() -> None:
    """The companion computes it with its private identity, the phone with its own."""
    phone, companion, shared = CURVE.generate_keypair(), CURVE.generate_keypair(), os.urandom(32)
    random = os.urandom(32)
    bundle = open_link_code_bundle(shared, _seal_bundle(shared, companion.public + phone.public + random))
    theirs = hkdf(shared + CURVE.shared_key(companion.private, phone.public) + random, 32, info=b"adv_secret")
    assert adv_secret_of_link_code(shared, phone=phone, bundle=bundle) == theirs


def test_the_signed_identity_convinces_a_client() -> None:
    """HMAC by the QR's secret, signature by the account, over this client's identity and no other."""
    account, companion, secret = CURVE.generate_keypair(), os.urandom(32), os.urandom(32)
    envelope = wa.ADVSignedDeviceIdentityHMAC.FromString(
        signed_device_identity(account, companion_identity=companion, adv_secret=secret, key_index=4)
    )
    signed = wa.ADVSignedDeviceIdentity.FromString(envelope.details)

    assert envelope.hmac == hmac.new(secret, envelope.details, hashlib.sha256).digest()
    assert signed.accountSignatureKey == account.public
    message = b"\x06\x00" + signed.details
    assert curve25519_verify(account.public, message + companion, signed.accountSignature)
    assert not curve25519_verify(account.public, message + os.urandom(32), signed.accountSignature)
    assert wa.ADVDeviceIdentity.FromString(signed.details).keyIndex == 4
