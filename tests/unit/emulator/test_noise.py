"""The handshake, against an initiator written from the Noise specification and nothing of the emulator's."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyaileys.crypto.curve25519_signature import curve25519_verify
from pyaileys.proto import WAProto_pb2

from tests.emulator.noise import NoiseResponder, RootAuthority

wa: Any = WAProto_pb2


class Initiator:
    """The client's side of Noise_XX_25519_AESGCM_SHA256 (Noise specification, revision 34, chapter 5)."""

    def __init__(self) -> None:
        self.static, self._ephemeral = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        self._h = self._ck = b"Noise_XX_25519_AESGCM_SHA256".ljust(32, b"\0")
        self._k, self._n = b"", 0
        self._server_ephemeral = b""
        self.server_static = b""
        self._mix_hash(b"WA\x06\x03")  # the prologue

    def hello(self) -> bytes:
        """-> e"""
        public = self._ephemeral.public_key().public_bytes_raw()
        self._mix_hash(public)
        return self._message(clientHello={"ephemeral": public})

    def read_hello(self, frame: bytes) -> Any:
        """<- e, ee, s, es; gives the certificate chain."""
        hello = wa.HandshakeMessage.FromString(frame).serverHello
        self._server_ephemeral = hello.ephemeral
        self._mix_hash(hello.ephemeral)
        self._mix_key(self._ephemeral, hello.ephemeral)
        self.server_static = self._decrypt(hello.static)
        self._mix_key(self._ephemeral, self.server_static)
        return wa.CertChain.FromString(self._decrypt(hello.payload))

    def finish(self, payload: bytes) -> bytes:
        """-> s, se"""
        static = self._encrypt(self.static.public_key().public_bytes_raw())
        self._mix_key(self.static, self._server_ephemeral)
        return self._message(clientFinish={"static": static, "payload": self._encrypt(payload)})

    def split(self) -> tuple[AESGCM, AESGCM]:
        """What we send with, what we receive with."""
        first, second = _two_keys(self._ck, b"")
        return AESGCM(first), AESGCM(second)

    @staticmethod
    def _message(**parts: dict[str, bytes]) -> bytes:
        serialized: bytes = wa.HandshakeMessage(**parts).SerializeToString()
        return serialized

    def _mix_hash(self, data: bytes) -> None:
        self._h = hashlib.sha256(self._h + data).digest()

    def _mix_key(self, private: X25519PrivateKey, public: bytes) -> None:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        self._ck, self._k = _two_keys(self._ck, shared)
        self._n = 0

    def _nonce(self) -> bytes:
        self._n += 1
        return bytes(4) + (self._n - 1).to_bytes(8, "big")

    def _encrypt(self, plain: bytes) -> bytes:
        sealed = AESGCM(self._k).encrypt(self._nonce(), plain, self._h)
        self._mix_hash(sealed)
        return sealed

    def _decrypt(self, sealed: bytes) -> bytes:
        plain = AESGCM(self._k).decrypt(self._nonce(), sealed, self._h)
        self._mix_hash(sealed)
        return plain


def _two_keys(chaining_key: bytes, material: bytes) -> tuple[bytes, bytes]:
    temporary = hmac.digest(chaining_key, material, "sha256")
    first = hmac.digest(temporary, b"\x01", "sha256")
    return first, hmac.digest(temporary, first + b"\x02", "sha256")


def test_both_sides_agree_on_keys_and_identities() -> None:
    """After the handshake each side reads what the other writes, frame after frame."""
    authority, client = RootAuthority(), Initiator()
    responder = NoiseResponder(authority)
    client.read_hello(responder.hello(client.hello()))
    payload = wa.ClientPayload(username=5511960000000, device=3).SerializeToString()
    secure = responder.finish(client.finish(payload))
    sending, receiving = client.split()

    assert client.server_static == authority.static.public
    assert secure.client_key == client.static.public_key().public_bytes_raw()
    assert (secure.payload.username, secure.payload.device) == (5511960000000, 3)
    for number in range(3):
        nonce = number.to_bytes(12, "big")
        assert secure.incoming.decrypt(sending.encrypt(nonce, b"up", b"")) == b"up"
        assert receiving.decrypt(nonce, secure.outgoing.encrypt(b"down"), b"") == b"down"


def test_a_frame_of_another_handshake_is_refused() -> None:
    """A replayed or foreign second frame raises instead of giving a session."""
    stranger, client = Initiator(), Initiator()
    stranger.read_hello(NoiseResponder(RootAuthority()).hello(stranger.hello()))
    responder = NoiseResponder(RootAuthority())
    client.read_hello(responder.hello(client.hello()))
    with pytest.raises(InvalidTag):
        responder.finish(stranger.finish(b""))


def test_the_chain_leads_from_the_root_to_the_servers_key() -> None:
    """Root signs intermediate, intermediate signs leaf, the leaf names the server's key; all valid now."""
    authority = RootAuthority()
    chain = wa.CertChain.FromString(authority.chain())
    details = wa.CertChain.NoiseCertificate.Details
    intermediate = details.FromString(chain.intermediate.details)
    leaf = details.FromString(chain.leaf.details)

    assert curve25519_verify(authority.root.public, chain.intermediate.details, chain.intermediate.signature)
    assert curve25519_verify(intermediate.key, chain.leaf.details, chain.leaf.signature)
    assert (leaf.key, leaf.issuerSerial) == (authority.static.public, intermediate.serial)
    for certificate in (intermediate, leaf):
        assert certificate.notBefore < time.time() < certificate.notAfter


def test_another_root_does_not_vouch_for_the_chain() -> None:
    """A client that trusts a different root key must not believe this server."""
    chain = wa.CertChain.FromString(RootAuthority().chain())
    other = RootAuthority().root.public
    assert not curve25519_verify(other, chain.intermediate.details, chain.intermediate.signature)
