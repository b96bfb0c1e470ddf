"""What happened to an instance: newest first, filtered, and as a file."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.instance import InstanceState
from core.models.timeline import HistoryEntry, HistoryKind
from core.services import instances
from pages.ui.badge import BY_HAND, badge_html, coloured
from pages.ui.escape import escape_html, isolated
from pages.ui.formats import format_time, visitor_zone
from pages.ui.i18n import _, language, use_language
from pages.ui.texts.timeline import GROUPS, label, tell

STEP: Final = 50
ALL: Final = 10_000
"""As many as are kept."""
_SHOWN: Final = "timeline-shown"
"""Instance and how many of its entries the visitor asked for."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def draw_export(instance_id: str) -> None:
    """The button that downloads everything. Not for a part that redraws itself: each costs a handle."""
    make = partial(export, instance_id, chosen=language(), zone=visitor_zone())
    st.download_button(
        _("Download (CSV)"),
        make,
        file_name=f"{instance_id}.csv",
        mime="text/csv",
        key="timeline-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def draw_timeline(instance_id: str) -> None:
    """The newest entries of the kinds that were picked. Raises UnknownInstanceError."""
    picked = st.pills(
        _("Show only"),
        list(GROUPS),
        selection_mode="multi",
        format_func=lambda group: _(GROUPS[group][0]),
        key="timeline-kinds",
        label_visibility="collapsed",
    )
    of, shown = st.session_state.get(_SHOWN, ("", STEP))
    limit = shown if of == instance_id else STEP
    entries = instances.timeline(instance_id, limit=limit + 1, kinds=_kinds(picked))
    with st.container(key="timeline", gap="small"):
        if not entries:
            st.caption(_("Nothing of this kind happened yet.") if picked else _("Nothing happened yet."))
            return
        now = time.time()
        st.html(f'<ol class="wa-timeline">{"".join(_row(entry, now=now) for entry in entries[:limit])}</ol>')
        if len(entries) > limit:
            st.button(_("Show more"), key="timeline-more", on_click=_more, args=(instance_id, limit))


def export(instance_id: str, *, chosen: str, zone: tzinfo) -> bytes:
    """All entries as CSV in the language ``chosen``, with times of ``zone``; empty when the instance is gone.

    UTF-8 with a byte order mark and, in Portuguese, semicolons: what spreadsheets open in columns.
    Threading: safe from any thread; needs no session.
    """
    try:
        entries = instances.timeline(instance_id, limit=ALL)
    except AppError:
        entries = ()
    with use_language(chosen):
        heads = (_("Time"), _("What"), _("Cause"), _("What to do"), _("Code"), _("Detail"))
        rows = [heads, *(_cells(entry, zone) for entry in entries)]
    out = io.StringIO()
    csv.writer(out, delimiter=";" if chosen == "pt_BR" else ",").writerows(
        [escape_formula(cell) for cell in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig", "replace")


def escape_formula(cell: str) -> str:
    """``cell`` so that no spreadsheet takes it for a formula. Source: OWASP, "CSV Injection"."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _kinds(groups: Sequence[str]) -> frozenset[HistoryKind]:
    return frozenset().union(*(GROUPS[group][1] for group in groups))


def _cells(entry: HistoryEntry, zone: tzinfo) -> tuple[str, ...]:
    sentence = tell(entry)
    when = datetime.fromtimestamp(entry.at, zone).strftime("%Y-%m-%d %H:%M:%S")
    return when, label(entry.kind)[0], sentence.what, sentence.next_step, entry.reason, entry.detail


def _row(entry: HistoryEntry, *, now: float) -> str:
    sentence = tell(entry, quote=isolated)
    then = datetime.fromtimestamp(entry.at, visitor_zone())
    todo = f'<span class="wa-muted">{escape_html(sentence.next_step)}</span>' if sentence.next_step else ""
    return (
        f'<li><time datetime="{then.isoformat(timespec="seconds")}" title="{then:%Y-%m-%d %H:%M:%S}">'
        f"{escape_html(format_time(entry.at, now=now))}</time>"
        f"<span>{_badge(entry)}</span>"
        f"<div>{escape_html(sentence.what)} {todo}</div></li>"
    )


def _badge(entry: HistoryEntry) -> str:
    if entry.reason in BY_HAND:
        return badge_html(InstanceState.LOGGED_OUT, entry.reason)
    return coloured(*label(entry.kind))


def _more(instance_id: str, limit: int) -> None:
    st.session_state[_SHOWN] = (instance_id, limit + STEP)
