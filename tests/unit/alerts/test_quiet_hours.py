"""Quiet hours: until when, over midnight and over a change of the clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.alerts.quiet_hours import quiet_until, zone_of
from core.models.alerts.choices import QuietHours

ZONE = "America/Sao_Paulo"


def at(text: str, zone: str = ZONE) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        (22, 7, "2026-11-26 21:59", None),
        (22, 7, "2026-11-26 22:00", "2026-11-27 07:00"),
        (22, 7, "2026-11-27 00:30", "2026-11-27 07:00"),
        (22, 7, "2026-11-27 06:59", "2026-11-27 07:00"),
        (22, 7, "2026-11-27 07:00", None),
        (13, 14, "2026-11-27 13:30", "2026-11-27 14:00"),
        (13, 14, "2026-11-27 12:00", None),
        (8, 8, "2026-11-27 08:00", None),
    ],
)
def test_the_end_of_the_hours(start: int, end: int, now: str, until: str | None) -> None:
    """In the zone of who chose them."""
    hours = QuietHours(start * 60, end * 60, ZONE)
    assert quiet_until(hours, now=at(now)) == (at(until) if until else None)


def test_a_clock_that_is_put_back() -> None:
    """The end is what the clock on the wall shows."""
    hours = QuietHours(22 * 60, 7 * 60, "Europe/Lisbon")
    now = at("2026-10-24 23:00", "Europe/Lisbon")
    assert quiet_until(hours, now=now) == at("2026-10-25 07:00", "Europe/Lisbon")


def test_no_hours_and_an_unknown_zone() -> None:
    """Never quiet; counted in UTC."""
    assert quiet_until(None, now=0) is None
    assert quiet_until(QuietHours(0, 60, "Mars/Olympus"), now=0) == 3_600
    assert zone_of("../etc/passwd").tzname(None) == "UTC"
