"""Signatures over Curve25519 keys, against an implementation that shares no line with ours."""

from __future__ import annotations

import secrets

import pytest

from core.moving.signatures import is_signed, public_key
from tests.emulator.crypto import CURVE


@pytest.mark.parametrize("size", [0, 1, 33, 4096])
def test_what_another_implementation_signed_is_accepted(size: int) -> None:
    """For many keys: the sign of the point is in half of the signatures."""
    for _ in range(4):
        pair, message = CURVE.generate_keypair(), secrets.token_bytes(size)
        signature = CURVE.sign(pair.private, message)
        assert is_signed(signature, message, by=pair.public)
        assert not is_signed(signature, message + b"x", by=pair.public)


def test_every_changed_byte_is_noticed() -> None:
    """Of the signature and of the key."""
    pair, message = CURVE.generate_keypair(), b"a message"
    signature = CURVE.sign(pair.private, message)
    for at in range(64):
        assert not is_signed(flipped(signature, at), message, by=pair.public)
    for at in range(32):
        # The highest bit of a Curve25519 key means nothing (RFC 7748, 5), so a lower one is changed.
        assert not is_signed(signature, message, by=flipped(pair.public, at))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_lengths_and_points_that_cannot_be_are_no_signature() -> None:
    """No exception either: strangers choose these bytes."""
    pair = CURVE.generate_keypair()
    signature = CURVE.sign(pair.private, b"m")
    for wrong in (b"", signature[:63], signature + b"0", bytes(64), b"\xff" * 64):
        assert not is_signed(wrong, b"m", by=pair.public)
    for key in (b"", pair.public[:31], bytes(32), b"\xff" * 32, (2**255 - 20).to_bytes(32, "little")):
        assert not is_signed(signature, b"m", by=key)


def test_a_public_key_follows_from_its_private_one() -> None:
    """As the other implementation computes it; other lengths are refused."""
    pair = CURVE.generate_keypair()
    assert public_key(pair.private) == pair.public
    with pytest.raises(ValueError, match="32 bytes"):
        public_key(b"short")
