"""Moments in the visitor's own time zone."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from pages.ui.i18n import _


def zone() -> tzinfo:
    """The time zone that the browser reports; UTC when it reports none that is known here."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def moment(at: float, *, now: float) -> str:
    """``at`` (seconds since the epoch) in short: time of today, day and time of this year, else the date."""
    then, today = datetime.fromtimestamp(at, zone()), datetime.fromtimestamp(now, zone())
    time = then.strftime("%H:%M")
    if then.date() == today.date():
        return time
    day, month = f"{then.day:02}", f"{then.month:02}"
    if then.year == today.year:
        return _("{month}/{day}, {time}").format(day=day, month=month, time=time)
    return _("{month}/{day}/{year}").format(day=day, month=month, year=then.year)


def moment_of_iso(text: str, *, now: float) -> str:
    """The same for an ISO 8601 time; empty when ``text`` is none."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp(), now=now)


def seconds_left(until: float, *, now: float) -> int:
    """Whole seconds from ``now`` to ``until``, rounded up; never negative."""
    return max(0, math.ceil(until - now))
