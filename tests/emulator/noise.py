"""The server's side of WhatsApp's handshake: Noise_XX_25519_AESGCM_SHA256 and the certificate chain.

Pattern, framing header and chain layout follow whatsmeow (handshake.go, socket/noisehandshake.go).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyaileys.auth.creds import KeyPair

from tests.emulator.crypto import CURVE, hkdf
from tests.emulator.proto import Proto, wa

PATTERN: Final = b"Noise_XX_25519_AESGCM_SHA256\x00\x00\x00\x00"
HEADER: Final = b"WA\x06\x03"
"""What a client sends before its first frame, and what the transcript starts with."""

_CHAIN_DAYS: Final = 30


@dataclass(slots=True)
class RootAuthority:
    """The root key a patched client trusts, the intermediate it signed, and the server's own key."""

    root: KeyPair = field(default_factory=CURVE.generate_keypair)
    intermediate: KeyPair = field(default_factory=CURVE.generate_keypair)
    static: KeyPair = field(default_factory=CURVE.generate_keypair)
    _chain: bytes = field(default=b"", init=False, repr=False)

    def chain(self) -> bytes:
        """The serialized `CertChain`, made once: its two signatures would cost 14 ms at every login."""
        if not self._chain:
            self._chain = self._sign_chain()
        return self._chain

    def _sign_chain(self) -> bytes:
        begin = int(time.time()) - 3600
        span = {"notBefore": begin, "notAfter": begin + 86400 * _CHAIN_DAYS}
        details = wa.CertChain.NoiseCertificate.Details
        chain = wa.CertChain()
        chain.intermediate.details = details(
            serial=1, issuerSerial=0, key=self.intermediate.public, **span
        ).SerializeToString()
        chain.intermediate.signature = CURVE.sign(self.root.private, chain.intermediate.details)
        chain.leaf.details = details(
            serial=2, issuerSerial=1, key=self.static.public, **span
        ).SerializeToString()
        chain.leaf.signature = CURVE.sign(self.intermediate.private, chain.leaf.details)
        serialized: bytes = chain.SerializeToString()
        return serialized


class CipherStream:
    """One direction of an established connection: AES-GCM with a counter as nonce."""

    __slots__ = ("_aead", "_counter")

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._counter = 0

    def _nonce(self) -> bytes:
        nonce = self._counter.to_bytes(12, "big")
        self._counter += 1
        return nonce

    def encrypt(self, plain: bytes, *, transcript: bytes = b"") -> bytes:
        """The next frame, sealed."""
        return self._aead.encrypt(self._nonce(), plain, transcript)

    def decrypt(self, sealed: bytes, *, transcript: bytes = b"") -> bytes:
        """The next frame, opened; raises `InvalidTag` for anything but the peer's next frame."""
        return self._aead.decrypt(self._nonce(), sealed, transcript)


@dataclass(frozen=True, slots=True)
class Established:
    """The result of a handshake: who is there, and the two streams."""

    client_key: bytes
    payload: Proto
    """The client's `ClientPayload`: a login (has `username`) or a registration."""
    incoming: CipherStream
    outgoing: CipherStream


class NoiseResponder:
    """The responder of one handshake: `hello`, then `finish`, once each."""

    def __init__(self, authority: RootAuthority) -> None:
        self._authority = authority
        self._ephemeral = CURVE.generate_keypair()
        self._transcript = self._salt = PATTERN
        self._cipher = CipherStream(PATTERN)
        self._absorb(HEADER)

    def hello(self, frame: bytes) -> bytes:
        """The answer to the client's first frame: our ephemeral key, our static key, the chain."""
        client = wa.HandshakeMessage.FromString(frame).clientHello.ephemeral
        self._absorb(client)
        reply = wa.HandshakeMessage()
        reply.serverHello.ephemeral = self._ephemeral.public
        self._absorb(self._ephemeral.public)
        self._mix(CURVE.shared_key(self._ephemeral.private, client))
        reply.serverHello.static = self._seal(self._authority.static.public)
        self._mix(CURVE.shared_key(self._authority.static.private, client))
        reply.serverHello.payload = self._seal(self._authority.chain())
        serialized: bytes = reply.SerializeToString()
        return serialized

    def finish(self, frame: bytes) -> Established:
        """Read the client's second frame; raises `InvalidTag` when it was not made for this handshake."""
        finish = wa.HandshakeMessage.FromString(frame).clientFinish
        client_key = self._open(finish.static)
        self._mix(CURVE.shared_key(self._ephemeral.private, client_key))
        payload = wa.ClientPayload.FromString(self._open(finish.payload))
        keys = hkdf(b"", 64, salt=self._salt)
        return Established(client_key, payload, CipherStream(keys[:32]), CipherStream(keys[32:]))

    def _absorb(self, data: bytes) -> None:
        self._transcript = hashlib.sha256(self._transcript + data).digest()

    def _mix(self, secret: bytes) -> None:
        keys = hkdf(secret, 64, salt=self._salt)
        self._salt, self._cipher = keys[:32], CipherStream(keys[32:])

    def _seal(self, plain: bytes) -> bytes:
        sealed = self._cipher.encrypt(plain, transcript=self._transcript)
        self._absorb(sealed)
        return sealed

    def _open(self, sealed: bytes) -> bytes:
        plain = self._cipher.decrypt(sealed, transcript=self._transcript)
        self._absorb(sealed)
        return plain
