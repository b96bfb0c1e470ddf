"""An instance: what is stored about it, what a page sees of it, its pairing, and it in the trash."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from core.models.health.sending import NOTHING_KNOWN, Ban, SelfTest, SendingHealth

QR_LIFETIMES_S: Final = (60, 20, 20, 20, 20, 20)
"""How long each QR of one batch is good for. Source: whatsmeow, ``qrchan.go``: 60 s for the first, 20 s for
each that follows; the server hands out six."""


class InstanceState(StrEnum):
    """Where an instance stands. Allowed changes: ``core.registry.lifecycle.ALLOWED``."""

    STOPPED = "stopped"
    STARTING = "starting"
    PAIRING = "pairing"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    FAILED = "failed"

    @property
    def running(self) -> bool:
        """Return True while a worker exists or the supervisor is about to start one."""
        return self in RUNNING


RUNNING = frozenset(
    {InstanceState.STARTING, InstanceState.PAIRING, InstanceState.CONNECTED, InstanceState.RECONNECTING}
)


class PresenceMode(StrEnum):
    """When an instance shows WhatsApp that its account is there. While it does, the phone does not ring."""

    AUTOMATIC = "automatic"
    """Once a day for a moment, so that WhatsApp does not take the linked device for an abandoned one."""
    NEVER = "never"
    ALWAYS = "always"
    """As long as it is connected."""


class PhoneSilence(IntEnum):
    """How long the phone of an instance has given no sign; WhatsApp unlinks its devices after 14 days."""

    NONE = 0
    NOTED = 10
    """The value is the day from which it holds."""
    URGENT = 12


DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """What ``instance.json`` holds: the part of an instance that outlives the process."""

    id: str
    name: str
    created_at: float
    """Seconds since the epoch."""
    wanted: bool
    """True when the instance should run: it starts with the process and is restarted when it dies."""
    phone: str = ""
    """Digits of the number that was linked last, country code first; empty before the first pairing."""
    linked: bool = False
    """True from a pairing until WhatsApp or the owner unlinks the device."""
    history: bool = field(default=False, metadata={"optional": True})
    """Whether the phone's recent chats are taken over when it is linked."""
    daily_test: float = field(default=0.0, metadata={"optional": True})
    """Since when it tests itself once a day, in seconds since the epoch; 0 when it does not."""
    self_test: SelfTest | None = field(default=None, metadata={"optional": True})
    """How the last self-test ended."""
    ban: Ban | None = field(default=None, metadata={"optional": True})
    """The last ban, over or not."""
    restricted_since: float = field(default=0.0, metadata={"optional": True})
    """Since when a restriction is suspected, in seconds since the epoch; 0 when none is."""
    new_contacts_allowed: float = field(default=0.0, metadata={"optional": True})
    """When its owner last ended a pause of new contacts, in seconds since the epoch; 0 for never."""
    presence: PresenceMode = field(default=PresenceMode.AUTOMATIC, metadata={"optional": True})
    receipts: bool = field(default=False, metadata={"optional": True})
    """Whether senders see ✓✓ as soon as a message is here, though the phone is off."""
    last_shown: float | None = field(default=None, metadata={"optional": True})
    """When it last showed that its account is there, in seconds since the epoch; None before it ever did."""
    phone_silent_since: float | None = field(default=None, metadata={"optional": True})
    """Last sign of the phone itself, to about an hour; later by the time in which none could be heard."""
    listened_at: float | None = field(default=None, metadata={"optional": True})
    """When it was last known to be connected, to about a day."""
    reject_calls: bool = field(default=False, metadata={"optional": True})
    """Whether calls are rejected as they ring."""
    reject_calls_text: str = field(default="", metadata={"optional": True}, repr=False)
    """What the caller then gets, once a day; empty: nothing."""
    moved_out_at: float = field(default=0.0, metadata={"optional": True})
    """When its session was handed out for another system, in seconds since the epoch; 0 once it was started
    here again."""


@dataclass(frozen=True, slots=True)
class ShowQr:
    """A step of a pairing: one QR to show until ``expires_at``."""

    code: str
    """The text inside the QR. Scanning it takes the session: never log it."""
    index: int
    """1 for the first of the batch."""
    total: int
    expires_at: float
    """Seconds since the epoch."""

    def __repr__(self) -> str:
        return f"ShowQr(index={self.index}, total={self.total}, expires_at={self.expires_at:.0f})"


