"""Signatures made with Curve25519 keys (XEdDSA), as Signal and WhatsApp make them: checked, never made."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

KEY_LENGTH: Final = 32
SIGNATURE_LENGTH: Final = 64

_PRIME: Final = 2**255 - 19
_SIGN_BIT: Final = 0x80


def public_key(private: bytes) -> bytes:
    """Return the public key, 32 bytes, of a private one. Raises ValueError unless that has 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def is_signed(signature: bytes, message: bytes, *, by: bytes) -> bool:
    """Return whether the holder of the public key ``by`` (32 bytes) signed the message.

    The key is turned into the Ed25519 key of the same point, whose sign travels in the signature's highest
    bit; the rest is Ed25519. Source: "The XEdDSA and VXEdDSA Signature Schemes", 2.3 and 3.3 (signal.org);
    the sign in the signature: libsignal, ecc/SignCurve25519.go, ``verify``.
    """
    if len(signature) != SIGNATURE_LENGTH or len(by) != KEY_LENGTH:
        return False
    sign = signature[-1] & _SIGN_BIT
    plain = signature[:-1] + bytes([signature[-1] & ~_SIGN_BIT])
    try:
        Ed25519PublicKey.from_public_bytes(_edwards(by, sign)).verify(plain, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _edwards(public: bytes, sign: int) -> bytes:
    """Return the Ed25519 form of a Curve25519 key: y = (u - 1) / (u + 1), with the sign of x on top."""
    u = int.from_bytes(public, "little") & ((1 << 255) - 1)
    y = (u - 1) * pow(u + 1, _PRIME - 2, _PRIME) % _PRIME
    encoded = bytearray(y.to_bytes(KEY_LENGTH, "little"))
    encoded[-1] |= sign
    return bytes(encoded)
