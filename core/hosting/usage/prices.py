"""What hosts charge, and how many instances fit on what one pays for. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.hosting.checks.memory import MemoryRoom
from core.models.usage import (
    DISK_SIZES,
    GIB,
    SMALLER_BY,
    CostRow,
    CostView,
    DiskSpace,
    ExchangeRate,
    InstanceUsage,
    Price,
    UsageView,
)

_MIB: Final = 1024**2
# Read in September and October 2026; the oldest day that this allows, so that none looks fresher than it is.
_READ_ON: Final = date(2026, 9, 1)
RENDER: Final = Price(
    host="Render",
    plan="Starter",
    plan_usd=7.0,
    memory_bytes=512 * _MIB,
    gigabyte_usd=0.25,
    read_on=_READ_ON,
    source="https://render.com/pricing",
)
ELSEWHERE: Final = (
    replace(RENDER, plan="Standard", plan_usd=25.0, memory_bytes=2048 * _MIB),
    Price(
        host="Fly.io",
        plan="",
        plan_usd=0.0,
        memory_bytes=0,
        gigabyte_usd=0.15,
        read_on=_READ_ON,
        source="https://fly.io/docs/about/pricing/",
    ),
    Price(
        host="Railway",
        plan="",
        plan_usd=0.0,
        memory_bytes=0,
        gigabyte_usd=0.15,
        read_on=_READ_ON,
        source="https://docs.railway.com/reference/pricing",
    ),
)
RATE: Final = ExchangeRate(
    brl_per_usd=5.4828,
    read_on=date(2025, 8, 21),
    source="https://www.bcb.gov.br/estabilidadefinanceira/historicocotacoes",
)
"""PTAX of the central bank of Brazil, selling rate. ``BRL_PER_USD`` replaces it by a newer one."""
DISK_USABLE: Final = 0.80
"""Instances are planned for so much of the disk: up to where the warning begins."""
MEMORY_USABLE: Final = 0.90
"""The same of the memory: the rest is for moments of more, such as a start of all or a download."""
TYPICAL_SESSION_BYTES: Final = 320_000
"""Measured: a new paired instance, session, timeline and all."""
WORKER_BYTES: Final = 15 * _MIB
"""Measured: what a worker takes before its first instance (PSS)."""
SEAT_BYTES: Final = 11 * _MIB // 4
"""Measured: what each instance in it adds: 0.8 MB at first, 2.4 MB after half an hour of traffic."""
TYPICAL_WEB_BYTES: Final = 112 * _MIB
"""Measured: the web process after half an hour of visits and messages."""
PRELOADER_BYTES: Final = 20 * _MIB
"""Measured: its share with five workers, rounded up. With more workers instance pays less."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the settings allow."""

    instances: int
    """As many may exist."""
    seats: int
    """As many of them share a worker."""


def cost_view(
    usage: UsageView,
    memory: MemoryRoom,
    *,
    gigabyte_usd: float,
    capacity: Capacity,
    rate: ExchangeRate = RATE,
) -> CostView:
    """Return the cost table and the room left, from a measurement. ``gigabyte_usd``: dollars a GB-month."""
    price = replace(RENDER, gigabyte_usd=gigabyte_usd)
    session = _mean([instance.total_bytes for instance in usage.instances if instance.session_bytes])
    shares = [instance.worker_bytes for instance in usage.instances if instance.worker_bytes]
    need = _Need(session or TYPICAL_SESSION_BYTES, _seat(shares, capacity.seats), _own_bytes(memory))
    left, limit = _room_left(usage, memory, need, max_instances=capacity.instances)
    return CostView(
        price=price,
        rows=_rows(usage, _fit_here(usage.instances, memory, need), need, price),
        elsewhere=ELSEWHERE,
        session_bytes=need.disk,
        worker_bytes=need.memory,
        typical=not (session and shares),
        room_left=left,
        room_limit=limit,
        rate=rate,
        max_instances=capacity.instances,
    )


