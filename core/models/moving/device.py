"""One linked device apart from any file format: what logs it in, and what its conversations go on with."""

from __future__ import annotations

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """A base whose members a log or a traceback shows by their class alone."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class DeviceKeys(Secret, frozen=True, kw_only=True):
    """What a device is. All of it is secret but the addresses; never in a log.

    Private and public keys are 32 bytes, signatures 64. Source: whatsmeow, store/store.go (`Device`).
    """

    jid: str
    """With the device: ``5511999990000:7@s.whatsapp.net``."""
    lid: str = ""
    """The same account without its number: ``123456789:7@lid``; empty where the source does not know it."""
    registration_id: int
    noise_private: bytes
    identity_private: bytes
    signed_prekey_id: int
    signed_prekey_private: bytes
    signed_prekey_signature: bytes
    adv_secret: bytes
    account_details: bytes
    """The protobuf that the phone signed."""
    account_signature: bytes
    account_signature_key: bytes
    device_signature: bytes
    platform: str = ""
    business_name: str = ""
    push_name: str = ""


class OneTimeKey(Secret, frozen=True, kw_only=True):
    """One of the keys with which a stranger may begin to write."""

    key_id: int
    private: bytes
    uploaded: bool
    """WhatsApp's server has it."""


class SenderKey(Secret, frozen=True, kw_only=True):
    """What opens the messages that one device of a member writes to a group."""

    chat: str
    """The group's address."""
    sender: str
    """Signal address of the member's device."""
    key: bytes
    """Serialized as whatsmeow stores it."""


class TrustToken(Secret, frozen=True, kw_only=True):
    """By what WhatsApp's server knows that a contact wants to hear from this account."""

    contact: str
    """Address of a number or a LID, without a device."""
    token: bytes
    at: int
    """When the contact gave it, in seconds since the epoch."""
    sent_at: int | None = None
    """When this account last gave its own, likewise."""


class AppStateKey(Secret, frozen=True, kw_only=True):
    """What opens the settings that the account's phone shares with its devices: names of contacts, mutes."""

    key_id: bytes
    data: bytes
    at: int
    """When the phone made it, in its own count; the largest is the one in use."""
    fingerprint: bytes
    """A protobuf: for which devices it was made."""


class Conversations(Secret, frozen=True, kw_only=True):
    """What keeps conversations going: without it, each known contact's first message needs a resend."""

    sessions: dict[str, bytes] = {}
    """Signal address (``123_1:0``) to the session, serialized as whatsmeow stores it."""
    identities: dict[str, bytes] = {}
    """Signal address to the public key, 32 bytes."""
    sender_keys: tuple[SenderKey, ...] = ()
    trust_tokens: tuple[TrustToken, ...] = ()
    app_state_keys: tuple[AppStateKey, ...] = ()
    one_time_keys: tuple[OneTimeKey, ...] = ()
    lid_of: dict[str, str] = {}
    """Digits of a number to those of its LID."""
    next_key_id: int = 1
    """No one-time key below this is ever made again."""


class FoundDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device in an upload, as a person chooses it. Holds no secret."""

    index: int
    """Its place in the upload."""
    number: str
    """Digits."""
    device: int
    """Its number among the account's linked devices."""
    name: str
    """What the account calls itself; may be empty."""
    keys: int
    """One-time keys."""
    conversations: int
    """Signal sessions: people's devices that it can go on writing to."""
    moved_out_at: float = 0.0
    """Of an instance in a backup: when its session was handed out for another system, in seconds since the
    epoch; 0 when it was not."""

    @property
    def jid(self) -> str:
        """Return the device's address."""
        return f"{self.number}:{self.device}@s.whatsapp.net"


class MoveRefusedError(Exception):
    """It cannot be moved; ``code`` says why, ``detail`` which part, without secrets."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail
