"""What the samples of use tell: growth, when the disk is full, and which samples are worth keeping. Pure."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Final

from core.hosting.checks.machine import grade
from core.models.diagnostics import SelfCheckReason
from core.models.usage import DiskSpace, InstancesSample, UsageHistory, UsageSample

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S
WINDOW_S: Final = 7 * DAY_S
"""Growth is that of this long; totals are kept hourly for it."""
KEPT_S: Final = 366 * DAY_S
"""Older than the window, one total a day is kept for so long."""
_INSTANCES_KEPT_S: Final = WINDOW_S + 2 * DAY_S
_FARTHEST_S: Final = 3650 * DAY_S
"""A disk that lasts longer at its present growth does not grow, for all that matters here."""
_CLOCK_WAS_SET: Final = 1_577_836_800.0
"""2020-01-01: a machine whose clock shows less has not been told the time yet."""


def is_due(history: UsageHistory, *, now: float) -> bool:
    """Return whether this hour has no sample yet."""
    if now < _CLOCK_WAS_SET:
        return False
    return not any(sample.at // HOUR_S == now // HOUR_S for sample in history.totals[-1:])


def with_sample(
    history: UsageHistory, *, now: float, total: int, instances: Mapping[str, int]
) -> UsageHistory:
    """Return ``history`` with the sample of this moment, thinned: its size is bounded however long it runs.

    Samples from the future go: the clock was wrong when they were taken, and they would block all later ones.
    """
    totals = [sample for sample in history.totals if now - KEPT_S <= sample.at < now]
    totals.append(UsageSample(now, total))
    samples = [sample for sample in history.instances if now - _INSTANCES_KEPT_S <= sample.at < now]
    if not samples or samples[-1].at // DAY_S != now // DAY_S:
        samples.append(InstancesSample(now, dict(instances)))
    return UsageHistory(totals=_thinned(totals, now=now), instances=tuple(samples))


def _thinned(totals: Sequence[UsageSample], *, now: float) -> tuple[UsageSample, ...]:
    def period(sample: UsageSample) -> tuple[bool, float]:
        recent = sample.at >= now - WINDOW_S
        return recent, sample.at // (HOUR_S if recent else DAY_S)

    return tuple(next(group) for _, group in itertools.groupby(totals, period))


def instance_growth(history: UsageHistory, instance_id: str, *, now: float, total: int) -> int | None:
    """Return the change of an instance's ``total`` over 7 days, or since its first sample if that is later.

    None before a sample that is a day old exists.
    """
    old = [
        (sample.at, sample.bytes[instance_id])
        for sample in history.instances
        if instance_id in sample.bytes and sample.at <= now - DAY_S
    ]
    if not old:
        return None
    week_ago = [pair for pair in old if pair[0] <= now - WINDOW_S]
    return total - (week_ago[-1] if week_ago else old[0])[1]


def growth_per_day(totals: Sequence[UsageSample], *, now: float) -> float | None:
    """Return bytes a day over the last 7 days; None while the samples of that time cover less than a day.

    The median of the slopes between all pairs of samples (Theil-Sen): a single jump, as when an instance is
    deleted for good or a session restored, does not bend it, where a least-squares line would follow it.
    Source: Sen, P. K. (1968), doi:10.1080/01621459.1968.10480934.
    """
    recent = [sample for sample in totals if now - WINDOW_S <= sample.at <= now]
    if not recent or recent[-1].at - recent[0].at < DAY_S:
        return None
    slopes = [
        (later.total_bytes - earlier.total_bytes) / (later.at - earlier.at)
        for earlier, later in itertools.combinations(recent, 2)
        if later.at > earlier.at
    ]
    return statistics.median(slopes) * DAY_S


def full_at(growth: float | None, disk: DiskSpace | None, *, now: float) -> float | None:
    """Return when the disk is full at that growth, in seconds since the epoch.

    None when it does not grow, when that is not known, and beyond ten years.
    """
    if growth is None or disk is None or growth <= 0:
        return None
    left = disk.free_bytes / growth * DAY_S
    return now + left if math.isfinite(left) and left <= _FARTHEST_S else None


def warnings(disk: DiskSpace | None) -> tuple[str, ...]:
    """Return what runs out, the worse of each: ``disk-80``, ``disk-95``, ``inodes-80``, ``inodes-95``."""
    if disk is None:
        return ()
    shares = (
        (disk.used_share, SelfCheckReason.DISK_80, SelfCheckReason.DISK_95),
        (disk.used_inodes_share, SelfCheckReason.INODES_80, SelfCheckReason.INODES_95),
    )
    codes = (grade(share, warning, bad)[1] for share, warning, bad in shares if share is not None)
    return tuple(code for code in codes if code)
