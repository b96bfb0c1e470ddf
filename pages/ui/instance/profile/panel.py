"""The folded part about the number itself. WhatsApp is asked only when it is opened, and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError, NotConnectedError, UnknownInstanceError
from core.models.instance import InstanceState, InstanceView
from core.models.profile.own_profile import OwnProfile
from core.services import instances
from core.services.profile import own_profile
from pages.ui.i18n import _
from pages.ui.instance.profile.block_list import UNBLOCKED, draw_block_list
from pages.ui.instance.profile.calls import draw_calls
from pages.ui.instance.profile.form import SAVED, Result, Step, draw_form, fill_in, save
from pages.ui.state import Slot
from pages.ui.widgets import alert


@dataclass(frozen=True, slots=True)
class _Read:
    """For which account WhatsApp was asked since this part was opened, and why there was no answer."""

    instance_id: str = ""
    phone: str = ""
    problem: str = ""
    """As Markdown."""


_FOLD: Final = "profile"
_DOUBLE_PRESS_S: Final = 3.0
_READ: Final = Slot("profile-read", _Read)
_RESULT: Final = Slot("profile-result", Result)
_BLOCK_PROBLEM: Final = Slot("profile-block-problem", str)
"""Why the last person was not unblocked, as Markdown."""
_GONE: Final[alert.Passing] = (UnknownInstanceError,)


def draw_profile(instance_id: str) -> None:
    """Draw the folded part, and what is in it when it is open. Raises UnknownInstanceError."""
    view = instances.get_instance(instance_id)
    fold = st.expander(_("Profile"), key=_FOLD, icon=":material/account_circle:", on_change="rerun")
    with fold:
        if not fold.open:
            for slot in (_READ, _RESULT, _BLOCK_PROBLEM, SAVED, UNBLOCKED):
                slot.clear()
            return
        with st.container(key="profile-progress"):
            _carry_out(view)
        _draw(view)


def _carry_out(view: InstanceView) -> None:
    """Do what was pressed for, and ask WhatsApp what there is to show; a spinner turns meanwhile.

    A press that comes meanwhile ends this draw where something is drawn: what is to be done is forgotten only
    once it is done.
    """
    if SAVED.get() == view.id:
        with st.spinner(_("Telling WhatsApp…")):
            result = save(view, own_profile.last_known(view.id), problem_of=_problem_of)
            if not _is_second_half(result):
                _RESULT.set(result)
            SAVED.clear()
            _ask(view, refill=not _RESULT.get().problems)
    elif address := UNBLOCKED.get():
        with st.spinner(_("Telling WhatsApp…")):
            _BLOCK_PROBLEM.set(_problem_of(partial(own_profile.unblock, view.id, address)))
            UNBLOCKED.clear()
            _ask(view, refill=False)
    elif view.state is InstanceState.CONNECTED and not _is_read(view):
        _RESULT.clear()
        _BLOCK_PROBLEM.clear()
        with st.spinner(_("Asking WhatsApp…")):
            _ask(view, refill=True)


def _is_second_half(result: Result) -> bool:
    """Return whether it is of a double press, whose first half has just saved everything."""
    before = _RESULT.get()
    return result.unchanged and before.saved and result.at - before.at < _DOUBLE_PRESS_S


def _ask(view: InstanceView, *, refill: bool) -> None:
    """Ask WhatsApp, and put what it says into the form, unless something typed is to stay there."""
    problem = _problem_of(partial(own_profile.read, view.id))
    _READ.set(_Read(view.id, view.phone, problem))
    profile = own_profile.last_known(view.id)
    if refill and profile is not None:
        fill_in(profile)


def _is_read(view: InstanceView) -> bool:
    read = _READ.get()
    return (read.instance_id, read.phone) == (view.id, view.phone)


def _draw(view: InstanceView) -> None:
    profile, connected = own_profile.last_known(view.id), view.state is InstanceState.CONNECTED
    if not connected:
        _draw_offline(profile)
    elif problem := _READ.get().problem:
        alert.show(problem)
        st.button(_("Try again"), key="profile-again", icon=":material/refresh:", on_click=_READ.clear)
    if profile is not None:
        if not connected and not _is_read(view):
            # What was typed before the connection was lost stays.
            _READ.set(_Read(view.id, view.phone))
            fill_in(profile)
        draw_form(view, profile, result=_RESULT.get())
    draw_calls(view)
    if profile is not None:
        draw_block_list(view, profile)
        alert.show(_BLOCK_PROBLEM.get())


def _draw_offline(profile: OwnProfile | None) -> None:
    if profile is None:
        words = _(
            "The instance is not connected, so WhatsApp cannot be asked. Start it, then open this again."
        )
    else:
        words = _(
            "The instance is not connected: this is what WhatsApp last said. Nothing can be changed now."
        )
    st.info(words, icon=":material/cloud_off:")


def _problem_of(action: Step) -> str:
    return alert.problem_of(action, text_of=_text_of, passing=_GONE)


def _text_of(error: AppError) -> str:
    if isinstance(error, NotConnectedError):
        return _("The instance is not connected, so nothing was changed. Wait until it is, and try again.")
    return alert.text(error)
