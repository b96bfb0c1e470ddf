"""What the instances occupy: one sentence, totals, warnings, and the table of instances."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.models.usage import DiskSpace, InstanceUsage, UsageView
from core.services import instances, usage
from pages.ui.escape import escape_html, isolated
from pages.ui.formats import format_age, format_number, format_share, format_size, format_time
from pages.ui.i18n import _, ngettext
from pages.ui.state import Slot
from pages.ui.storage.costs import draw_disk_price, draw_room
from pages.ui.storage.disk_size import disk_size
from pages.ui.storage.measuring import ask, ask_for_newcomers, draw_again_soon, is_awaited
from pages.ui.texts.instance_states import LABELS
from pages.ui.texts.message import text_for
from pages.ui.texts.usage import FAILURES, WARNINGS
from pages.ui.widgets import alert
from pages.ui.widgets.table import draw_table

STEP: Final = 50
_SHOWN: Final = Slot("usage-shown", lambda: STEP)
_AGAIN: Final = Slot("usage-again", bool)
"""Whether it was just pressed, which the drawing that follows says."""
_NONE: Final = "—"


def draw_usage() -> None:
    """Draw the newest measurement: the sentence first, then its age, totals and the table."""
    view = usage.usage()
    if view.measured_at is not None:
        ask_for_newcomers(view)
        _draw_sentence(view)
    _draw_age(view)
    draw_again_soon(view)
    if view.measured_at is None:
        return
    _draw_warnings(view)
    _draw_totals(view)
    _draw_instances(view)
    st.caption(
        _("Besides: {trash} in the trash, {other} of the app’s own records.").format(
            trash=format_size(view.trash_bytes), other=format_size(view.other_bytes)
        )
    )


def _draw_sentence(view: UsageView) -> None:
    """Draw what one wants to know in one breath: how much, how many more, at what price."""
    costs = usage.costs()
    with st.container(key="usage-sentence", border=True, gap="small"):
        known = {instance.id for instance in instances.list_instances()}
        occupied = sum(row.total_bytes for row in view.instances if row.instance_id in known)
        said = _("There is no instance yet.")
        if known:
            said = ngettext(
                "Your instance occupies {size}.", "Your {count} instances occupy {size}.", len(known)
            ).format(count=format_number(len(known)), size=format_size(occupied))
        st.html(f'<p class="wa-lead">{escape_html(said)}</p>')
        draw_room(costs)
        draw_disk_price(costs)


def _draw_age(view: UsageView) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="usage-age"
    ):
        st.caption(_age(view), width="content")
        st.button(_("Measure again"), key="measure-again", icon=":material/refresh:", on_click=_measure)
    if _AGAIN.pop():
        st.toast(_("Measuring again…"), icon=":material/hourglass_top:")
    if view.problem:
        alert.show(text_for(FAILURES, view.problem).text)


def _measure() -> None:
    ask()
    _AGAIN.set(True)


def _age(view: UsageView) -> str:
    waiting = _("Measuring for the first time…") if view.measured_at is None else _("Measuring…")
    if view.measured_at is None or is_awaited(view):
        return f":material/hourglass_top: {waiting}"
    return _("Updated {when}.").format(when=format_age(view.measured_at, now=time.time()))


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
        st.metric(_("This app"), format_size(view.total_bytes), help=_("With history, trash and records."))
        st.metric(
            _("Of the disk"),
            format_share(view.total_bytes, disk.usable_bytes) if disk else unknown,
            help=_("What the app takes of the whole disk. Other files on it are not counted."),
        )
        st.metric(_("Free"), format_size(disk.free_bytes) if disk else unknown)
        st.metric(_("Disk"), disk_size(disk) if disk else unknown, help=_fullness(disk))


def _fullness(disk: DiskSpace | None) -> str | None:
    """Return how much of the disk is used by all files on it, as the page of self-checks says it."""
    if disk is None or disk.used_share is None:
        return None
    return _("{share} of it is used, by everything that is on it.").format(
        share=format_share(disk.used_bytes, disk.usable_bytes)
    )


def _draw_instances(view: UsageView) -> None:
    """Draw a row for each instance, also for one that was not measured yet; in their order, which stays."""
    views = instances.list_instances()
    if not views:
        st.info(_("There are no instances yet. Create one on the page “Instances”."))
        return
    heads = (
        *(_("Name"), _("State"), _("Occupies"), _("Session"), _("History")),
        *(_("Last 7 days"), _("Memory"), _("Last write")),
    )
    shown = _SHOWN.get()
    draw_table(
        heads,
        rows_of(view, views[:shown]),
        key="usage-table",
        caption=_("What each instance occupies on the disk and in memory"),
        figures=(2, 3, 4, 5, 6),
    )
    if len(views) > shown:
        st.button(_("Show more"), key="usage-more", on_click=_more, args=(shown,))
    st.caption(_("Memory: used by this instance alone, none when stopped. Last 7 days: how much it grew."))


def _more(shown: int) -> None:
    _SHOWN.set(shown + STEP)


def rows_of(view: UsageView, views: Sequence[InstanceView]) -> list[tuple[str, ...]]:
    """Return the cells of each instance, with the name and the state of this moment."""
    measured = {row.instance_id: row for row in view.instances}
    return [
        (isolated(instance.name), _(LABELS[instance.state]), *_figures(measured.get(instance.id)))
        for instance in views
    ]


def _figures(row: InstanceUsage | None) -> tuple[str, ...]:
    if row is None:
        return (_("measuring…"), *(_NONE,) * 5)
    return (
        format_size(row.total_bytes),
        format_size(row.session_bytes),
        format_size(row.history_bytes),
        _NONE if row.growth_bytes is None else _signed(row.growth_bytes),
        _NONE if row.worker_bytes is None else format_size(row.worker_bytes),
        _NONE if row.last_write is None else format_time(row.last_write, now=time.time()),
    )


def _signed(growth: int) -> str:
    return f"+{format_size(growth)}" if growth > 0 else format_size(growth)
