"""Which instances the list shows and in which order: search, chips with counts, sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.models.messages import LatestMessage
from core.services import instances
from pages.ui.i18n import N_, _
from pages.ui.instances.standing import is_stopped, needs_you
from pages.ui.state import Slot

FROM: Final = 6
"""So many instances are worth a search."""
PAGE: Final = "instances-page"
_SEARCH, _CHIPS, _SORT = "instances-search", "instances-filter", "instances-sort"
_ALL, _RECENT = "all", "recent"

_FILTERS: Final[Mapping[str, tuple[str, Callable[[InstanceView], bool]]]] = {
    _ALL: (N_("All {count}"), lambda _view: True),
    "connected": (N_("Connected {count}"), lambda view: view.state is InstanceState.CONNECTED),
    "needy": (N_("Need you {count}"), needs_you),
    "stopped": (N_("Stopped {count}"), is_stopped),
}
_ORDERS: Final = {_RECENT: N_("Newest first"), "name": N_("By name"), "state": N_("By state")}
_STATES: Final = tuple(InstanceState)

_FILTER: Final = Slot("instances-chosen-filter", str)
_DRAWN: Final = Slot("instances-drawn-filter", str)
_ORDER: Final = Slot("instances-chosen-order", str)


def narrow(views: Sequence[InstanceView], latest: Mapping[str, LatestMessage]) -> list[InstanceView]:
    """Draw search, chips and sort where there are enough instances; return those to show, in order.

    Those that need the owner always come first.
    """
    if len(views) < FROM:
        return _in_order(views, latest, _RECENT)
    with st.container(key="instances-tools", horizontal=True, wrap=False, gap="small"):
        st.text_input(
            _("Search by name or number"),
            key=_SEARCH,
            placeholder=_("Search by name or number"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            autocomplete="off",
            on_change=_first_page,
        )
        _draw_sort()
    found = instances.find(views, st.session_state.get(_SEARCH) or "")
    chosen = _draw_chips(found)
    return _in_order([view for view in found if _FILTERS[chosen][1](view)], latest, _ORDER.get() or _RECENT)


def clear() -> None:
    """Show all instances again."""
    st.session_state[_SEARCH] = ""
    _FILTER.clear()
    _DRAWN.clear()
    _first_page()


def _first_page() -> None:
    st.session_state[PAGE] = 1


def _draw_chips(found: Sequence[InstanceView]) -> str:
    """Draw the chips and return the key of the chosen one.

    Streamlit knows a chip by its label, which changes with its count: the choice is kept here, and shown
    again whenever a label is a new one.
    """
    labels = {key: _(label).format(count=sum(map(fits, found))) for key, (label, fits) in _FILTERS.items()}
    chosen = _FILTER.get() or _ALL
    drawn = "\n".join((chosen, *labels.values()))
    if _DRAWN.get() != drawn or _CHIPS not in st.session_state:
        st.session_state[_CHIPS] = chosen
        _DRAWN.set(drawn)
    st.pills(
        _("Show only"),
        list(labels),
        format_func=lambda key: labels.get(key, ""),
        key=_CHIPS,
        on_change=_choose_filter,
        label_visibility="collapsed",
        required=True,
    )
    return chosen


def _choose_filter() -> None:
    value = st.session_state[_CHIPS]
    if value in _FILTERS:
        _FILTER.set(value)
    _DRAWN.clear()
    _first_page()


def _draw_sort() -> None:
    chosen = _ORDER.get() or _RECENT
    st.menu_button(
        _(_ORDERS[chosen]),
        list(_ORDERS),
        format_func=lambda key: _(_ORDERS[key]),
        key=_SORT,
        icon=":material/sort:",
        on_click=_choose_order,
    )


def _choose_order() -> None:
    if (value := st.session_state[_SORT]) in _ORDERS:
        _ORDER.set(value)
    _first_page()


def _in_order(
    views: Sequence[InstanceView], latest: Mapping[str, LatestMessage], order: str
) -> list[InstanceView]:
    def place(view: InstanceView) -> tuple[bool, float | int, str]:
        name = view.name.casefold()
        if order == "name":
            return not needs_you(view), 0, name
        if order == "state":
            return not needs_you(view), _STATES.index(view.state), name
        newest = latest.get(view.id)
        return not needs_you(view), -(newest.at if newest else view.created_at), ""

    return sorted(views, key=place)