@dataclass(frozen=True, slots=True)
class _Need:
    """What one instance takes, and what is taken before the first."""

    disk: int
    memory: int
    own: int
    """Memory of the web process and the preloader."""

    def fit_by_disk(self, usable: float) -> int:
        return max(0, math.floor(usable / self.disk))

    def fit_by_memory(self, limit: int) -> int:
        return max(0, math.floor((limit * MEMORY_USABLE - self.own) / self.memory))


def _rows(usage: UsageView, here: int | None, need: _Need, price: Price) -> tuple[CostRow, ...]:
    """Return a row for each size. ``here``: how many instances fit in this machine's memory, if known."""
    by_plan = need.fit_by_memory(price.memory_bytes)
    disk = usage.disk
    present = disk.gigabytes if disk else 0
    return tuple(
        _row(size, disk, by_plan if here is None else here, need, price)
        if size == present
        else _row(size, None, by_plan, need, price)
        for size in sorted({*DISK_SIZES, present} - {0})
    )


def _row(gigabytes: int, disk: DiskSpace | None, by_memory: int, need: _Need, price: Price) -> CostRow:
    """Return one row; ``disk`` is the mounted one when the row is about it."""
    size = disk.usable_bytes if disk else gigabytes * GIB * SMALLER_BY
    by_disk = need.fit_by_disk(size * DISK_USABLE)
    disk_usd = round(gigabytes * price.gigabyte_usd, 2)
    return CostRow(
        gigabytes=gigabytes,
        disk_usd=disk_usd,
        plan_usd=price.plan_usd,
        total_usd=round(disk_usd + price.plan_usd, 2),
        fit_by_disk=by_disk,
        fit_by_memory=by_memory,
        first_limit="disk" if by_disk < by_memory else "memory",
        present=disk is not None,
    )


def _room_left(
    usage: UsageView, memory: MemoryRoom, need: _Need, *, max_instances: int
) -> tuple[int | None, str]:
    """Return how many more instances fit, and which of disk, memory and setting limits them."""
    disk = usage.disk
    if usage.measured_at is None or disk is None:
        return None, "setting"
    rooms = [
        (need.fit_by_disk(disk.usable_bytes * DISK_USABLE - disk.used_bytes), "disk"),
        (max(0, max_instances - len(usage.instances)), "setting"),
    ]
    if (by_memory := _room_in_memory(usage.instances, memory, need)) is not None:
        rooms.append((by_memory, "memory"))
    return min(rooms, key=lambda room: room[0])


def _fit_here(instances: Sequence[InstanceUsage], memory: MemoryRoom, need: _Need) -> int | None:
    """Return how many instances in all fit in this machine's memory, as the room left counts them."""
    room = _room_in_memory(instances, memory, need)
    return None if room is None else room + len(instances)


def _room_in_memory(instances: Sequence[InstanceUsage], memory: MemoryRoom, need: _Need) -> int | None:
    """Count every instance that exists as running: it may be started at any time."""
    if memory.limit_bytes is not None:
        return max(0, need.fit_by_memory(memory.limit_bytes) - len(instances))
    if memory.available_bytes is None:
        return None
    stopped = sum(instance.worker_bytes is None for instance in instances)
    return max(0, math.floor(memory.available_bytes * MEMORY_USABLE / need.memory) - stopped)


def _seat(shares: Sequence[int], seats: int) -> int:
    """Return what an instance takes in a worker that is full, which those of now may not be.

    Never less than is typical: what has just connected promises room that its messages will need.
    """
    typical = WORKER_BYTES // seats + SEAT_BYTES
    if not shares:
        return typical
    empty = math.ceil(len(shares) / seats) * WORKER_BYTES
    return max(typical, math.ceil((sum(shares) - empty) / len(shares)) + WORKER_BYTES // seats)


def _own_bytes(memory: MemoryRoom) -> int:
    return (memory.web_bytes or TYPICAL_WEB_BYTES) + PRELOADER_BYTES


def _mean(figures: Sequence[int]) -> int:
    """Return the mean, rounded up; 0 when there are no figures."""
    return math.ceil(sum(figures) / len(figures)) if figures else 0
