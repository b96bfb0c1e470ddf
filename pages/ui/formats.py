"""Numbers, sizes, sums of money, times and dates as the session's language writes them.

Babel knows how each language does that; nothing here names a language. Source of its data: Unicode CLDR.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel import Locale
from babel.dates import get_date_format, get_day_names
from babel.numbers import format_decimal, get_decimal_symbol

from pages.ui import i18n
from pages.ui.i18n import _

MEGABYTE: Final = 1024**2
_UNITS: Final = ("KB", "MB", "GB", "TB")
"""Each 1024 of the one before, as hosts measure disks and memory."""


_MOMENT: Final = re.compile(
    r"(?<![\w/.:-])\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?: UTC|Z|[+-]\d\d:\d\d)?(?![\w/:-])"
)
_DAY: Final = re.compile(r"(?<![\w/.-])\d{4}-\d\d-\d\d(?![\w/-])")
_GROUPED: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\N{NO-BREAK SPACE}\d{3})+(?!\w)")
_DECIMAL: Final = re.compile(r"(?<![\w.])\d+\.(\d+)(?= (?:ms|s|[KMGT]?B)\b)")


def format_number(value: float, *, digits: int = 0) -> str:
    """Return ``value`` with ``digits`` decimals and marks between thousands."""
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    # Rounded before Babel sees it: as the binary number that it is, not as its shortest decimal.
    return format_decimal(Decimal(f"{value:.{digits}f}"), format=pattern, locale=i18n.language())


def format_size(amount: float) -> str:
    """Return an amount of bytes in the largest unit of which there is at least one; may be negative."""
    if abs(amount) < 1024:
        return f"{format_number(amount)} B"
    step = 0
    amount /= 1024
    while abs(amount) >= 1024 and step + 1 < len(_UNITS):
        amount /= 1024
        step += 1
    return f"{format_number(amount, digits=0 if abs(amount) >= 100 else 1)} {_UNITS[step]}"


def format_length(seconds: int) -> str:
    """Return the length of a sound or a film as players write it, ``1:05``; empty for none."""
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def format_dollars(amount: float) -> str:
    """Return US dollars, with cents."""
    return f"US$ {format_number(amount, digits=2)}"


def format_reais(amount: float) -> str:
    """Return reais, with cents."""
    return f"R$ {format_number(amount, digits=2)}"


def format_share(part: float, whole: float) -> str:
    """Return ``part`` of ``whole`` in percent; a small part is not called nothing. Empty without a whole."""
    if whole <= 0:
        return ""
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return f"< {_in_percent(0.1, digits=1)}"
    return _in_percent(percent, digits=1 if percent < 10 else 0)


def _in_percent(percent: float, *, digits: int) -> str:
    """Return the figure and the sign, with a space between them only where the language has one."""
    before, after = _percent_pattern(i18n.language())
    return f"{before}{format_number(percent, digits=digits)}{after}"


def csv_separator(language: str) -> str:
    """Return what separates cells for a spreadsheet in ``language``: a semicolon beside decimal commas."""
    return ";" if get_decimal_symbol(language) == "," else ","


def visitor_zone() -> tzinfo:
    """Return the time zone that the browser reports; UTC when it reports none that is known here."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def format_time(at: float, *, now: float) -> str:
    """Return day and time of ``at``: ``hoje 16:08``, ``ontem 16:08``, ``25/11/2026 16:08``.

    ``at`` and ``now`` are seconds since the epoch; shown in the visitor's zone.
    """
    then, today = datetime.fromtimestamp(at, visitor_zone()), datetime.fromtimestamp(now, visitor_zone())
    time, days = then.strftime("%H:%M"), then.date() - today.date()
    if not days:
        return _("today {time}").format(time=time)
    if days == timedelta(days=-1):
        return _("yesterday {time}").format(time=time)
    if days == timedelta(days=1):
        return _("tomorrow {time}").format(time=time)
    return f"{format_date(then.date())} {time}"


