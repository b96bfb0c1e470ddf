"""What sessions occupy on the disk, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.models.instance import InstanceState


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
    """Change of the total over the last 7 days; None before a sample that is a day old exists."""
    last_write: float | None
    """Newest change of a file, in seconds since the epoch."""
    worker_bytes: int | None
    """Memory that its worker alone costs (proportional set size); None without a worker or a way to tell."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The file system that holds the sessions."""

    size_bytes: int
    free_bytes: int
    """What this process may still write."""
    inodes: int
    """0 when the file system has no fixed number."""
    free_inodes: int


@dataclass(frozen=True, slots=True)
class UsageSample:
    """Total of one moment, for the chart."""

    at: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class UsageView:
    """The newest measurement, with its age."""

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
    """Bytes a day, from the samples; None while they cover less than a day."""
    full_at: float | None
    """When the disk is full at that growth, in seconds since the epoch; None when it does not grow."""
    warnings: tuple[str, ...]
    """Stable codes: ``disk-80``, ``disk-95``, ``inodes-80``, ``inodes-95``."""
    problem: str
    """Stable code of why the newest measurement failed; empty when it did not."""


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
    """True for the size of the disk that is mounted now."""


@dataclass(frozen=True, slots=True)
class CostView:
    """What sessions cost a month."""

    price: Price
    """Of the host that the table is for (Render)."""
    rows: tuple[CostRow, ...]
    elsewhere: tuple[Price, ...]
    session_bytes: int
    """What one instance occupies: the mean of those that exist, else what was measured for a new one."""
    worker_bytes: int
    """The same for the memory of its worker."""
    typical: bool
    """True when the two figures are not from this installation's own instances."""
    room_left: int | None
    """How many more instances fit on the present disk and memory, MAX_INSTANCES included; None if unknown."""
    room_limit: str
    """``disk``, ``memory`` or ``setting``: what the figure above comes from."""
