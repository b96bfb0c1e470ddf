"""What the diagnostics show: self-checks, starts on record, lines of the log, and the core's release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from core.models.persistence import GuideCheck


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"
    """This system does not tell, or the check was not made yet."""


class SelfCheck(StrEnum):
    """The self-checks, in the order of the page. Each says what its ``Check.value`` holds."""

    PYTHON_VERSION = "python-version"
    """The running version; when it is not the tested one, that in brackets."""
    PYTHON_WEAKNESSES = "python-weaknesses"
    """The running version, or that, the first patch without its weaknesses, and their names."""
    PACKAGES = "packages"
    """How many packages are installed as pinned, or which are not."""
    ENGINE_AGE = "engine-age"
    """Version of the WhatsApp core and the day of its source."""
    LIBMAGIC = "libmagic"
    """Version."""
    FFMPEG = "ffmpeg"
    """Version."""
    FFPROBE = "ffprobe"
    """Version."""
    PROXY = "proxy"
    """Variable and address without its password; empty when there is none."""
    CLOCK = "clock"
    """UTC now, or by how many seconds the clock jumped.

    A clock that was wrong from the start is seen by ``CLOCK_SKEW`` only.
    """
    TIME_ZONE = "time-zone"
    """Name and offset."""
    DISK_WRITE = "disk-write"
    """Time of one durable write."""
    DISK_SPACE = "disk-space"
    """Share used (free / size)."""
    INODES = "inodes"
    """Share used (free / all)."""
    PERMISSIONS = "permissions"
    """Mode and owner; how many are wrong, and the first of them."""
    OWNER_LOCK = "owner-lock"
    """The owner's process id."""
    FILE_DESCRIPTORS = "file-descriptors"
    """Used / limit."""
    MEMORY = "memory"
    """Share used (used / limit)."""
    BOOTS = "boots"
    """Starts, how many of them were deploys, and the day of the first: ``12 / 3, 2026-11-01``."""
    BACKUP = "backup"
    """When the last daily backup arrived: ``2026-11-26 03:00 UTC``."""
    NETWORK_NAME = "network-name"
    """Time that the look-up took; of the proxy's name, with one."""
    NETWORK_CONNECT = "network-connect"
    """Time that the connection took; when refused, what was said."""
    NETWORK_TLS = "network-tls"
    """Version of the protocol."""
    NETWORK_ANSWER = "network-answer"
    """Time until the answer."""
    CLOCK_SKEW = "clock-skew"
    """By how much this clock is ahead (+) of WhatsApp's or behind (-)."""
    ENGINE_NEWEST = "engine-newest"
    """Version of the installed core; when there is a newer one, that after a comma."""


class CheckReason(StrEnum):
    """Why a check of any kind is not good."""

    CHECK_FAILED = "check-failed"
    """The check itself broke; the log says how."""
    DISK_HANGS = "disk-hangs"
    """The disk did not answer in time."""
    AUTH_DIR_MISSING = "auth-dir-missing"
    """The folder is not there."""
    NOT_TOLD = "not-told"
    """This system does not tell."""
    OPENING = "opening"
    """The folder is not open yet."""


