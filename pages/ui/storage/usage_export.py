"""The table of usage as a file that spreadsheets open."""

from __future__ import annotations

import csv
import io
from datetime import datetime, tzinfo
from functools import partial

import streamlit as st

from core.models.usage import InstanceUsage
from core.services import usage
from pages.ui.badge import LABELS
from pages.ui.formats import visitor_zone
from pages.ui.i18n import _, language, use_language
from pages.ui.instance.timeline import escape_formula


def draw_usage_file() -> None:
    """The button that downloads it. Not for a part that redraws itself: each costs a handle."""
    st.download_button(
        _("Download (CSV)"),
        partial(usage_csv, chosen=language(), zone=visitor_zone()),
        file_name="usage.csv",
        mime="text/csv",
        key="usage-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def usage_csv(*, chosen: str, zone: tzinfo) -> bytes:
    """One line for each instance, in bytes, in the language ``chosen``, with times of ``zone``.

    UTF-8 with a byte order mark and, in Portuguese, semicolons: what spreadsheets open in columns.
    Threading: safe from any thread; needs no session.
    """
    view = usage.usage()
    with use_language(chosen):
        heads = (
            _("Name"),
            _("State"),
            _("Session (bytes)"),
            _("History (bytes)"),
            _("Total (bytes)"),
            _("7 days (bytes)"),
            _("Last write"),
            _("Memory (bytes)"),
        )
        rows = [heads, *(_cells(each, zone) for each in view.instances)]
    out = io.StringIO()
    csv.writer(out, delimiter=";" if chosen == "pt_BR" else ",").writerows(rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _cells(each: InstanceUsage, zone: tzinfo) -> tuple[str, ...]:
    written = each.last_write
    return (
        escape_formula(each.name),
        _(LABELS[each.state]),
        str(each.session_bytes),
        str(each.history_bytes),
        str(each.total_bytes),
        # A negative number is a number, not a formula.
        "" if each.growth_bytes is None else str(each.growth_bytes),
        "" if written is None else f"{datetime.fromtimestamp(written, zone):%Y-%m-%d %H:%M:%S}",
        "" if each.worker_bytes is None else str(each.worker_bytes),
    )
