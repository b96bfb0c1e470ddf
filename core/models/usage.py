"""What sessions occupy on the disk, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from core.models.instance import InstanceState

GIB: Final = 1024**3
DISK_SIZES: Final = (1, 5, 10, 20, 50, 100)
"""GB: the disks that hosts sell and the cost table shows."""
SMALLER_BY: Final = 0.92
"""A disk sold as N GB shows less: tables of the file system, and GB that are 10^9 bytes."""
_NOT_RESERVED: Final = 0.9
"""File systems keep some percent of a disk for the administrator; what keeps more is a quota."""


@dataclass(frozen=True, slots=True)
class InstanceUsage:
    """What one instance occupies. Bytes are blocks really used, not file lengths."""

    instance_id: str
    name: str
    state: InstanceState
    session_bytes: int
    """``session.db`` with its WAL and shared-memory file, and any copy of it that was set aside."""
    history_bytes: int
    total_bytes: int
    """Everything in its folder."""
    growth_bytes: int | None
    """Change of the total over the last 7 days, or since its first sample; None before one is a day old."""
    last_write: float | None
    """Newest change of a file, in seconds since the epoch."""
    worker_bytes: int | None
    """Memory that its worker alone costs (proportional set size); None without a worker or a way to tell."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The file system that holds the sessions, as ``df`` sees it.

    What is kept back (for the system administrator, or by a quota) is neither used nor ours: how full the
    disk is, what is warned of and what fits are all reckoned without it.
    """

    size_bytes: int
    """Its nominal size: by it a disk is known among those that hosts sell; pages show ``shown_bytes``."""
    free_bytes: int
    """What this process may still write."""
    inodes: int
    """0 when the file system has no fixed number."""
    free_inodes: int
    reserved_bytes: int = 0
    """Free, but not for this process."""
    reserved_inodes: int = 0

    @property
    def used_bytes(self) -> int:
        """Return the bytes that all files take."""
        return self.size_bytes - self.reserved_bytes - self.free_bytes

    @property
    def usable_bytes(self) -> int:
        """Return the bytes in use and those that this process may still write."""
        return self.size_bytes - self.reserved_bytes

    @property
    def usable_inodes(self) -> int:
        """Return how many files there may be; 0 when they are not counted."""
        return self.inodes - self.reserved_inodes

    @property
    def shown_bytes(self) -> int:
        """Return the size that every page shows: as it was sold, else what can be used.

        A quota may leave so little of a disk that the size it was sold as tells nothing.
        """
        for size in DISK_SIZES:
            least = size * GIB * SMALLER_BY
            if least <= self.size_bytes <= size * GIB and self.usable_bytes >= least * _NOT_RESERVED:
                return size * GIB
        return self.usable_bytes

    @property
    def gigabytes(self) -> int:
        """Return what a host would charge for: whole GB, at least 1."""
        return max(1, math.ceil(self.shown_bytes / GIB))

    @property
    def used_share(self) -> float | None:
        """Return the used part of ``usable_bytes``, 0 to 1; None when the system tells no size."""
        return self.used_bytes / self.usable_bytes if self.usable_bytes > 0 else None

    @property
    def used_inodes_share(self) -> float | None:
        """Return the used part of ``usable_inodes``, 0 to 1; None when they are not counted."""
        whole = self.usable_inodes
        return (whole - self.free_inodes) / whole if whole > 0 else None


@dataclass(frozen=True, slots=True)
class UsageSample:
    """Total of one moment, for the chart."""

    at: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class InstancesSample:
    """What each instance occupied at one moment."""

    at: float
    bytes: Mapping[str, int]
    """By instance id."""


@dataclass(frozen=True, slots=True)
class UsageHistory:
    """What is kept of earlier measurements, oldest first."""

    totals: tuple[UsageSample, ...] = ()
    """One an hour for 7 days, before that one a day for a year."""
    instances: tuple[InstancesSample, ...] = field(default=())
    """One a day for 9 days."""


@dataclass(frozen=True, slots=True)
class UsageView:
    """The newest measurement: names, states and memory too are of that moment."""

    measured_at: float | None
    """Seconds since the epoch; None while the first measurement is under way."""
    instances: tuple[InstanceUsage, ...]
    """Oldest instance first."""
    trash_bytes: int
    other_bytes: int
    """Everything under ``AUTH_DIR`` that is neither an instance's nor in the trash."""
    total_bytes: int
    disk: DiskSpace | None
    """None when the system does not tell."""
    samples: tuple[UsageSample, ...]
    """Oldest first, over weeks."""
    growth_per_day: float | None
    """Bytes a day over the last 7 days; None while the samples cover less than a day of them."""
    full_at: float | None
    """When the disk is full at that growth, in seconds since the epoch.

    None when it does not grow or that lies more than ten years ahead.
    """
    warnings: tuple[str, ...]
    """Stable codes, the worse one of each kind: ``disk-80``, ``disk-95``, ``inodes-80``, ``inodes-95``."""
    problem: str
    """Stable code of why the newest measurement failed; empty when it did not.

    The figures are then the last that were had (``measured_at`` tells how old). Codes: those of
    ``StorageView.problem``, and ``usage-incomplete`` when something under ``AUTH_DIR`` could not be seen.
    """


@dataclass(frozen=True, slots=True)
class Price:
    """What a host charges. US dollars a month."""

    host: str
    plan: str
    plan_usd: float
    """The smallest plan that may have a disk; 0 where only the disk has a fixed price."""
    memory_bytes: int
    """Memory of that plan; 0 when it is not fixed."""
    gigabyte_usd: float
    read_on: date
    """When the price was read."""
    source: str
    """Address of the page it was read on."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What a US dollar costs in reais, and since when that is known."""

    brl_per_usd: float
    read_on: date
    """The day of the rate."""
    source: str = ""
    """Address of the page it was read on; empty for a rate that the operator has set."""


@dataclass(frozen=True, slots=True)
class CostRow:
    """One disk size: price a month, and how many instances like the present ones fit."""

    gigabytes: int
    disk_usd: float
    plan_usd: float
    total_usd: float
    fit_by_disk: int
    fit_by_memory: int
    first_limit: str
    """``disk`` or ``memory``: what runs out first."""
    present: bool
    """True for the disk that is mounted now: its true size and the container's true memory count."""


@dataclass(frozen=True, slots=True)
class CostView:
    """What sessions cost a month."""

    price: Price
    """Of the host that the table is for (Render)."""
    rows: tuple[CostRow, ...]
    elsewhere: tuple[Price, ...]
    """The next larger plan of the same host, and other hosts."""
    session_bytes: int
    """What one instance occupies: the mean of those that exist, else what was measured for a new one."""
    worker_bytes: int
    """The same for the memory of its worker."""
    typical: bool
    """True when one of the two figures is not from this installation's own instances."""
    room_left: int | None
    """How many more instances fit on the present disk and memory, MAX_INSTANCES included; None if unknown."""
    room_limit: str
    """``disk``, ``memory`` or ``setting``: what the figure above comes from."""
    rate: ExchangeRate
    """For sums in reais beside those in dollars."""
    max_instances: int
    """What the setting allows: no figure of what fits is shown beyond it."""
