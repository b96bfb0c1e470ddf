"""What the emulator saw, in the shape both sides of the control API share.

The emulator fills these records, `as_json` sends them, and a test reads the same classes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class SessionView:
    """One open connection; `jid` and `number` are empty until it is logged in."""

    jid: str
    number: str
    refs: tuple[str, ...]
    """The QR references it was given; empty for a logged-in client."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One linked device, as the phone's list would show it."""

    number: str
    device_id: int
    jid: str
    platform: str
    prekeys: int
    """One-time keys the server still holds for it."""


@dataclass(frozen=True, slots=True)
class MediaView:
    """The media part of a message; `path` names the stored bytes, `key` (hex) decrypts them."""

    path: str
    mimetype: str
    length: int
    key: str
    caption: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message a client sent, as its recipient's phone decrypted it."""

    message_id: str
    sender: str
    """The sending device's JID."""
    sender_number: str
    to: str
    """The address the client wrote to: a JID or a LID."""
    to_number: str
    """The number behind `to`; empty when the emulator knows no such phone."""
    at: float
    """Unix time, seconds."""
    kinds: tuple[str, ...] = ()
    """The protobuf fields that were set: `conversation`, `imageMessage`, ..."""
    text: str = ""
    """Of a text or an edit."""
    media: MediaView | None = None
    error: str = ""
    """Why it could not be decrypted; empty when it could."""
    kind: str = ""
    """`text`, `image`, ... as in `content.KINDS`; empty for what has no class there."""
    quoted_id: str = ""
    """The message it answers."""
    target_id: str = ""
    """The message it votes on, reacts to, edits or takes back."""
    target_mine: bool = False
    """Whether it says that its own sender wrote that message."""
    target_author: str = ""
    """Whom it names as that message's author: an address, in groups only."""
    group: str = ""
    """The group it was written to, as an address; empty for a person."""
    readers: tuple[str, ...] = ()
    """The numbers whose phones could read it."""
    copies: int = 1
    """How often the client sent it under this id; phones see it once."""
    edit: str = ""
    """What the stanza calls it: `1` an edit, `7` taken back by its author."""

    def again(self) -> MessageView:
        """The same message, sent once more."""
        return replace(self, copies=self.copies + 1)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt a client sent: delivered (`kind` empty), `read`, `retry`, ..."""

    by: str
    number: str
    message_id: str
    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class PresenceView:
    """A client said that its owner is there (`available`), or not, or what they do in a chat.

    That is `composing` or `paused`.
    """

    number: str
    kind: str
    to_number: str = ""
    """In whose chat it types."""
    at: float = 0.0
    device: str = ""
    """Which of the account's devices said so: its JID."""
    name: str = ""
    """What the account calls itself, as far as it was said."""


@dataclass(frozen=True, slots=True)
class RejectedCallView:
    """A device told the server that it does not take a call."""

    number: str
    """Whose device."""
    call_id: str
    caller: str
    """Whose call it was; empty when the device named somebody else than who called it, or itself wrongly."""
    at: float


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What an account shows of itself, and the numbers that it blocks."""

    name: str
    about: str
    picture: bytes
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoginView:
    """A login that was accepted."""

    jid: str
    number: str
    at: float


@dataclass(frozen=True, slots=True)
class WorldState:
    """Everything the emulator saw since it started, oldest first.

    Tests share one emulator: ask by number (`messages_to`, `logins_of`, ...) instead of counting everything.
    """

    root_key: str
    connects: int
    """WebSocket connections asked for, refused ones included."""
    sessions: tuple[SessionView, ...]
    devices: tuple[DeviceView, ...]
    messages: tuple[MessageView, ...]
    receipts: tuple[ReceiptView, ...]
    presences: tuple[PresenceView, ...]
    logins: tuple[LoginView, ...]
    rejected_calls: tuple[RejectedCallView, ...]
    media: dict[str, int]
    """Files on the media host: path -> bytes stored, encrypted."""
    refused_hosts: dict[str, int]
    """Hosts that are not WhatsApp's -> how often the proxy was asked for them."""
    errors: tuple[str, ...]
    """What went wrong inside the emulator itself; not empty means the emulator has a gap."""

    def messages_to(self, number: str) -> tuple[MessageView, ...]:
        """Messages whose recipient is that number."""
        return tuple(item for item in self.messages if item.to_number == number)

    def messages_in(self, group: str) -> tuple[MessageView, ...]:
        """Messages to that group."""
        return tuple(item for item in self.messages if item.group == group)

    def messages_from(self, number: str) -> tuple[MessageView, ...]:
        """Messages that number's linked devices sent."""
        return tuple(item for item in self.messages if item.sender_number == number)

    def logins_of(self, number: str) -> tuple[LoginView, ...]:
        """Accepted logins of that number's linked devices."""
        return tuple(item for item in self.logins if item.number == number)

    def devices_of(self, number: str) -> tuple[DeviceView, ...]:
        """Devices linked to that number now."""
        return tuple(item for item in self.devices if item.number == number)

    def sessions_of(self, number: str) -> tuple[SessionView, ...]:
        """Logged-in connections of that number now."""
        return tuple(item for item in self.sessions if item.number == number)

    def presences_of(self, number: str) -> tuple[PresenceView, ...]:
        """What that number's linked devices said of their owner's presence and typing."""
        return tuple(item for item in self.presences if item.number == number)

    def receipts_of(self, number: str) -> tuple[ReceiptView, ...]:
        """Receipts that number's linked devices sent."""
        return tuple(item for item in self.receipts if item.number == number)

    def calls_rejected_by(self, number: str) -> tuple[RejectedCallView, ...]:
        """Calls that number's linked devices rejected."""
        return tuple(item for item in self.rejected_calls if item.number == number)

    def as_json(self) -> dict[str, Any]:
        """Plain data for the wire."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WorldState:
        """The inverse of `as_json`."""
        lists = {
            "sessions": tuple(SessionView(**{**i, "refs": tuple(i["refs"])}) for i in data["sessions"]),
            "devices": tuple(DeviceView(**item) for item in data["devices"]),
            "messages": tuple(_message(item) for item in data["messages"]),
            "receipts": tuple(ReceiptView(**item) for item in data["receipts"]),
            "presences": tuple(PresenceView(**item) for item in data["presences"]),
            "logins": tuple(LoginView(**item) for item in data["logins"]),
            "rejected_calls": tuple(RejectedCallView(**item) for item in data["rejected_calls"]),
            "errors": tuple(data["errors"]),
        }
        return cls(**{**data, **lists})


def _message(data: Mapping[str, Any]) -> MessageView:
    media = MediaView(**data["media"]) if data["media"] else None
    lists = {name: tuple(data[name]) for name in ("kinds", "readers")}
    return MessageView(**{**data, **lists, "media": media})
