"""Which instance a message goes out from: the one that somebody chose, or none. Never another one instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import instances
from core.services.phone_numbers import show_number
from pages.ui.badge import LABELS
from pages.ui.escape import isolated, isolated_markdown
from pages.ui.i18n import _
from pages.ui.live import ARRIVED
from pages.ui.texts.instance_states import state_message
from pages.ui.widgets.choice import draw_choice

PARAMETER: Final = "id"
"""In the page's address: the instance to start with, and from then on the one that is chosen."""
_KEY: Final = "send-from"
_CHOSEN: Final = "sender-chosen"
_LOST: Final = "sender-lost"
"""The one that was chosen and cannot send any more, until somebody chooses again."""
_FOLLOWED: Final = "sender-address"
"""What the page's address asked for when it was last looked at."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose number a message leaves from, as it was when somebody saw it. Empty for none."""

    instance_id: str = ""
    name: str = ""
    phone: str = ""
    """Digits: an instance that is linked to another number is another sender."""

    def is_also(self, other: Sender) -> bool:
        """Return whether both are the same number of the same instance, however it is called."""
        return (self.instance_id, self.phone) == (other.instance_id, other.phone)


NOBODY: Final = Sender()


def senders() -> tuple[InstanceView, ...]:
    """Instances that can send, then those that could before and may again."""
    views = [view for view in instances.list_instances() if view.linked or _connected(view)]
    return tuple(sorted(views, key=lambda view: not _connected(view)))


def pick_sender(views: tuple[InstanceView, ...]) -> Sender | None:
    """Draw the choice among ``views``; return what is chosen, NOBODY until then.

    None when there is nothing to send from, and was nothing before. A choice is kept while its instance
    reconnects, so nothing that was typed is lost.
    """
    by_id = {view.id: view for view in views}
    _follow_address(by_id)
    _let_go_of_what_is_gone(by_id)
    if not (_chosen() or _lost() or any(_connected(view) for view in views)):
        return None
    if not (_chosen() or _lost()) and len(views) == 1:
        st.session_state[_CHOSEN] = _sender(views[0])
    _draw(by_id)
    return _chosen() or NOBODY


def lost_name() -> str:
    """Return the name of the sender that is gone, as Markdown; empty when none is or it has none."""
    lost = _lost()
    return isolated_markdown(lost.name) if lost else ""


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


def _signature(views: tuple[InstanceView, ...]) -> list[tuple[str, ...]]:
    return [(view.id, view.name, view.phone, view.state, view.reason) for view in views]


def _chosen() -> Sender | None:
    found: Sender | None = st.session_state.get(_CHOSEN)
    return found


def _lost() -> Sender | None:
    found: Sender | None = st.session_state.get(_LOST)
    return found


def _follow_address(by_id: dict[str, InstanceView]) -> None:
    """Take the instance of the page's address when that is new: a link, or the browser's back button."""
    asked = st.query_params.get(PARAMETER, "")
    arrived = st.session_state.pop(ARRIVED, False)
    if not arrived and asked == st.session_state.get(_FOLLOWED, ""):
        return
    st.session_state[_FOLLOWED] = asked
    if asked in by_id:
        st.session_state[_CHOSEN], st.session_state[_LOST] = _sender(by_id[asked]), None
    elif asked:
        names = {view.id: view.name for view in instances.list_instances()}
        st.session_state[_CHOSEN], st.session_state[_LOST] = None, Sender(asked, names.get(asked, ""))


def _let_go_of_what_is_gone(by_id: dict[str, InstanceView]) -> None:
    """Drop a choice whose instance is gone, unlinked or linked to another number; remember that it was."""
    chosen = _chosen()
    if chosen is None or not instances.storage().ready:
        return
    view = by_id.get(chosen.instance_id)
    if view is None or (chosen.phone and view.phone not in (chosen.phone, "")):
        st.session_state[_CHOSEN], st.session_state[_LOST] = None, chosen
    else:
        st.session_state[_CHOSEN] = replace(chosen, name=view.name, phone=view.phone or chosen.phone)


def _choose(view: InstanceView | None) -> None:
    state = st.session_state
    state[_CHOSEN], state[_LOST] = (_sender(view) if view else None), None
    state[_FOLLOWED] = view.id if view else ""
    if view:
        st.query_params[PARAMETER] = view.id  # so that a reload, or a bookmark, means the same one
    else:
        st.query_params.pop(PARAMETER, None)


def _draw(by_id: dict[str, InstanceView]) -> None:
    chosen = _chosen()
    draw_choice(
        _("Send from"),
        {view.id: _label(view) for view in by_id.values()},
        key=_KEY,
        chosen=chosen.instance_id if chosen else "",
        on_choose=lambda instance_id: _choose(by_id.get(instance_id)),
        placeholder=_("Choose whose number sends"),
    )
    if lost := _lost():
        _draw_lost(lost)
    elif chosen and not _connected(by_id[chosen.instance_id]):
        _draw_not_connected(by_id[chosen.instance_id])


def _draw_lost(lost: Sender) -> None:
    if lost.name:
        said = _("“{name}” was disconnected: nothing goes out until you choose again whose number sends.")
    else:
        said = _("The instance of this address cannot send: choose whose number sends.")
    with st.container(key="sender-lost"):
        st.warning(said.replace("{name}", isolated_markdown(lost.name)), icon=":material/link_off:")


def _draw_not_connected(view: InstanceView) -> None:
    sentence = state_message(view.state, view.reason, view.detail)
    said = f"{sentence.what} {sentence.next_step}".strip()
    if not view.state.running:
        off = _("“{name}” was disconnected: nothing goes out from it.")
        said = f"{off.replace('{name}', isolated_markdown(view.name))} {said}"
    st.warning(said, icon=":material/sync_problem:")
    st.page_link(
        "instance.py",
        label=_("Open the instance"),
        icon=":material/smartphone:",
        query_params={"id": view.id},
    )


def _sender(view: InstanceView) -> Sender:
    return Sender(view.id, view.name, view.phone)


def _connected(view: InstanceView) -> bool:
    return view.state is InstanceState.CONNECTED


def _label(view: InstanceView) -> str:
    number = show_number(view.phone)
    name = isolated(view.name)
    name = f"{name} · {number}" if number else name
    if _connected(view):
        return name
    state = _(LABELS[view.state])
    return f"{name} ({state})"
