"""Naming a new instance, and going to it."""

from __future__ import annotations

from typing import Final, Literal
from uuid import uuid4

import streamlit as st

from core.services import instances
from pages.ui.i18n import _
from pages.ui.widgets.document import focus
from pages.ui.widgets.press import problem_of

_OPEN: Final = "creating"
_LAST: Final = "created-last"
_TURN: Final = "create-turn"
"""Names the creation that the open form would make. Streamlit runs a second press beside the first, in a
state that does not see what the first one did; only the service can tell that both mean the same instance."""


def creating() -> bool:
    """True while this visitor has the form open."""
    return bool(st.session_state.get(_OPEN))


def draw_new_button(*, width: Literal["content", "stretch"] = "content") -> None:
    """The button that opens the form."""
    if st.button(_("New instance"), key="new-instance", type="primary", icon=":material/add:", width=width):
        _open(True)
        st.rerun()


def draw_create_form() -> None:
    """The form; on success the page of the new instance follows, where its QR appears."""
    with st.form("create", border=True):
        st.text_input(
            _("Name of the instance"),
            key="instance-name",
            placeholder=_("For example: Downtown store"),
            help=_("This name also appears on the phone, in the list of linked devices."),
            autocomplete="off",
        )
        problem = st.container()
        with st.container(horizontal=True):
            pressed = st.form_submit_button(_("Create"), key="create-instance", type="primary")
            st.form_submit_button(_("Cancel"), key="cancel-create", on_click=_open, args=(False,))
    focus("instance-name")
    if pressed:
        with problem:
            _create(st.session_state["instance-name"])


def resume_double_press() -> None:
    """Go on to the instance just made: the second half of a double press on "Create" may come here."""
    turn, instance_id = st.session_state.get(_LAST, ("", ""))
    if st.session_state.get("create-instance") and turn == st.session_state.get(_TURN):
        st.switch_page("instance.py", query_params={"id": instance_id})


def _open(value: bool) -> None:
    st.session_state[_OPEN] = value
    st.session_state[_TURN] = uuid4().hex


def _create(name: str) -> None:
    turn = st.session_state[_TURN]
    made: list[str] = []
    if problem := problem_of(lambda: made.append(instances.create_instance(name, request_id=turn).id)):
        st.error(problem, icon=":material/error:")
        return
    st.session_state[_LAST] = (turn, made[0])
    st.session_state[_OPEN] = False
    st.switch_page("instance.py", query_params={"id": made[0]})
