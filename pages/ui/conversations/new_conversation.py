"""Whom to write to first: a number, a person of a conversation that there is, or a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.codes import SendCode
from core.models.recipients import Recipient
from core.services import conversations, instances
from core.services.phone_numbers import parse_number
from pages.ui.conversations.line import person_line
from pages.ui.conversations.line_list import draw_lines
from pages.ui.conversations.new_group import draw_groups
from pages.ui.conversations.opened import note_opened
from pages.ui.i18n import N_, _
from pages.ui.links import NEW, VIEW
from pages.ui.state import Slot
from pages.ui.texts.message import Message, text_for
from pages.ui.texts.sending import SENDS
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus, focus_button, press_on_enter
from pages.ui.widgets.number_check import draw_check, look_up
from pages.ui.widgets.number_field import (
    draw_number_field,
    draw_offers,
    home_regions,
    offers_taken,
    read_number,
)

PERSON: Final = "person"
GROUP: Final = "group"
_WAY: Final = "send-way"
_TO: Final = "send-to"
_START: Final = "start-conversation"
_RECENT: Final = 6
_OFFER: Final = "{number}?"
_REFUSALS: Final[Mapping[str, Message]] = {
    **SENDS,
    SendCode.NOT_ON_WHATSAPP: Message(N_("This number has no WhatsApp."), N_("Check the number.")),
}
_OPEN: Final = Slot("new-conversation-open", bool)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a press did not begin a conversation, as Markdown, for as long as the number stays what it was."""

    text: str = ""
    typed: str = ""


_PROBLEM: Final = Slot("new-conversation-problem", _Problem)


def begin() -> None:
    """Open the dialog: for the callback of a press, as its last step."""
    _open()
    st.rerun()


def begin_if_asked() -> None:
    """Open the dialog, once, when the page's address asks for it; before it is drawn."""
    if st.query_params.get(VIEW) == NEW:
        st.query_params.pop(VIEW)
        _open()


def _open() -> None:
    _OPEN.set(True)
    _PROBLEM.clear()
    st.session_state[_TO], st.session_state[_WAY] = "", PERSON


def draw_new_button() -> None:
    """Draw the button that opens the dialog."""
    st.button(
        _("New conversation"), key="new-conversation", type="primary", icon=":material/add:", on_click=begin
    )


def draw_new_conversation(instance_id: str) -> None:
    """Draw the dialog while it is open; it outlives what happens on the page below."""
    if _OPEN.get() and instance_id:
        st.dialog(_("New conversation"), on_dismiss=_OPEN.clear)(
            lambda: alert.draw_or_show(lambda: _draw(instance_id))
        )()


def _draw(instance_id: str) -> None:
    if not _OPEN.get():
        st.rerun()
    with st.container(key="new-conversation-dialog", gap="small"):
        way = st.segmented_control(
            _("To"),
            [PERSON, GROUP],
            key=_WAY,
            required=True,
            format_func=lambda way: _("A person") if way == PERSON else _("A group"),
            on_change=_PROBLEM.clear,
            label_visibility="collapsed",
        )
        if way == GROUP:
            alert.show(_PROBLEM.get().text)
            draw_groups(instance_id, on_pick=partial(_take_group, instance_id))
        else:
            _draw_person(instance_id)


def _draw_person(instance_id: str) -> None:
    typed = draw_number_field(_("Recipient's number"), key=_TO)
    focus(_TO)
    press_on_enter(_TO, button=_START)
    focus_button(_START, turn=offers_taken(_TO))
    problem = _PROBLEM.get()
    regions = _regions(instance_id)
    if problem.text and problem.typed == typed:
        alert.show(problem.text)
        draw_offers(typed, key=_TO, question=_OFFER, regions=regions)
    elif number := read_number(typed, key=_TO, question=_OFFER, regions=regions):
        draw_check(instance_id, number)
    st.button(
        _("Start the conversation"),
        key=_START,
        type="primary",
        icon=":material/chat:",
        width="stretch",
        on_click=_start,
        args=(instance_id,),
    )
    alert.draw_or_show(lambda: _draw_recent(instance_id, typed))


def _regions(instance_id: str) -> tuple[str, ...]:
    return home_regions(instances.get_instance(instance_id).phone)


def _start(instance_id: str) -> None:
    typed = str(st.session_state.get(_TO) or "")
    _PROBLEM.clear()
    problem = alert.problem_of(lambda: _go_to_number(instance_id, typed), text_of=_refusal)
    if problem:
        _PROBLEM.set(_Problem(problem, typed))


def _go_to_number(instance_id: str, typed: str) -> None:
    digits = parse_number(typed, regions=_regions(instance_id)).digits
    answer = look_up(instance_id, digits, to_send=True)
    if answer is not None and not answer.exists:
        raise AppError(SendCode.NOT_ON_WHATSAPP)
    _go_to(instance_id, Recipient(answer.number if answer is not None else digits))


def _go_to(instance_id: str, recipient: Recipient) -> None:
    """Open the conversation with a recipient; the dialog ends with its next drawing."""
    conversation = conversations.with_recipient(instance_id, recipient)
    note_opened(instance_id, conversation.id)
    _OPEN.clear()


def _take_group(instance_id: str, group: Recipient) -> None:
    _PROBLEM.set(_Problem(alert.problem_of(lambda: _go_to(instance_id, group))))


def _refusal(error: AppError) -> str:
    return text_for(_REFUSALS, error.code).text if error.code in _REFUSALS else alert.text(error)


def _draw_recent(instance_id: str, typed: str) -> None:
    """Draw people of the newest conversations, those that the typed number or name fits."""
    found = conversations.list_conversations(instance_id, search=typed.strip(), limit=4 * _RECENT)
    people = [one for one in found if not one.group][:_RECENT]
    if not people:
        return
    st.caption(_("Recent people"))
    draw_lines(
        [person_line(one) for one in people],
        key="recent-people",
        label=_("Recent people"),
        on_pick=partial(_go_back_to, instance_id),
    )


def _go_back_to(instance_id: str, conversation_id: str) -> None:
    note_opened(instance_id, conversation_id)
    _OPEN.clear()
