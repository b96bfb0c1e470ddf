"""What happened to an instance: newest first, filtered, and as a file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.instance import InstanceState
from core.models.timeline import HistoryEntry, HistoryKind
from core.services import instances
from pages.ui.badge import badge_html, coloured
from pages.ui.escape import escape_html, isolated
from pages.ui.formats import format_second, format_time, format_timestamp, visitor_zone
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.texts.instance_states import BY_HAND
from pages.ui.texts.timeline import GROUPS, label, message_of
from pages.ui.widgets.csv_download import draw_csv_download, file_name_of

STEP: Final = 50
ALL: Final = 10_000
"""As many as are kept."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """How many entries of an instance the visitor asked for."""

    instance_id: str = ""
    count: int = STEP


_SHOWN: Final = Slot("timeline-shown", _Shown)


@contextlib.contextmanager
def history(instance_id: str, *, folded: bool) -> Iterator[None]:
    """Draw the frame of what happened, ``folded`` or with a title; the block draws the entries into it."""
    title = _("What happened")
    if folded:
        with st.expander(title, key="history", icon=":material/history:"):
            _draw_export(instance_id)
            yield
        return
    with st.container(key="history", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(title, anchor=False, width="content")
            _draw_export(instance_id)
        yield


def _draw_export(instance_id: str) -> None:
    file_name = file_name_of(_("History"), instance_id)
    draw_csv_download(partial(rows, instance_id), file_name=file_name, key="timeline-csv")


def draw_timeline(instance_id: str) -> None:
    """Draw the newest entries of the kinds that were picked. Raises UnknownInstanceError."""
    picked = st.pills(
        _("Show only"),
        list(GROUPS),
        selection_mode="multi",
        format_func=lambda group: _(GROUPS[group][0]),
        key="timeline-kinds",
        label_visibility="collapsed",
    )
    shown = _SHOWN.get()
    limit = shown.count if shown.instance_id == instance_id else STEP
    entries = instances.timeline(instance_id, limit=limit + 1, kinds=_kinds(picked))
    with st.container(key="timeline", gap="small"):
        if not entries:
            st.caption(_("Nothing of this kind happened yet.") if picked else _("Nothing happened yet."))
            return
        now = time.time()
        st.html(f'<ol class="wa-timeline">{"".join(_row(entry, now=now) for entry in entries[:limit])}</ol>')
        if len(entries) > limit:
            st.button(_("Show more"), key="timeline-more", on_click=_more, args=(instance_id, limit))


def rows(instance_id: str, zone: tzinfo) -> Iterator[tuple[str, ...]]:
    """Yield heads, then all entries with times of ``zone``; heads only when the instance is gone."""
    yield _("Time"), _("What"), _("Cause"), _("What to do"), _("Code"), _("Detail")
    with contextlib.suppress(AppError):
        for entry in instances.timeline(instance_id, limit=ALL):
            message = message_of(entry)
            when, what = format_timestamp(entry.at, zone), label(entry.kind, entry.reason)[0]
            yield when, what, message.what, message.next_step, entry.reason, entry.detail


def _kinds(groups: Sequence[str]) -> frozenset[HistoryKind]:
    return frozenset().union(*(GROUPS[group][1] for group in groups))


def _row(entry: HistoryEntry, *, now: float) -> str:
    message = message_of(entry, quote=isolated)
    then = datetime.fromtimestamp(entry.at, visitor_zone())
    shown, next_step = format_second(entry.at), ""
    if message.next_step:
        next_step = f'<span class="wa-muted">{escape_html(message.next_step)}</span>'
    return (
        f'<li><time datetime="{then.isoformat(timespec="seconds")}" title="{shown}">'
        f"{escape_html(format_time(entry.at, now=now))}</time>"
        f"<span>{_badge(entry)}</span>"
        f"<div>{escape_html(message.what)} {next_step}</div></li>"
    )


def _badge(entry: HistoryEntry) -> str:
    if entry.reason in BY_HAND:
        return badge_html(InstanceState.LOGGED_OUT, entry.reason)
    return coloured(*label(entry.kind, entry.reason))


def _more(instance_id: str, limit: int) -> None:
    _SHOWN.set(_Shown(instance_id, limit + STEP))
