"""Until when nothing is sent. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.models.alerts.choices import QuietHours


def quiet_until(hours: QuietHours | None, *, now: float) -> float | None:
    """Return when the quiet hours around ``now`` end, in seconds since the epoch; None outside of them.

    Hours that begin and end at the same minute are none. A clock that is put forward or back within them
    moves their end as it moves the clock on the wall.
    """
    if hours is None or hours.start == hours.end:
        return None
    there = datetime.fromtimestamp(now, zone_of(hours.zone))
    minute = there.hour * 60 + there.minute
    if hours.start < hours.end:
        inside, days = hours.start <= minute < hours.end, 0
    else:
        inside, days = minute >= hours.start or minute < hours.end, int(minute >= hours.start)
    if not inside:
        return None
    end = there.replace(hour=hours.end // 60, minute=hours.end % 60, second=0, microsecond=0, fold=0)
    return (end + timedelta(days=days)).timestamp()


def zone_of(name: str) -> tzinfo:
    """Return the time zone of that name; UTC for one that is not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
