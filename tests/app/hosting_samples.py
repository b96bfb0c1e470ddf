"""What the services of hosting answer in a scene: the light, a measurement, prices, the guide's checks."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from typing import Any, Final

from core.models.diagnostics import Check, Verdict
from core.models.instance import InstanceState
from core.models.persistence import (
    GuideCheck,
    HostKind,
    Mount,
    PersistenceReason,
    PersistenceStatus,
    PersistenceView,
)
from core.models.usage import CostRow, CostView, DiskSpace, ExchangeRate, InstanceUsage, Price, UsageView


def light(status: PersistenceStatus, reason: str, **more: Any) -> PersistenceView:
    """The persistence light, on a disk at `/data` on Render unless `more` says otherwise."""
    plain = PersistenceView(
        status=status,
        reason=PersistenceReason(reason),
        host=HostKind.RENDER,
        auth_dir="/data/whatsapp_auth",
        auth_dir_given=True,
        mount=Mount("/data", "ext4", "/dev/disk"),
        restarts=0,
        deploys=0,
        proven_since=None,
        empty_since=None,
    )
    return replace(plain, **more)


def measured(*found: InstanceUsage, **more: Any) -> UsageView:
    """A measurement of a moment ago, on a disk of 1 GB that is far from full."""
    plain = UsageView(
        measured_at=time.time() - 5,
        instances=found,
        trash_bytes=0,
        other_bytes=4096,
        total_bytes=sum(each.total_bytes for each in found) + 4096,
        disk=DiskSpace(1024**3, 900 * 1024**2, 65_536, 60_000),
        samples=(),
        growth_per_day=None,
        full_at=None,
        warnings=(),
        problem="",
    )
    return replace(plain, **more)


def occupied(instance_id: str = "loja-1", name: str = "Loja", **more: Any) -> InstanceUsage:
    """What a connected instance occupies."""
    plain = InstanceUsage(
        instance_id=instance_id,
        name=name,
        state=InstanceState.CONNECTED,
        session_bytes=300 * 1024,
        history_bytes=100 * 1024,
        total_bytes=420 * 1024,
        growth_bytes=None,
        last_write=time.time() - 60,
        worker_bytes=18 * 1024**2,
    )
    return replace(plain, **more)


RENDER_PRICE: Final = Price(
    "Render", "Starter", 7.0, 512 * 1024**2, 0.25, datetime.date(2026, 9, 1), "https://render.com/pricing"
)
RAILWAY_PRICE: Final = Price(
    "Railway", "", 0.0, 0, 0.15, datetime.date(2026, 9, 1), "https://railway.com/pricing"
)


def priced(**more: Any) -> CostView:
    """What sessions cost at Render, for 1 and 10 GB; the first is the present disk."""
    plain = CostView(
        price=RENDER_PRICE,
        rows=(
            CostRow(1, 0.25, 7.0, 7.25, 1500, 18, "memory", present=True),
            CostRow(10, 2.5, 7.0, 9.5, 15_000, 18, "memory", present=False),
        ),
        elsewhere=(RAILWAY_PRICE,),
        session_bytes=700 * 1024,
        worker_bytes=17 * 1024**2,
        typical=False,
        room_left=12,
        room_limit="memory",
        rate=ExchangeRate(5.5, datetime.date(2026, 11, 20), "https://www.bcb.gov.br/"),
        max_instances=50,
    )
    return replace(plain, **more)


GUIDE: Final = (
    Check(GuideCheck.DISK_ATTACHED, Verdict.GOOD, value="ext4 /dev/disk"),
    Check(GuideCheck.MOUNTED_WHERE, Verdict.GOOD, value="/data"),
    Check(GuideCheck.AUTH_DIR_SET, Verdict.GOOD, value="/data/whatsapp_auth"),
    Check(GuideCheck.AUTH_DIR_ON_DISK, Verdict.GOOD, value="/data"),
    Check(GuideCheck.WRITABLE, Verdict.GOOD, value="2.0 ms"),
    Check(GuideCheck.REDEPLOYED, Verdict.GOOD, value="2"),
    Check(GuideCheck.SESSIONS_RESTORED, Verdict.GOOD, value="3"),
)
