"""The time zone of an account's owner, from the country code of their number."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers.timezone import time_zones_for_number


@lru_cache(maxsize=512)
def owner_zone(number: str) -> tzinfo:
    """Return the zone of a number (digits, country code first); that of this machine when it has none.

    Where no area code tells the zones of a country apart, it is the middle one: that of Portugal and Spain is
    the mainland's.
    """
    try:
        names = time_zones_for_number(phonenumbers.parse(f"+{number}", None))
    except NumberParseException:
        names = ()  # before the first connection
    now = datetime.now(UTC)
    zones = sorted(_known(names), key=lambda zone: zone.utcoffset(now) or timedelta())
    return zones[len(zones) // 2] if zones else now.astimezone().tzinfo or UTC


def _known(names: Sequence[str]) -> Iterator[zoneinfo.ZoneInfo]:
    for name in names:
        try:
            yield zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            continue
