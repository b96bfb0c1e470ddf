"""What fits here, what a disk costs a month, and what growing costs."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.usage import CostRow, CostView, DiskSpace, ExchangeRate
from core.services import usage
from pages.ui.escape import escape_html, escape_markdown, small
from pages.ui.formats import format_date, format_dollars, format_number, format_reais, format_size
from pages.ui.i18n import N_, _, ngettext
from pages.ui.storage.disk_size import disk_size
from pages.ui.widgets.price_source import draw_price_source
from pages.ui.widgets.table import draw_table

LIMITS: Final = {"disk": N_("Disk"), "memory": N_("Memory"), "setting": N_("This app’s limit")}
_BECAUSE: Final = {
    "disk": N_("The disk is what runs out first."),
    "memory": N_("Memory is what runs out first."),
    "setting": N_("Limit of this app: {limit}."),
}


def draw_room(view: CostView) -> None:
    """Draw how many more instances fit here, and what limits that."""
    with st.container(key="room-left"):
        st.html(f'<p class="wa-lead-more">{escape_html(_room(view))}</p>')


def _room(view: CostView) -> str:
    if view.room_left is None:
        return _("How many more instances fit is not known: this system does not tell.")
    because = _(_BECAUSE.get(view.room_limit, "")) if view.room_limit in _BECAUSE else ""
    because = because.format(limit=format_number(view.max_instances))
    room = max(0, view.room_left)
    if not room:
        nothing = _("There is no room for another instance.")
        return f"{nothing} {because}".strip()
    fits = ngettext("{count} more fits here.", "{count} more fit here.", room)
    return f"{fits.format(count=format_number(room))} {because}".strip()


def draw_disk_price(view: CostView) -> None:
    """Draw what the smallest disk that lasts costs a month with its plan; in reais at the rate of a day."""
    smallest = view.rows[0]
    said = _("Plan and disk of {size} at {host}: {dollars} a month (≈ {reais}, rate of {day}).").format(
        size=_gigabytes(smallest),
        host=view.price.host,
        dollars=format_dollars(smallest.total_usd),
        reais=in_reais(smallest.total_usd, view.rate),
        day=format_date(view.rate.read_on),
    )
    with st.container(key="disk-price"):
        st.html(f'<p class="wa-lead-more">{escape_html(said)}</p>')


def in_reais(dollars: float, rate: ExchangeRate) -> str:
    """Return dollars in reais at that rate."""
    return format_reais(dollars * rate.brl_per_usd)


def draw_cost() -> None:
    """Draw, folded, the table of sizes, where the prices are from, and what others charge."""
    view = usage.costs()
    with st.expander(_("What growing costs"), key="growth-costs", icon=":material/payments:"):
        _draw_basis(view)
        _draw_sizes(view, usage.usage().disk)
        draw_price_source(view.price)
        _draw_rate(view.rate)
        _draw_elsewhere(view)


def _draw_basis(view: CostView) -> None:
    st.markdown(_("The disk can grow, never shrink: choose the smallest one that fits."))
    figures = {"session": format_size(view.session_bytes), "memory": format_size(view.worker_bytes)}
    if view.typical:
        said = _("Counted with a typical instance: {session} on the disk and {memory} of memory.")
    else:
        said = _(
            "Counted with what yours take and room for traffic: {session} on the disk and {memory} of memory "
            "each."
        )
    plan = _("The plan is {plan}, with {size} of memory. For your own disk, this server’s memory counts.")
    size = format_size(view.price.memory_bytes)
    st.caption(f"{said.format(**figures)} {plan.format(plan=view.price.plan, size=size)}")


def _draw_sizes(view: CostView, disk: DiskSpace | None) -> None:
    heads = (
        *(_("Disk"), _("Disk a month"), _("Plan a month"), _("Total per month"), _("In reais")),
        *(_("Instances that fit"), _("Runs out first")),
    )
    draw_table(
        heads,
        [_cells(row, view, disk) for row in view.rows],
        key="cost-table",
        caption=_("Price a month and number of instances for each size of the disk"),
        figures=(1, 2, 3, 4, 5),
    )


def _cells(row: CostRow, view: CostView, disk: DiskSpace | None) -> tuple[str, ...]:
    size = _gigabytes(row)
    if row.present and disk is not None:
        size = _("{size} (yours)").format(size=disk_size(disk))
    fit, first = fitting(row, view.max_instances)
    return (
        size,
        format_dollars(row.disk_usd),
        format_dollars(row.plan_usd),
        format_dollars(row.total_usd),
        f"≈ {in_reais(row.total_usd, view.rate)}",
        format_number(fit),
        _(LIMITS[first]) if first in LIMITS else first,
    )


def _gigabytes(row: CostRow) -> str:
    return f"{format_number(row.gigabytes)} GB"


def fitting(row: CostRow, most: int) -> tuple[int, str]:
    """Return how many instances fit with that disk, and what limits that; never more than the app allows."""
    fit = min(row.fit_by_disk, row.fit_by_memory)
    return (most, "setting") if fit > most else (fit, row.first_limit)


def _draw_rate(rate: ExchangeRate) -> None:
    figures = {
        "reais": escape_markdown(format_number(rate.brl_per_usd, digits=4)),
        "day": escape_markdown(format_date(rate.read_on)),
    }
    if rate.source:
        text = _("1 US dollar = {reais} reais: rate of {day}, from the [central bank of Brazil]({source}).")
    else:
        text = _("1 US dollar = {reais} reais: rate of {day}, set on this server.")
    st.markdown(small(text.format(source=rate.source, **figures)))


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
    draw_table(heads, rows, key="elsewhere", caption=_("Other plans and hosts"), figures=(1, 2))
    links = " · ".join(
        f"[{escape_markdown(price.host)}]({price.source}) ({escape_markdown(format_date(price.read_on))})"
        for price in view.elsewhere
    )
    st.markdown(small(_("Sources: {links}").format(links=links)))
