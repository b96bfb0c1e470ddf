"""Moments in the visitor's own time zone."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, tzinfo
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
    return date_shown(then.date())


def moment_of_iso(text: str, *, now: float) -> str:
    """The same for an ISO 8601 time; empty when ``text`` is none."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp(), now=now)


def ago(at: float, *, now: float) -> str:
    """How long before ``now`` something was, in the largest unit that fits; never in the future."""
    seconds = max(0, int(now - at))
    if seconds < 60:
        return _("{count} s ago").format(count=seconds)
    if seconds < 3600:
        return _("{count} min ago").format(count=seconds // 60)
    if seconds < 86_400:
        return _("{count} h ago").format(count=seconds // 3600)
    return _("{count} d ago").format(count=seconds // 86_400)


def date_shown(day: date) -> str:
    """``day`` in the order of the session's language."""
    return _("{month}/{day}/{year}").format(day=f"{day.day:02}", month=f"{day.month:02}", year=day.year)


def seconds_left(until: float, *, now: float) -> int:
    """Whole seconds from ``now`` to ``until``, rounded up; never negative."""
    return max(0, math.ceil(until - now))
