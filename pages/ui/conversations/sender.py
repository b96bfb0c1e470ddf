"""Which instance's conversations are shown: the one that was chosen, or none. Never another one instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import inbox, instances
from pages.ui.badge import badge_html
from pages.ui.escape import escape_html, isolated, isolated_markdown
from pages.ui.i18n import _
from pages.ui.links import CONVERSATION_ID, INSTANCE_ID, address_of
from pages.ui.live import ARRIVED
from pages.ui.presentation import shown_number
from pages.ui.state import Slot, nothing
from pages.ui.texts.instance_states import LABELS
from pages.ui.widgets.choice import draw_choice
from pages.ui.widgets.symbol import symbol_html

_KEY: Final = "send-from"


@dataclass(frozen=True, slots=True)
class Sender:
    """The instance whose number a message leaves from, as it was when it was seen. Empty for none."""

    instance_id: str = ""
    name: str = ""
    phone: str = ""
    """Digits: an instance that is linked to another number is another sender."""


NO_SENDER: Final = Sender()
_CHOSEN: Final = Slot[Sender | None]("sender-chosen", nothing)
_LOST: Final = Slot[Sender | None]("sender-lost", nothing)
"""The one that was chosen and cannot send any more, until another choice is made."""
_ADDRESS: Final = Slot("sender-address", str)
"""The instance that the page's address named when it was last looked at."""


def senders() -> tuple[InstanceView, ...]:
    """Return the instances that can send, then those that could before and may again, or have messages."""
    said = inbox.latest()
    views = [
        view for view in instances.list_instances() if view.linked or _connected(view) or view.id in said
    ]
    return tuple(sorted(views, key=lambda view: not _connected(view)))


def sender_of(views: tuple[InstanceView, ...]) -> Sender | None:
    """Return which of ``views`` is chosen, NO_SENDER until then; None when there was never one to choose.

    A choice is kept while its instance reconnects, so nothing that was typed is lost.
    """
    by_id = {view.id: view for view in views}
    _follow_address(by_id)
    _let_go_of_what_is_gone(by_id)
    if not (_CHOSEN.get() or _LOST.get()):
        if not views:
            return None
        if len(views) == 1:
            _CHOSEN.set(_sender(views[0]))
    return _CHOSEN.get() or NO_SENDER


def draw_sender(views: tuple[InstanceView, ...]) -> None:
    """Draw the choice among ``views``, where there is one, and what is wrong with the chosen one."""
    by_id = {view.id: view for view in views}
    chosen, lost = _CHOSEN.get(), _LOST.get()
    if len(views) > 1 or not chosen:
        draw_choice(
            _("Send from"),
            {view.id: _label(view) for view in views},
            key=_KEY,
            chosen=chosen.instance_id if chosen else "",
            on_choose=lambda instance_id: _choose(by_id[instance_id]),
            placeholder=_("Choose the sending number"),
            label_visibility="collapsed",
        )
    if lost:
        _draw_lost(lost)
    elif chosen and not _connected(by_id[chosen.instance_id]):
        _draw_not_connected(by_id[chosen.instance_id])


def draw_no_sender() -> None:
    """Draw what to do when no instance was ever connected."""
    with st.container(key="no-sender", horizontal_alignment="center"):
        words = escape_html(_("Connect a WhatsApp to see its conversations here."))
        st.html(f'<p class="wa-empty">{symbol_html("forum")}<span>{words}</span></p>')
        st.page_link("instances.py", label=_("Connect a WhatsApp"), icon=":material/qr_code_2:")


def redraw_on_change(drawn: tuple[InstanceView, ...]) -> None:
    """Draw the whole page again when the senders or their states are not those that were drawn."""
    if _signature(senders()) != _signature(drawn):
        st.rerun()


def _signature(views: tuple[InstanceView, ...]) -> list[tuple[str, ...]]:
    return [(view.id, view.name, view.phone, view.state, view.reason) for view in views]


def _follow_address(by_id: dict[str, InstanceView]) -> None:
    """Take the instance of the page's address when that is new: a link, or the browser's back button."""
    asked = st.query_params.get(INSTANCE_ID, "")
    arrived = ARRIVED.pop()
    if not arrived and asked == _ADDRESS.get():
        return
    _ADDRESS.set(asked)
    if asked in by_id:
        _set(_sender(by_id[asked]), lost=None)
    elif asked:
        names = {view.id: view.name for view in instances.list_instances()}
        _set(None, lost=Sender(asked, names.get(asked, "")))


def _let_go_of_what_is_gone(by_id: dict[str, InstanceView]) -> None:
    """Drop a choice whose instance is gone, unlinked or linked to another number; remember that it was."""
    chosen = _CHOSEN.get()
    if chosen is None or not instances.storage().ready:
        return
    view = by_id.get(chosen.instance_id)
    if view is None or (chosen.phone and view.phone not in (chosen.phone, "")):
        _set(None, lost=chosen)
    else:
        _CHOSEN.set(replace(chosen, name=view.name, phone=view.phone or chosen.phone))


def _set(chosen: Sender | None, *, lost: Sender | None) -> None:
    _CHOSEN.set(chosen)
    _LOST.set(lost)


def _choose(view: InstanceView) -> None:
    _set(_sender(view), lost=None)
    _ADDRESS.set(view.id)
    st.query_params[INSTANCE_ID] = view.id  # so that a reload, or a bookmark, means the same one
    st.query_params.pop(CONVERSATION_ID, None)


def _draw_lost(lost: Sender) -> None:
    if lost.name:
        warning = _("“{name}” was disconnected: nothing goes out until you choose the sending number again.")
    else:
        warning = _("The instance of this address cannot send: choose the sending number.")
    with st.container(key="sender-lost"):
        st.warning(warning.replace("{name}", isolated_markdown(lost.name)), icon=":material/link_off:")


def _draw_not_connected(view: InstanceView) -> None:
    with st.container(key="sender-state", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(badge_html(view.state, view.reason))
        st.page_link("instance.py", label=_("Open the instance"), query_params=address_of(view.id))


def _sender(view: InstanceView) -> Sender:
    return Sender(view.id, view.name, view.phone)


def _connected(view: InstanceView) -> bool:
    return view.state is InstanceState.CONNECTED


def _label(view: InstanceView) -> str:
    number = shown_number(view.phone)
    name = isolated(view.name)
    name = f"{name} · {number}" if number else name
    if _connected(view):
        return name
    state = _(LABELS[view.state])
    return f"{name} ({state})"
