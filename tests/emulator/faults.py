"""What goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

Failure = Mapping[str, str]
"""Attributes of a `<failure>` stanza, sent where a login would succeed."""

BANNED: Final[Failure] = {"reason": "402", "code": "101", "expire": "3600"}
"""Temporary ban, one hour; 101 is "too many messages to strangers" (whatsmeow, types/events)."""
OUTDATED: Final[Failure] = {"reason": "405"}
"""This version of the client is no longer served."""
LOGGED_OUT: Final[Failure] = {"reason": "401"}
"""The device is not linked (any more)."""
MAIN_DEVICE_GONE: Final[Failure] = {"reason": "403"}
"""The account's phone is gone, and its linked devices with it."""
UNAVAILABLE: Final[Failure] = {"reason": "503"}
"""The server cannot now: the core tries again by itself."""


@dataclass(slots=True)
class Faults:
    """Everything that can be set through the control API; a new one means: all is well."""

    refuse: bool = False
    """The WebSocket upgrade is answered 503."""
    network_down: bool = False
    """New connections are closed unanswered; those that exist stay (use `drop`)."""
    blackhole: bool = False
    """The upgrade succeeds, the handshake is never answered."""
    failure: Failure = field(default_factory=dict)
    """Sent instead of `<success>`, and instead of a QR code."""
    delay_success_s: float = 0.0
    """Seconds between a correct login and `<success>`."""
    mute_acks: bool = False
    """Messages are received but never acknowledged."""
    ack_error: str = ""
    """Messages are refused with this error code."""
    stranger_error: str = ""
    """Messages to people are refused with this error code, unless a message went between the two before."""
    phones_off: bool = False
    """Phones confirm nothing to their own linked devices."""
    ack_delay_s: float = 0.0
    """Seconds before a message is acknowledged; other stanzas go on meanwhile."""
    hold_acks: bool = False
    """Acks wait until they are released."""
    duplicate_acks: int = 0
    """How many more times each ack is sent."""
    stray_acks: bool = False
    """Before each ack comes one for a message nobody sent."""
    receipts_first: bool = False
    """Delivery is confirmed before the message is acknowledged."""
    cut_before: int = 0
    """The next messages, so many, are lost with their connection, as if never sent."""
    cut_after: int = 0
    """The next messages, so many, arrive, but their connection ends unacknowledged."""
    only_numbers: frozenset[str] = frozenset()
    """Limits failure, the delay of a login and what happens to messages to these numbers' sessions; empty:
    everyone."""
    unknown_numbers: frozenset[str] = frozenset()
    """Numbers that have no WhatsApp, whatever else the emulator knows of them."""
    unlisted_groups: frozenset[str] = frozenset()
    """Addresses of groups that the list of an account's groups leaves out, though their messages arrive."""
    latency_s: float = 0.0
    """Seconds before each stanza of a client is looked at."""
    qr_refs: int = 6
    """How many QR codes a client gets to show."""
    passkey: bool = False
    """After a scan or a code the server asks the client for a passkey instead of linking it."""
    auto_deliver: bool = True
    """Recipients confirm delivery at once."""

    media_status: int = 0
    """The media host answers every upload and download with this HTTP status; 0: it works."""
    half_answers: int = 0
    """The next uploads, so many, arrive, but their answer ends in the middle."""
    media_delay_s: float = 0.0
    """Seconds before the media host answers."""
    media_padding: int = 0
    """So many bytes more than its message says has every file that somebody writes from now on."""
    corrupt_media: bool = False
    """Downloads differ from what was stored in one bit."""

    def hits(self, number: str) -> bool:
        """Whether the per-number faults apply to that number's sessions."""
        return not self.only_numbers or number in self.only_numbers

    def update(self, values: Mapping[str, object]) -> None:
        """Set what is named; raises `ValueError` for a name that is no fault, before changing anything."""
        unknown = values.keys() - {item.name for item in fields(self)}
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, _as_type(value, type(getattr(self, name))))


def _as_type(value: object, kind: type) -> object:
    """JSON has no sets and tests write numbers for codes: give the field what it declares."""
    if kind is dict:
        if not isinstance(value, Mapping):
            raise ValueError(f"not a mapping: {value!r}")
        return {str(name): str(item) for name, item in value.items()}
    return kind(value)