def format_value(text: str, *, now: float) -> str:
    """Return what a check measured, which core writes the same for every language, as this one writes it.

    Moments, days, decimals before a unit, and figures in groups; a path stays as it is.
    """
    if text.startswith(("/", "~")) or "\\" in text:
        return text
    text = _MOMENT.sub(lambda found: _moment(found, now=now), text)
    text = _DAY.sub(_day, text)
    text = _GROUPED.sub(lambda found: format_number(float(re.sub(r"\D", "", found[0]))), text)
    return _DECIMAL.sub(lambda found: format_number(float(found[0]), digits=len(found[1])), text)


def _moment(found: re.Match[str], *, now: float) -> str:
    return format_iso_time(found[0].replace(" UTC", "+00:00"), now=now) or found[0]


def _day(found: re.Match[str]) -> str:
    try:
        return format_date(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def format_clock(at: float, *, now: float) -> str:
    """Return the time alone when ``at`` is of today, else as ``format_time``: for moments in one line."""
    then, today = datetime.fromtimestamp(at, visitor_zone()), datetime.fromtimestamp(now, visitor_zone())
    return then.strftime("%H:%M") if then.date() == today.date() else format_time(at, now=now)


def format_second(at: float) -> str:
    """Return day and time of ``at`` (seconds since the epoch) to the second, in the visitor's zone."""
    then = datetime.fromtimestamp(at, visitor_zone())
    return f"{format_date(then.date())} {then:%H:%M:%S}"


def format_recent(at: float, *, now: float) -> str:
    """Return ``at`` as lists of messages do: the time of today, yesterday, a weekday, a day, else the date.

    ``at`` and ``now`` are seconds since the epoch; shown in the visitor's zone.
    """
    then, today = datetime.fromtimestamp(at, visitor_zone()), datetime.fromtimestamp(now, visitor_zone())
    days = (today.date() - then.date()).days
    if days <= 0:
        return then.strftime("%H:%M")
    if days == 1:
        return _("yesterday")
    if days < 7:
        return str(get_day_names("abbreviated", locale=i18n.language())[then.weekday()])
    return then.strftime(day_directives()) if then.year == today.year else format_date(then.date())


def format_iso_time(text: str, *, now: float) -> str:
    """Return an ISO 8601 time as ``format_time`` does; empty when ``text`` is none."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return format_time((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp(), now=now)


def format_timestamp(at: float, zone: tzinfo) -> str:
    """Return ``at`` (seconds since the epoch) as spreadsheets read it in every language: for files only."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def format_age(at: float, *, now: float) -> str:
    """Return how long before ``now`` something was, in the largest unit that fits; never in the future."""
    seconds = max(0, int(now - at))
    if seconds < 1:
        return _("now")
    if seconds < 60:
        return _("{count} s ago").format(count=seconds)
    if seconds < 3600:
        return _("{count} min ago").format(count=seconds // 60)
    if seconds < 86_400:
        return _("{count} h ago").format(count=seconds // 3600)
    return _("{count} d ago").format(count=seconds // 86_400)


def format_date(day: date) -> str:
    """Return ``day`` in figures, in the order of the session's language."""
    return day.strftime(_directives(_date_pattern(i18n.language())))


def day_directives() -> str:
    """Return how day and month are written, for ``strftime`` and for charts: ``%d/%m``."""
    return _directives(_day_pattern(i18n.language()))


def seconds_left(until: float, *, now: float) -> int:
    """Return whole seconds from ``now`` to ``until``, rounded up; never negative."""
    return max(0, math.ceil(until - now))


@cache
def _date_pattern(language: str) -> str:
    """Return the order of a date in figures, each with its zeros: ``dd/MM/yyyy``."""
    return re.sub("y+", "yyyy", _two_digits(get_date_format("short", locale=language).pattern))


@cache
def _day_pattern(language: str) -> str:
    """Return the same without the year: ``dd/MM``."""
    return _two_digits(str(Locale.parse(language).datetime_skeletons["Md"].pattern))


@cache
def _percent_pattern(language: str) -> tuple[str, str]:
    """Return what stands before and after the figure of a percentage."""
    before, after = re.split(r"[#0,.]+", Locale.parse(language).percent_formats[None].pattern, maxsplit=1)
    return before, after


def _two_digits(pattern: str) -> str:
    return re.sub("d+", "dd", re.sub("M+", "MM", pattern))


def _directives(pattern: str) -> str:
    return pattern.replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")
