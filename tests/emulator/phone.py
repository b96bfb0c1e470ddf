"""Phones: accounts whose primary device decrypts, answers and links companions."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pyaileys.auth.creds import AuthenticationCreds, SignedKeyPair
from pyaileys.auth.state import AuthenticationState
from pyaileys.signal.repository import PreKeyBundle, PreKeyBundleKey, SignalRepository

from tests.emulator.crypto import CURVE, KEY_TYPE
from tests.emulator.nodes import DOMAIN, Node
from tests.emulator.proto import Proto, wa

_SIGNED_PREKEY_ID = 1


class MemoryKeys:
    """The Signal key store of one phone (pyaileys' `SignalKeyStore`), in memory."""

    def __init__(self) -> None:
        self._data: dict[tuple[str, str], Any] = {}

    async def get(self, key_type: str, ids: list[str]) -> dict[str, Any]:
        """One entry per id; None where nothing is stored."""
        return {key: self._data.get((key_type, key)) for key in ids}

    async def set(self, data: Mapping[str, Mapping[str, Any | None]]) -> None:
        """Store; a value of None removes."""
        for key_type, items in data.items():
            for key, value in items.items():
                if value is None:
                    self._data.pop((key_type, key), None)
                else:
                    self._data[key_type, key] = value

    async def clear(self) -> None:
        """Forget everything."""
        self._data.clear()


class PreKey(NamedTuple):
    """A one-time key a companion uploaded."""

    key_id: int
    public: bytes


class SignedPreKey(NamedTuple):
    """A companion's signed pre-key."""

    key_id: int
    public: bytes
    signature: bytes


@dataclass(slots=True, eq=False)
class LinkedDevice:
    """A companion (one instance of the app) linked to an account."""

    phone: Phone
    device_id: int
    noise_key: bytes
    identity: bytes
    registration_id: int
    signed_prekey: SignedPreKey
    platform: str
    prekeys: deque[PreKey] = field(default_factory=deque)

    @property
    def jid(self) -> str:
        """`number:device@s.whatsapp.net`."""
        return f"{self.phone.number}:{self.device_id}@{DOMAIN}"

    @property
    def lid(self) -> str:
        """`lid:device@lid`: what stanzas carry, and the name of its Signal sessions."""
        return f"{self.phone.lid_user}:{self.device_id}@lid"

    def bundle_node(self, jid: str) -> Node:
        """The same keys as the server hands them out, under the name asked for."""
        bundle = self.take_bundle()
        return _bundle_node(
            jid, self.registration_id, self.identity, self.signed_prekey, _bare(bundle.pre_key)
        )

    def take_bundle(self) -> PreKeyBundle:
        """Keys to start a Signal session with this device; uses up one of its pre-keys, if any is left."""
        one_time = self.prekeys.popleft() if self.prekeys else None
        signed = self.signed_prekey
        return PreKeyBundle(
            registration_id=self.registration_id,
            identity_key=KEY_TYPE + self.identity,
            signed_pre_key=PreKeyBundleKey(signed.key_id, KEY_TYPE + signed.public, signed.signature),
            pre_key=PreKeyBundleKey(one_time.key_id, KEY_TYPE + one_time.public) if one_time else None,
        )


class Phone:
    """One WhatsApp account with its primary device."""

    def __init__(self, number: str, name: str = "") -> None:
        self.number, self.name = number, name or number
        self.lid_user = str(10**14 + int(number) % 10**13)
        self.devices: dict[int, LinkedDevice] = {}
        self.picture: bytes | None = None
        """The profile picture (JPEG)."""
        self.hides_picture = False
        self.about = ""
        """What its owner says about themselves."""
        self.blocked: list[str] = []
        """Numbers that the account blocks."""
        self.business = ""
        """The name of a business that WhatsApp vouches for."""
        self.identity = CURVE.generate_keypair()
        self._registration_id = secrets.randbelow(16380) + 1
        self._signed_prekey = self._sign_prekey()
        self._keys = MemoryKeys()
        self._signal = self._open_signal()
        self._next_prekey = self._next_device = 1

    def __getstate__(self) -> dict[str, Any]:
        """Without the Signal repository: its locks belong to an event loop."""
        return {name: value for name, value in self.__dict__.items() if name != "_signal"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The repository keeps nothing of its own: build it anew over the same keys."""
        self.__dict__.update(state)
        self._signal = self._open_signal()

    @property
    def jid(self) -> str:
        """`number@s.whatsapp.net`."""
        return f"{self.number}@{DOMAIN}"

    @property
    def lid(self) -> str:
        """`lid@lid`."""
        return f"{self.lid_user}@lid"

    def next_device_id(self) -> int:
        """A device number never given before; 0 is the phone itself."""
        device_id, self._next_device = self._next_device, self._next_device + 1
        return device_id

    async def bundle_node(self, jid: str) -> Node:
        """The primary device's pre-key bundle, as the server hands it out under the name asked for."""
        pair = CURVE.generate_keypair()
        key_id, self._next_prekey = self._next_prekey, self._next_prekey + 1
        stored = {"public": pair.public, "private": pair.private}
        await self._keys.set({"pre-key": {str(key_id): stored}})
        signed = self._signed_prekey
        signed_prekey = SignedPreKey(_SIGNED_PREKEY_ID, signed.key_pair.public, signed.signature)
        one_time = PreKey(key_id, pair.public)
        return _bundle_node(jid, self._registration_id, self.identity.public, signed_prekey, one_time)

    async def decrypt(self, sender: str, *, kind: str, ciphertext: bytes) -> Proto:
        """The `wa.Message` a companion encrypted to this phone; raises whatever Signal objects to.

        `sender` is the companion's LID: a phone keeps one Signal session for each.
        """
        plain = await self._signal.decrypt_message(sender, message_type=kind, ciphertext=ciphertext)
        return wa.Message.FromString(plain[: -plain[-1]])

    async def encrypt_to(self, device: LinkedDevice, plaintext: bytes) -> Node:
        """The `<enc>` node of a serialized `wa.Message` from this phone to a companion."""
        if not await self._signal.validate_session(device.lid):
            await self._signal.inject_outgoing_session(device.lid, device.take_bundle())
        kind, ciphertext = await self._signal.encrypt_message(device.lid, data=_pad(plaintext))
        return Node("enc", {"v": "2", "type": kind}, ciphertext)

    async def encrypt_to_group(self, group: str, plaintext: bytes) -> tuple[bytes, bytes]:
        """The `skmsg` ciphertext of a serialized `wa.Message`, and the sender key that opens it.

        The key (a distribution message) opens this message and the later ones; whoever has it needs no other.
        """
        return await self._signal.encrypt_group_message(
            group_jid=group, me_jid=self.lid, data=_pad(plaintext)
        )

    async def learn_sender_key(self, group: str, sender: str, distribution: bytes) -> None:
        """Take the key a companion (its LID) will encrypt with in that group."""
        await self._signal.process_sender_key_distribution_message(
            group, author_jid=sender, distribution_bytes=distribution
        )

    async def decrypt_in_group(self, group: str, sender: str, ciphertext: bytes) -> Proto:
        """The `wa.Message` a companion (its LID) wrote to a group; raises what Signal objects to."""
        plain = await self._signal.decrypt_group_message(
            group_jid=group, author_jid=sender, ciphertext=ciphertext
        )
        return wa.Message.FromString(plain[: -plain[-1]])

    def _sign_prekey(self) -> SignedKeyPair:
        pair = CURVE.generate_keypair()
        signature = CURVE.sign(self.identity.private, KEY_TYPE + pair.public)
        return SignedKeyPair(key_pair=pair, key_id=_SIGNED_PREKEY_ID, signature=signature)

    def _open_signal(self) -> SignalRepository:
        credentials = AuthenticationCreds(
            noise_key=CURVE.generate_keypair(),
            pairing_ephemeral_key_pair=CURVE.generate_keypair(),
            signed_identity_key=self.identity,
            signed_pre_key=self._signed_prekey,
            registration_id=self._registration_id,
            adv_secret_key="",
        )
        return SignalRepository(AuthenticationState(creds=credentials, keys=self._keys))


def _pad(plaintext: bytes) -> bytes:
    """Up to 15 bytes, each of which says how many there are (whatsmeow, `padMessage`)."""
    length = secrets.randbelow(15) + 1
    return plaintext + bytes([length]) * length


def _bundle_node(
    jid: str, registration_id: int, identity: bytes, signed: SignedPreKey, one_time: PreKey | None
) -> Node:
    """A pre-key bundle (whatsmeow, prekeys.go, `nodeToPreKeyBundle`); numbers are big-endian."""
    skey = [
        Node("id", {}, signed.key_id.to_bytes(3, "big")),
        Node("value", {}, signed.public),
        Node("signature", {}, signed.signature),
    ]
    parts = [
        Node("registration", {}, registration_id.to_bytes(4, "big")),
        Node("type", {}, KEY_TYPE),
        Node("identity", {}, identity),
        Node("skey", {}, skey),
    ]
    if one_time is not None:
        key = [Node("id", {}, one_time.key_id.to_bytes(3, "big")), Node("value", {}, one_time.public)]
        parts.append(Node("key", {}, key))
    return Node("user", {"jid": jid}, parts)


def _bare(key: PreKeyBundleKey | None) -> PreKey | None:
    return PreKey(key.key_id, key.public_key.removeprefix(KEY_TYPE)) if key else None
