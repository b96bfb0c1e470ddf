"""Naming a new instance, and going to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from core.services import instances
from pages.ui.i18n import _
from pages.ui.links import go_to_import, go_to_instance
from pages.ui.live import redraw
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus
from pages.ui.widgets.press import PressToken


@dataclass(slots=True)
class _Creation:
    """The instance that the last press made, and the token of that press. Changed in place."""

    token: str = ""
    instance_id: str = ""
    opened: bool = False
    """Its page was led to."""


_OPEN: Final = Slot("creating", bool)
_LAST: Final = Slot("created-last", _Creation)
_PROBLEM: Final = Slot("create-problem", str)
"""Why the last press made none, as Markdown."""
_PRESS: Final = PressToken("create-turn")
"""Streamlit runs a second press beside the first, in a state that does not see what the first one did; only
the service can tell, by the token, that both mean the same instance."""


def creating() -> bool:
    """Return whether this visitor has the form open."""
    return _OPEN.get()


def draw_new_button(*, width: Literal["content", "stretch"] = "content") -> None:
    """Draw the button that opens the form."""
    st.button(
        _("New instance"),
        key="new-instance",
        type="primary",
        icon=":material/add:",
        width=width,
        on_click=_open_form,
    )


def draw_import_button(*, width: Literal["content", "stretch"] = "content") -> None:
    """Draw the button that leads to where sessions of other systems come in."""
    label = _("Bring from another system")
    if st.button(label, key="import", icon=":material/move_to_inbox:", width=width):
        go_to_import()


def draw_create_form() -> None:
    """Draw the form; on success the page of the new instance follows, where its QR appears."""
    with st.form("create", border=True):
        st.text_input(
            _("Name of the instance"),
            key="instance-name",
            placeholder=_("For example: Downtown store"),
            help=_("This name also appears on the phone, in the list of linked devices."),
            autocomplete="off",
        )
        st.checkbox(
            _("Bring the recent conversations"),
            key="instance-history",
            help=_("The phone hands them over when it is linked. They appear as read."),
        )
        problem = st.container()
        with st.container(horizontal=True):
            st.form_submit_button(_("Create"), key="create-instance", type="primary", on_click=_create)
            st.form_submit_button(_("Cancel"), key="cancel-create", on_click=_open, args=(False,))
    focus("instance-name")
    with problem:
        alert.show(_PROBLEM.get())


def go_on() -> None:
    """Go to the instance just made, once; the second half of a double press on "Create" may come here too."""
    last = _LAST.get()
    if not last.token or last.token != _PRESS.current():
        return
    if not last.opened or st.session_state.get("create-instance"):
        last.opened = True
        go_to_instance(last.instance_id)


def _open_form() -> None:
    _open(True)
    redraw()


def _open(value: bool) -> None:
    _OPEN.set(value)
    _PROBLEM.clear()
    _PRESS.renew()


def _create() -> None:
    name, history = str(st.session_state["instance-name"]), bool(st.session_state["instance-history"])
    token = _PRESS.current()
    created: list[str] = []
    problem = alert.problem_of(
        lambda: created.append(instances.create_instance(name, history=history, request_id=token).id)
    )
    _PROBLEM.set(problem)
    if problem:
        return
    _LAST.set(_Creation(token, created[0]))
    _OPEN.set(False)
