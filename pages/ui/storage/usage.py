"""What sessions occupy: totals, the table of instances, warnings, the chart."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from core.models.usage import DiskSpace, UsageView
from core.services import instances, usage
from pages.ui.badge import LABELS
from pages.ui.escape import isolated
from pages.ui.formats import (
    MEGABYTE,
    day_directives,
    format_age,
    format_date,
    format_share,
    format_size,
    grid_time_format,
    visitor_zone,
)
from pages.ui.i18n import _
from pages.ui.texts.message import text_for
from pages.ui.texts.usage import FAILURES, WARNINGS
from pages.ui.widgets import alert

_COLOUR: Final = "#0b7a67"
_COLUMNS: Final = ("name", "state", "session", "history", "total", "growth", "last_write", "memory")


def draw_usage() -> None:
    """Draw the newest measurement, with its age and a button for another one."""
    view = usage.usage()
    _draw_age(view)
    if view.measured_at is None:
        return
    _draw_warnings(view)
    _draw_totals(view)
    _measure_newcomers(view)
    if view.instances:
        _draw_table(view)
    elif instances.list_instances():
        st.caption(_("The new instances are being measured…"))
    else:
        st.info(_("There are no instances yet. Create one on the page “Instances”."))
    st.caption(
        _("Sizes in MB. Besides: {trash} in the trash, {other} of the app’s own records.").format(
            trash=format_size(view.trash_bytes), other=format_size(view.other_bytes)
        )
    )


def _measure_newcomers(view: UsageView) -> None:
    """Ask for a measurement when an instance was made, or removed, since the last one."""
    if {row.instance_id for row in view.instances} != {view.id for view in instances.list_instances()}:
        usage.measure_again()


def _draw_age(view: UsageView) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="usage-age"
    ):
        if view.measured_at is None:
            waiting = _("Measuring for the first time…")
            st.caption(f":material/hourglass_top: {waiting}", width="content")
        else:
            when = format_age(view.measured_at, now=time.time())
            st.caption(
                _("Measured {when}: blocks really used on the disk.").format(when=when), width="content"
            )
        if st.button(_("Measure again"), key="measure-again", icon=":material/refresh:"):
            usage.measure_again()
            st.toast(_("Measuring again…"), icon=":material/hourglass_top:")
    if view.problem:
        alert.show(text_for(FAILURES, view.problem).text)


def _draw_warnings(view: UsageView) -> None:
    with st.container(key="usage-warnings"):
        for code in view.warnings:
            message = text_for(WARNINGS, code)
            draw = st.error if code.endswith("95") else st.warning
            draw(message.next_step, title=message.what, icon=":material/warning:")


def _draw_totals(view: UsageView) -> None:
    disk = view.disk
    unknown = _("not told")
    with st.grid(4, min_column_width=130, border=True, key="usage-totals"):
        st.metric(
            _("All sessions"), format_size(view.total_bytes), help=_("With history, trash and records.")
        )
        st.metric(_("Disk"), format_size(disk.usable_bytes) if disk else unknown, help=_fullness(disk))
        st.metric(_("Free"), format_size(disk.free_bytes) if disk else unknown)
        st.metric(
            _("Share of the disk"),
            format_share(view.total_bytes, disk.usable_bytes) if disk else unknown,
            help=_("What the sessions take of the whole disk; other files on it are not counted."),
        )


def _fullness(disk: DiskSpace | None) -> str | None:
    """Return how much of the disk is used by all files on it, as the page of self-checks says it."""
    if disk is None or disk.used_share is None:
        return None
    return _("{share} of it is used, by everything that is on it.").format(
        share=format_share(disk.used_bytes, disk.usable_bytes)
    )


def frame_of(view: UsageView) -> pd.DataFrame:
    """Return one row for each instance; sizes in MB, so that columns sort as numbers; times without zone."""
    rows = [
        (
            isolated(row.name),
            _(LABELS[row.state]),
            row.session_bytes / MEGABYTE,
            row.history_bytes / MEGABYTE,
            row.total_bytes / MEGABYTE,
            None if row.growth_bytes is None else row.growth_bytes / MEGABYTE,
            None if row.last_write is None else _local(row.last_write),
            None if row.worker_bytes is None else row.worker_bytes / MEGABYTE,
        )
        for row in view.instances
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    numbers = ["session", "history", "total", "growth", "memory"]
    frame[numbers] = frame[numbers].astype("float64")
    frame["last_write"] = pd.to_datetime(frame["last_write"])
    return frame


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, visitor_zone()).replace(tzinfo=None, microsecond=0)


def _draw_table(view: UsageView) -> None:
    column = st.column_config

    megabytes = partial(column.NumberColumn, format="localized", step=0.01)
    # A table that cannot be selected in carries no class of its key.
    with st.container(key="usage-table"):
        st.dataframe(
            frame_of(view),
            key="usage-frame",
            hide_index=True,
            placeholder="—",
            alt=_("What each instance occupies on the disk and in memory"),
            column_config={
                "name": column.TextColumn(_("Name"), pinned=True, width=124),
                "state": column.TextColumn(_("State"), width=95),
                "session": megabytes(_("Session"), width=72),
                "history": megabytes(_("History"), width=82),
                "total": megabytes(_("Total"), width=68),
                "growth": megabytes(
                    _("7 days"), width=72, help=_("How much it grew in the last 7 days; known after a day.")
                ),
                "last_write": column.DatetimeColumn(_("Last write"), format=grid_time_format(), width=112),
                "memory": megabytes(
                    _("Memory"), width=78, help=_("What its worker alone costs; none when it is stopped.")
                ),
            },
        )


def draw_course() -> None:
    """Draw use over time as a chart, and when the disk is full if it goes on like this."""
    view = usage.usage()
    if view.measured_at is None:
        return
    st.subheader(_("Over time"), anchor=False)
    _draw_forecast(view)
    if len(view.samples) < 2:
        st.caption(_("The chart appears with the second measurement that is kept."))
        return
    course = pd.DataFrame(
        {
            "at": [_local(sample.at) for sample in view.samples],
            "used": [sample.total_bytes / MEGABYTE for sample in view.samples],
        }
    )
    st.vega_lite_chart(
        course,
        _course_chart(),
        height=220,
        key="usage-chart",
        alt=_("Use of the disk by all sessions over time, now {total}").format(
            total=format_size(view.total_bytes)
        ),
    )


def _course_chart() -> dict[str, object]:
    """Return an area in the colour of the app; days in figures, because month names would be English ones."""
    day = day_directives()
    used = _("Sessions (MB)")
    return {
        "mark": {"type": "area", "line": {"color": _COLOUR}, "color": _COLOUR, "fillOpacity": 0.25},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None, "axis": {"format": day, "tickCount": 6}},
            "y": {"field": "used", "type": "quantitative", "title": used},
            "tooltip": [
                {"field": "at", "type": "temporal", "title": _("Time"), "format": f"{day} %H:%M"},
                {"field": "used", "type": "quantitative", "title": used, "format": ".2f"},
            ],
        },
    }


def _draw_forecast(view: UsageView) -> None:
    if view.growth_per_day is None:
        said = _("How fast it grows is known after a day.")
    elif view.full_at is None:
        said = _("At the present pace the disk does not fill.")
    else:
        day = format_date(datetime.fromtimestamp(min(view.full_at, 253_370_000_000), visitor_zone()).date())
        said = _("At {growth} a day, the disk is full on {day}.").format(
            growth=format_size(view.growth_per_day), day=day
        )
    with st.container(key="forecast"):
        st.markdown(said)