class SelfCheckReason(StrEnum):
    """Why a self-check is not good."""

    PYTHON_NOT_TESTED = "python-not-tested"
    PYTHON_WEAK = "python-weak"
    PACKAGES_MISSING = "packages-missing"
    PACKAGES_DIFFER = "packages-differ"
    PACKAGES_NO_LIST = "packages-no-list"
    ENGINE_OLD = "engine-old"
    """Over 90 days."""
    ENGINE_VERY_OLD = "engine-very-old"
    """Over a year."""
    ENGINE_DATE_UNKNOWN = "engine-date-unknown"
    ENGINE_MISSING = "engine-missing"
    ENGINE_NEWER = "engine-newer"
    """The package index knows a newer one."""
    ENGINE_INDEX_SILENT = "engine-index-silent"
    """The package index did not answer, or pip is not there to ask it."""
    LIBMAGIC_MISSING = "libmagic-missing"
    PROGRAM_MISSING = "program-missing"
    PROGRAM_BROKEN = "program-broken"
    """It is there and does not run."""
    PROGRAM_OLD = "program-old"
    """It does not know what it is asked for."""
    PROXY_IGNORED = "proxy-ignored"
    """A variable that WhatsApp's connection does not honour: only HTTPS_PROXY counts."""
    PROXY_BYPASSED = "proxy-bypassed"
    """NO_PROXY excepts WhatsApp."""
    PROXY_UNUSABLE = "proxy-unusable"
    CLOCK_IN_THE_PAST = "clock-in-the-past"
    """Before the core was made."""
    CLOCK_JUMPED = "clock-jumped"
    """Set since the start."""
    TIME_ZONE_UNKNOWN = "time-zone-unknown"
    """TZ names none that this system has."""
    DISK_SLOW = "disk-slow"
    """Over 250 ms."""
    DISK_80 = "disk-80"
    DISK_95 = "disk-95"
    INODES_80 = "inodes-80"
    INODES_95 = "inodes-95"
    INODES_NOT_COUNTED = "inodes-not-counted"
    PERMISSIONS_TOO_OPEN = "permissions-too-open"
    PERMISSIONS_NOT_OURS = "permissions-not-ours"
    OWNER_LOCK_LOST = "owner-lock-lost"
    """The folder was removed underneath."""
    DESCRIPTORS_80 = "descriptors-80"
    DESCRIPTORS_95 = "descriptors-95"
    MEMORY_80 = "memory-80"
    MEMORY_95 = "memory-95"
    BOOTS_NONE = "boots-none"
    """No start is on record."""
    BACKUP_OFF = "backup-off"
    """None is made by itself."""
    BACKUP_NOT_YET = "backup-not-yet"
    """None has arrived so far."""
    BACKUP_OLD = "backup-old"
    """Over two days."""
    BACKUP_FAILED = "backup-failed"
    """The last attempt did."""
    NAME_UNKNOWN = "name-unknown"
    NETWORK_TIMEOUT = "network-timeout"
    CONNECT_REFUSED = "connect-refused"
    CONNECT_FAILED = "connect-failed"
    PROXY_REFUSED = "proxy-refused"
    PROXY_PASSWORD = "proxy-password"  # noqa: S105  # a reason
    """The proxy wants another password."""
    PROXY_NOT_TRIED = "proxy-not-tried"
    """An https proxy: this check cannot go through it, the core can."""
    TLS_EXPIRED = "tls-expired"
    TLS_NOT_YET_VALID = "tls-not-yet-valid"
    TLS_SELF_SIGNED = "tls-self-signed"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_WRONG_NAME = "tls-wrong-name"
    TLS_NONE = "tls-none"
    """Something else than a TLS server answers."""
    TLS_FAILED = "tls-failed"
    ANSWER_NONE = "answer-none"
    ANSWER_SLOW = "answer-slow"
    """Over 2 s."""
    CLOCK_SKEW = "clock-skew"
    """A warning over 30 s, bad over 5 minutes."""
    CLOCK_NO_DATE = "clock-no-date"
    NOT_REACHED = "not-reached"
    """Not asked, because a step before it failed."""


CheckCode = SelfCheck | GuideCheck


@dataclass(frozen=True, slots=True)
class Check:
    """One question about this installation, answered."""

    code: CheckCode
    """The question; becomes its title and explanation."""
    verdict: Verdict
    reason: str = ""
    """Why it is not good; becomes the sentence of what was found and what to do. Empty when all is well.

    A ``CheckReason``, ``SelfCheckReason``, ``GuideReason``, ``PersistenceReason`` or ``StorageProblem``.
    """
    value: str = ""
    """What was measured, the same in every language (``3.2 ms``, ``3.11.7``). Never a secret."""


class StartChange(StrEnum):
    """What had changed since the start before."""

    FIRST = "first"
    """The first one on this disk."""
    RESTART = "restart"
    """Nothing: the same machine, container and deploy, as far as the system tells."""
    REPLACED = "replaced"
    """Another machine, container or deploy; on a machine of one's own a reboot."""
    MOVED = "moved"
    """The folder had come to another disk."""
    NOT_KEPT = "not-kept"
    """Unknown: the start before is no longer on record."""


@dataclass(frozen=True, slots=True)
class StartView:
    """One start of the app as a page sees it, without the machine that it was on."""

    at: float
    """Seconds since the epoch."""
    change: StartChange
    instances: int
    """How many it found."""
    linked: int
    """How many of them had a session to restore."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record of this installation's log, with numbers and QRs masked."""

    at: float
    """When it was written, in seconds since the epoch."""
    level: str
    """DEBUG, INFO, WARNING, ERROR or CRITICAL."""
    source: str
    """The module that wrote it; ``worker`` for what a worker's core wrote past the logging."""
    text: str
    """May have several lines (a traceback)."""


ENGINE_OLD_DAYS: Final = 90
"""A core older than this is warned about: WhatsApp stops accepting old ones without notice."""


@dataclass(frozen=True, slots=True)
class EngineRelease:
    """Version and age of the installed WhatsApp core. WhatsApp refuses cores that are too old."""

    version: str
    released: date
    age_days: int

    @classmethod
    def of(cls, version: str, built: date | None, *, today: date) -> EngineRelease:
        """Return it as of ``today``; without a day of its making, it counts as made today."""
        released = built or today
        return cls(version, released, (today - released).days)

    @property
    def is_old(self) -> bool:
        """Return whether it is old enough to be warned about."""
        return self.age_days > ENGINE_OLD_DAYS
