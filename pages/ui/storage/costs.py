"""What sessions cost a month: disk sizes, what fits, what comes first, and other hosts."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from core.models.usage import CostView
from core.services import usage
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_date, format_dollars, format_number, format_size
from pages.ui.i18n import N_, _, ngettext
from pages.ui.widgets.price_source import draw_price_source
from pages.ui.widgets.table import draw_words

LIMITS: Final = {"disk": N_("Disk"), "memory": N_("Memory"), "setting": N_("MAX_INSTANCES")}
_BECAUSE: Final = {
    "disk": N_("The disk is what runs out first."),
    "memory": N_("Memory is what runs out first."),
    "setting": N_("The setting MAX_INSTANCES is what stops it first."),
}


def draw_cost() -> None:
    """Draw the room left, the table of sizes, where the prices are from, and what others charge."""
    view = usage.costs()
    st.subheader(_("Cost and room"), anchor=False)
    _draw_room(view)
    _draw_basis(view)
    _draw_table(view)
    draw_price_source(view.price)
    st.caption(_("The disk can grow, never shrink: choose the smallest one that fits."))
    _draw_elsewhere(view)


def _draw_room(view: CostView) -> None:
    with st.container(key="room-left"):
        if view.room_left is None:
            st.markdown(_("How many more instances fit is not known: this system does not tell."))
            return
        room = max(0, view.room_left)
        because = _(_BECAUSE[view.room_limit]) if view.room_limit in _BECAUSE else ""
        if not room:
            nothing = _("There is no room for another instance.")
            st.markdown(f"**{nothing}** {because}")
            return
        said = ngettext("Room for {count} more instance", "Room for {count} more instances", room).format(
            count=format_number(room)
        )
        st.markdown(f"**{said}.** {because}")


def _draw_basis(view: CostView) -> None:
    figures = {"session": format_size(view.session_bytes), "memory": format_size(view.worker_bytes)}
    if view.typical:
        said = _("Counted with a typical instance: {session} on the disk and {memory} of memory.")
    else:
        said = _("Counted with the average of yours: {session} on the disk and {memory} of memory each.")
    st.caption(said.format(**figures))


def cost_frame(view: CostView) -> pd.DataFrame:
    """Return one row for each size of the disk."""
    return pd.DataFrame(
        [
            (
                row.gigabytes,
                "●" if row.present else "",
                row.disk_usd,
                row.plan_usd,
                row.total_usd,
                row.fit_by_disk,
                row.fit_by_memory,
                _(LIMITS[row.first_limit]) if row.first_limit in LIMITS else row.first_limit,
            )
            for row in view.rows
        ],
        columns=["size", "present", "disk", "plan", "total", "by_disk", "by_memory", "first"],
    )


def _draw_table(view: CostView) -> None:
    column = st.column_config

    money = partial(column.NumberColumn, format="localized", step=0.01, width=82)
    count = partial(column.NumberColumn, format="localized")

    # A table that cannot be selected in carries no class of its key.
    with st.container(key="cost-table"):
        st.dataframe(
            cost_frame(view),
            key="cost-frame",
            hide_index=True,
            alt=_("Price a month and number of instances for each size of the disk"),
            column_config={
                "size": column.NumberColumn(_("Size"), format="%d GB", pinned=True, width=68),
                "present": column.TextColumn(
                    _("Yours"), width=56, help=_("The disk that is mounted now, by its nominal size.")
                ),
                "disk": money(_("Disk (US$)")),
                "plan": money(_("Plan (US$)")),
                "total": money(_("Sum (US$)")),
                "by_disk": count(
                    _("Fit on disk"), width=104, help=_("How many instances like yours fit on this disk.")
                ),
                "by_memory": count(
                    _("Fit in memory"),
                    width=124,
                    help=_("How many instances like yours fit in the plan’s memory."),
                ),
                "first": column.TextColumn(_("Runs out first"), width=110),
            },
        )


def _draw_elsewhere(view: CostView) -> None:
    if not view.elsewhere:
        return
    st.markdown(_("**Other plans and hosts**"))
    heads = (_("Host"), _("Disk, for each GB a month"), _("Plan a month"))
    rows = [
        (
            f"{price.host} {price.plan}".strip(),
            format_dollars(price.gigabyte_usd),
            format_dollars(price.plan_usd) if price.plan_usd else _("by use"),
        )
        for price in view.elsewhere
    ]
    draw_words(heads, rows, key="elsewhere")
    links = " · ".join(
        f"[{escape_markdown(price.host)}]({price.source}) ({escape_markdown(format_date(price.read_on))})"
        for price in view.elsewhere
    )
    said = _("Sources: {links}").format(links=links)
    st.markdown(small(said))
