"""Which instance a message goes out from."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import instances
from core.services.messages import show_number
from pages.ui.i18n import _
from pages.ui.sentences import say_state
from pages.ui.status_badge import LABELS

PARAMETER: Final = "id"
"""In the page's address: the instance to start with."""
_KEY: Final = "send-from"


def senders() -> tuple[InstanceView, ...]:
    """Instances that can send, then those that could before and may again."""
    views = [view for view in instances.list_instances() if view.linked or _connected(view)]
    return tuple(sorted(views, key=lambda view: not _connected(view)))


def pick_sender(views: tuple[InstanceView, ...]) -> InstanceView | None:
    """The instance that the visitor chose among ``views``; None when there is none to send from.

    A choice is kept while its instance reconnects, so nothing that was typed is lost.
    """
    by_id = {view.id: view for view in views}
    in_use = st.session_state.get(_KEY) in by_id
    if not in_use and not any(_connected(view) for view in views):
        return None
    ids = list(by_id)
    asked = st.query_params.get(PARAMETER, "")
    chosen = st.selectbox(
        _("Send from"),
        ids,
        index=ids.index(asked) if asked in by_id else 0,
        format_func=lambda instance_id: _label(by_id[instance_id]) if instance_id in by_id else "",
        key=_KEY,
    )
    view = by_id[chosen]
    if not _connected(view):
        sentence = say_state(view.state, view.reason, view.detail)
        st.warning(f"{sentence.what} {sentence.todo}".strip(), icon=":material/sync_problem:")
        st.page_link(
            "instance.py",
            label=_("Open the instance"),
            icon=":material/smartphone:",
            query_params={"id": view.id},
        )
    return view


def draw_no_sender() -> None:
    """What to do when no instance is connected."""
    with st.container(border=True, key="no-sender"):
        st.markdown(_("**No instance is connected now**"))
        st.markdown(_("Connect one by scanning its QR code, then come back here to send a message."))
        st.page_link("instances.py", label=_("See the instances"), icon=":material/smartphone:")


def redraw_on_change(drawn: tuple[InstanceView, ...]) -> None:
    """Draw the whole page again when the senders or their states are not those that were drawn."""
    if _signature(senders()) != _signature(drawn):
        st.rerun()


def _signature(views: tuple[InstanceView, ...]) -> list[tuple[str, str, str, str]]:
    return [(view.id, view.name, view.state, view.reason) for view in views]


def _connected(view: InstanceView) -> bool:
    return view.state is InstanceState.CONNECTED


def _label(view: InstanceView) -> str:
    number = show_number(view.phone)
    name = f"{view.name} · {number}" if number else view.name
    if _connected(view):
        return name
    state = _(LABELS[view.state])
    return f"{name} ({state})"
