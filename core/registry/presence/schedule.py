"""When an account shows itself: once a day, at a time of the owner's day that differs from day to day. Pure.

A linked device that never does is taken for an abandoned one and unlinked after 14 days, though it sends and
receives; one that always does silences the owner's phone (docs/measured.md).
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from typing import Final

from core.registry.retry import Backoff

FROM_HOUR: Final = 9
UNTIL_HOUR: Final = 20
"""The owner's day, in hours: the phone is silent for a moment, and no call should be missed at night."""
LATE_HOUR: Final = 21
"""Until then, what was missed by day is made up for."""
PULSE_S: Final = 60.0
"""How long the account stays shown."""
MISSED_DAYS: Final = 3
"""An account that was not shown for so many days is shown at any hour: its link matters more."""
_DAY: Final = timedelta(days=1)
_DAY_S: Final = 86_400.0
_RETRIES: Final = Backoff(base_s=5.0, ceiling_s=900.0)


def pulse_at(day: date, *, seed: str, zone: tzinfo) -> float:
    """Return the time of ``day`` at which an account shows itself, in seconds since the epoch.

    It is the same after a restart, and another one for another ``seed`` or day.
    """
    digest = hashlib.sha256(f"{seed} {day.isoformat()}".encode()).digest()
    seconds = int.from_bytes(digest[:8], "big") % ((UNTIL_HOUR - FROM_HOUR) * 3600)
    begin = datetime.combine(day, time_of_day(FROM_HOUR), zone)
    return (begin + timedelta(seconds=seconds)).timestamp()


def next_pulse(last_shown: float | None, *, now: float, seed: str, zone: tzinfo) -> float:
    """Return when an account that was last shown at ``last_shown`` shows itself next; now, if that is past.

    One that was never shown does so at once, at any hour: from then on others see its name. A time that is
    missed is made up for on the same day, else on the next one.
    """
    if last_shown is None or not 0 < last_shown <= now + _DAY_S:  # a clock that was set back, a damaged file
        return now
    today = datetime.fromtimestamp(now, zone).date()
    days = (today - datetime.fromtimestamp(last_shown, zone).date()).days
    if days >= MISSED_DAYS:
        return now
    over = datetime.combine(today, time_of_day(LATE_HOUR), zone).timestamp()
    if days <= 0 or now >= over:
        return pulse_at(today + _DAY, seed=seed, zone=zone)
    return pulse_at(today, seed=seed, zone=zone)


def retry_wait(failures: int) -> float:
    """Return the seconds to wait after so many refusals in a row (from 1): 5 s, doubled up to 15 minutes."""
    return _RETRIES.longest(failures - 1)