@dataclass(frozen=True, slots=True)
class ShowPairingCode:
    """A step of a pairing: a code to type on the phone until ``expires_at``, instead of scanning."""

    code: str
    """Eight characters. Typing it takes the session: never log it."""
    number: str
    """Digits of the number it was asked for."""
    expires_at: float
    """Seconds since the epoch."""

    def __repr__(self) -> str:
        return f"ShowPairingCode(expires_at={self.expires_at:.0f})"


def qr_step(code: str, *, index: int, shown_at: float) -> ShowQr:
    """Return the step for the ``index``-th QR (from 1) of a batch that the core emitted at ``shown_at``."""
    lifetime = QR_LIFETIMES_S[0] if index == 1 else QR_LIFETIMES_S[-1]
    return ShowQr(
        code=code, index=index, total=max(index, len(QR_LIFETIMES_S)), expires_at=shown_at + lifetime
    )


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One instance as a page or ``/api/instances`` sees it; a copy, never live."""

    id: str
    name: str
    state: InstanceState
    reason: str
    """Stable code of why it is in this state (``wa-logged-out``); empty when there is nothing to explain."""
    detail: str
    """A short fact for the reason (a file name, an error); may be empty. Never a secret."""
    phone: str
    since: float
    """When ``state`` began, in seconds since the epoch."""
    restarts: int
    """Workers started after the first one since the instance was last started by a person or the process."""
    worker_pid: int | None
    qr: ShowQr | None
    """The QR to scan now; None unless the state is pairing."""
    next_try_at: float | None
    """When the next attempt is made, in seconds since the epoch; None when none is planned."""
    linked: bool
    created_at: float
    pairing_code: ShowPairingCode | None = None
    """The code to type on the phone instead; None unless one was asked for in this batch of QRs."""
    last_data_at: float | None = None
    """When data from WhatsApp last came in, in seconds since the epoch; None before any did."""
    worker_bytes: int | None = field(default=None, compare=False)
    """Memory of its worker (PSS) as last reported; None without a worker, or before its first report."""
    sending: SendingHealth = NOTHING_KNOWN
    """Whether it can send, and whether WhatsApp restricts it."""
    presence: PresenceMode = PresenceMode.AUTOMATIC
    receipts: bool = False
    """Whether senders see ✓✓ as soon as a message is here, though the phone is off."""
    last_shown: float | None = None
    """When it last showed that its account is there, in seconds since the epoch; None before it ever did."""
    moved_out_at: float = 0.0
    """When its session was handed out for another system, in seconds since the epoch; 0 when it was not."""
    phone_silent_since: float | None = None
    """Since when the phone itself has given no sign that could be heard, in seconds since the epoch."""
    reject_calls: bool = False
    """Whether calls are rejected as they ring."""
    reject_calls_text: str = field(default="", repr=False)
    """What the caller then gets, once a day; empty: nothing."""

    @property
    def is_moved_out(self) -> bool:
        """Return whether its session was handed out for another system and was not started here since."""
        return self.linked and bool(self.moved_out_at)

    def phone_silent_days(self, *, now: float) -> int:
        """Return for how many whole days the phone has given no sign; 0 while that cannot be told.

        It can be told while the instance is connected, and for a day after that.
        """
        hears = self.state is InstanceState.CONNECTED or (
            self.state is InstanceState.RECONNECTING and now - self.since < DAY_S
        )
        if not hears or self.phone_silent_since is None:
            return 0
        return max(0, int((now - self.phone_silent_since) // DAY_S))

    def phone_silence(self, *, now: float) -> PhoneSilence:
        """Return whether the owner should open WhatsApp on the phone, and how urgently."""
        days = self.phone_silent_days(now=now)
        return max(silence for silence in PhoneSilence if days >= silence)


@dataclass(frozen=True, slots=True)
class DeletedInstance:
    """What a page shows of a deleted instance."""

    trash_name: str
    """Its folder inside the trash; what restore and purge take."""
    id: str
    name: str
    phone: str
    linked: bool
    """True when its session is still whole: restored, it connects without a QR."""
    deleted_at: float
    """Seconds since the epoch."""
    purged_at: float
    """When it goes for good by itself."""
    moved_out: bool = False
    """True when its number was moved to another system: restored, it stays stopped."""
