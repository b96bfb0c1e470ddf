"""What is worth telling its owner about an installation, from the first sign to "well again"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Trouble(StrEnum):
    """What is wrong. On disk: a member that was released is never renamed.

    A new condition is a member here, its rank in ``_RANKS``, what makes it true in
    ``core.alerts.conditions`` and its sentences in ``core.alerts.words``.
    """

    OFFLINE = "offline"
    """A linked instance has had no connection for longer than its owner puts up with."""
    PHONE_SILENT = "phone-silent"
    """The phone has not been online for so long that WhatsApp may end the link."""
    NEW_REFUSED = "new-refused"
    """WhatsApp seems to refuse its messages to people who do not know it."""
    CANNOT_SEND = "cannot-send"
    """It is connected, and its messages do not get out."""
    FAILED = "failed"
    """The instance gave up."""
    RESTRICTED = "restricted"
    """WhatsApp restricted the account."""
    LOGGED_OUT = "logged-out"
    """The phone is no longer linked."""
    DISK = "disk"
    """The disk is nearly full, or nothing can be stored on it now."""
    BACKUP = "backup"
    """The last daily backup failed."""
    BACKUP_INSTANCES = "backup-instances"
    """The last daily backup was made, without the instances that it names."""
    BACKUP_HISTORY = "backup-history"
    """The last daily backup was made, without messages and history of the instances that it names."""
    ENGINE = "engine"
    """The WhatsApp core is old: WhatsApp refuses such without notice."""

    @property
    def rank(self) -> int:
        """Return how bad it is: within one incident only something worse is told anew."""
        return _RANKS[self]


_RANKS = {
    Trouble.PHONE_SILENT: 0,
    Trouble.NEW_REFUSED: 1,
    Trouble.OFFLINE: 2,
    Trouble.CANNOT_SEND: 3,
    Trouble.FAILED: 4,
    Trouble.RESTRICTED: 5,
    Trouble.LOGGED_OUT: 6,
    Trouble.BACKUP_HISTORY: 0,
    Trouble.BACKUP_INSTANCES: 1,
    Trouble.BACKUP: 2,
    Trouble.ENGINE: 0,
    Trouble.DISK: 0,
}


class Condition(IntEnum):
    """How a subject is at one moment."""

    WELL = 0
    TROUBLED = 1
    TENDED = 2
    """Its owner is at it, or it is on its way: neither well nor worth telling. What is open stays open."""
    LEFT = 3
    """Its owner stopped it, or it is gone: what is open ends without a word."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What is seen of one subject at one moment."""

    subject: str
    """The id of an instance; for what concerns the whole installation, the ``Trouble``."""
    name: str
    """Of the instance; for the installation the names of those it concerns, or empty."""
    condition: Condition
    trouble: Trouble | None = None
    """Given while troubled."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of one subject, from its opening to its end."""

    id: str
    subject: str
    name: str
    trouble: Trouble
    """What is wrong now, or was when it was last seen so."""
    worst: Trouble
    """The worst so far: that was told, and what is less bad is not told anew."""
    opened_at: float
    """Seconds since the epoch, as every moment here."""
    told_at: float
    """When a notice of it was last made."""
    turn: int = 1
    """1 for the first of its subject within a day: who comes and goes has to stay well for longer."""
    closed_at: float | None = None


class NoticeKind(StrEnum):
    """Why a notice is made. On disk."""

    OPENED = "opened"
    WORSE = "worse"
    """An open incident became a worse one."""
    REMINDER = "reminder"
    CLOSED = "closed"
    """Well again."""
    TEST = "test"
    """A person pressed the button that tries an address."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; its words are chosen when it leaves."""

    id: str
    kind: NoticeKind
    at: float
    incident_id: str = ""
    subject: str = ""
    """As the incident's; empty for a test."""
    trouble: Trouble | None = None
    """None for a test."""
    name: str = ""
    """Of the instance; empty for the installation."""
    opened_at: float = 0.0
    """When the incident began."""
