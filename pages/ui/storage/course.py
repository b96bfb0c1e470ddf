"""Use of the disk over time: a sentence, and a chart with the disk's limit as a line."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

import streamlit as st

from core.models.usage import UsageView
from core.services import usage
from pages.ui.escape import escape_html
from pages.ui.formats import day_directives, format_date, format_size, format_time, visitor_zone
from pages.ui.i18n import _
from pages.ui.storage.disk_size import disk_size

_COLOUR: Final = "#0f8a74"
_LIMIT_COLOUR: Final = "#c4453c"
"""Both are seen as well on the light ground as on the dark one; the style sheet has them for the legend."""
FAR: Final = 50
"""A limit so many times what is used would press the curve flat: the axis then counts in powers of ten."""
_MOST_TICKS: Final = 6
_HOURS_UP_TO: Final = timedelta(days=2)
"""So short a time is written in hours: the same day under every mark says nothing."""
_LAST_MOMENT: Final = 253_370_000_000
"""In the year 9998: later ones have no date."""


class Point(TypedDict):
    """One measurement, with the words of its tooltip: Vega knows figures and times in English only."""

    at: str
    """The visitor's wall clock, as ISO 8601 without a zone."""
    used: int
    """Bytes, at least 1: an axis in powers of ten has no zero."""
    size: str
    when: str


def draw_course() -> None:
    """Draw when the disk is full if it goes on like this, and use over time as a chart."""
    view = usage.usage()
    if view.measured_at is None:
        return
    st.subheader(_("Over time"), anchor=False)
    with st.container(key="forecast"):
        st.markdown(_forecast(view))
    if len(view.samples) < 2:
        st.caption(_("The chart appears with the second measurement that is kept."))
        return
    _draw_chart(view)


def _forecast(view: UsageView) -> str:
    if view.growth_per_day is None:
        return _("How fast it grows is known after a day.")
    if view.full_at is None:
        return _("At the present pace the disk does not fill.")
    day = datetime.fromtimestamp(min(view.full_at, _LAST_MOMENT), visitor_zone()).date()
    return _("At {growth} a day, the disk is full on {day}.").format(
        growth=format_size(view.growth_per_day), day=format_date(day)
    )


def _draw_chart(view: UsageView) -> None:
    limit = view.disk.usable_bytes if view.disk else 0
    st.vega_lite_chart(
        course_chart(_points(view), limit=limit),
        height=220,
        key="usage-chart",
        alt=_alt(view),
    )
    _draw_legend(view)


def _alt(view: UsageView) -> str:
    total = format_size(view.total_bytes)
    if view.disk is None:
        return _("Use of the disk over time, now {total}").format(total=total)
    text = _("Use of the disk over time, now {total}; a line shows the limit of the disk, {limit}")
    return text.format(total=total, limit=disk_size(view.disk))


def _draw_legend(view: UsageView) -> None:
    lines = {"used": _("In use")}
    if view.disk is not None:
        lines["limit"] = _("Limit of the disk: {size}").format(size=disk_size(view.disk))
    shown = " ".join(
        f'<span><span class="wa-swatch wa-{kind}" aria-hidden="true"></span>{escape_html(text)}</span>'
        for kind, text in lines.items()
    )
    st.html(f'<p class="wa-legend">{shown}</p>')


def _points(view: UsageView) -> list[Point]:
    now = time.time()
    return [
        Point(
            at=datetime.fromtimestamp(sample.at, visitor_zone()).strftime("%Y-%m-%dT%H:%M:%S"),
            used=max(1, sample.total_bytes),
            size=format_size(sample.total_bytes),
            when=format_time(sample.at, now=now),
        )
        for sample in view.samples
    ]


def course_chart(points: Sequence[Point], *, limit: int) -> dict[str, Any]:
    """Return the chart of at least two ``points`` with a line at ``limit`` bytes; none for 0."""
    used = [point["used"] for point in points]
    least, most = min(used), max(used)
    far = limit > FAR * most
    ticks = decades(least, limit) if far else even_ticks(max(most, limit))
    y = {
        "type": "quantitative",
        "title": None,
        "axis": {"values": ticks, "labelExpr": _labels(ticks)},
        "scale": {"type": "log", "domain": [ticks[0], limit * 1.5]} if far else {"domainMin": 0},
    }
    area = {"type": "area", "line": {"color": _COLOUR}, "fillOpacity": 0.25}
    curve = {
        # In the layer, not at the top: what stands there goes through pandas, which takes 80 MB of memory.
        "data": {"values": points},
        "mark": {**({"type": "line", "strokeWidth": 2.5} if far else area), "color": _COLOUR},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None, "axis": _time_axis(points)},
            "y": {"field": "used", **y},
            "tooltip": [
                {"field": "when", "type": "nominal", "title": _("Time")},
                {"field": "size", "type": "nominal", "title": _("In use")},
            ],
        },
    }
    rule = {
        "data": {"values": [{}]},  # it is drawn once for each row
        "mark": {"type": "rule", "color": _LIMIT_COLOUR, "strokeDash": [6, 4], "strokeWidth": 2},
        "encoding": {"y": {"datum": limit}},
    }
    return {"layer": [curve, rule] if limit else [curve]}


def _time_axis(points: Sequence[Point]) -> dict[str, Any]:
    first, last = (datetime.fromisoformat(points[end]["at"]) for end in (0, -1))
    return {"format": day_directives() if last - first > _HOURS_UP_TO else "%H:%M", "tickCount": 6}


def even_ticks(most: int) -> list[int]:
    """Return 0 and about four round amounts of bytes up to ``most``."""
    unit = 1024 ** min(4, int(math.log(most, 1024)))
    rough = max(most, 4) / unit / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [round(step * unit * count) for count in range(5) if step * unit * count <= most]


def decades(least: int, most: int) -> list[int]:
    """Return powers of ten of a unit, from the last one below ``least`` up to ``most``."""
    steps = [factor * 1024**power for power in range(5) for factor in (1, 10, 100)]
    first = max(step for step in steps if step <= least)
    ticks = [step for step in steps if first <= step <= most]
    return ticks if len(ticks) <= _MOST_TICKS else ticks[::2]


def _labels(ticks: Sequence[int]) -> str:
    """Return an expression of Vega that names each tick as the rest of the page names sizes."""
    named = "".join(f"datum.value === {tick} ? '{format_size(tick)}' : " for tick in ticks)
    return f"{named}''"
