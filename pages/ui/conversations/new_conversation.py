"""Whom to write to first: a number, somebody from a short while ago, or a group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.codes import SendCode
from core.models.recipients import NumberLookup, Recipient
from core.services import conversations, phone_numbers, safe_image
from core.services.visible import seen
from pages.ui.conversations.line import person_line
from pages.ui.conversations.line_list import draw_lines
from pages.ui.conversations.new_group import draw_groups
from pages.ui.conversations.opened import note_opened
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.i18n import _
from pages.ui.presentation import covered, shown_number
from pages.ui.state import Slot
from pages.ui.texts.message import text_for
from pages.ui.texts.sending import SENDS
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus
from pages.ui.widgets.number_lookup import look_up
from pages.ui.widgets.picture import draw_picture

PERSON: Final = "person"
GROUP: Final = "group"
_WAY: Final = "send-way"
_TO: Final = "send-to"
_RECENT: Final = 6
_OPEN: Final = Slot("new-conversation-open", bool)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a press did not begin a conversation, as Markdown, for as long as the number stays what it was."""

    text: str = ""
    typed: str = ""


_PROBLEM: Final = Slot("new-conversation-problem", _Problem)


def begin() -> None:
    """Open the dialog: for the callback of a press, as its last step."""
    _OPEN.set(True)
    _PROBLEM.clear()
    st.session_state[_TO], st.session_state[_WAY] = "", PERSON
    st.rerun()


def draw_new_button() -> None:
    """Draw the button that opens the dialog."""
    st.button(
        _("New conversation"), key="new-conversation", type="primary", icon=":material/add:", on_click=begin
    )


def draw_new_conversation(instance_id: str) -> None:
    """Draw the dialog while it is open; it outlives what happens on the page below."""
    if _OPEN.get() and instance_id:
        st.dialog(_("New conversation"), on_dismiss=_OPEN.clear)(_draw)(instance_id)


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
            label_visibility="collapsed",
        )
        if way == GROUP:
            alert.show(_PROBLEM.get().text)
            draw_groups(instance_id, on_pick=partial(_take_group, instance_id))
        else:
            _draw_person(instance_id)


def _draw_person(instance_id: str) -> None:
    typed = (
        st.text_input(
            _("Recipient's number"),
            key=_TO,
            type="phone",
            placeholder="+55 11 91234-5678",
            live="300ms",
            autocomplete="off",
        )
        or ""
    )
    focus(_TO)
    problem = _PROBLEM.get()
    if problem.text and problem.typed == typed:
        alert.show(problem.text)
        _draw_offer(typed)
    else:
        _draw_check(instance_id, typed)
    st.button(
        _("Start the conversation"),
        key="start-conversation",
        type="primary",
        icon=":material/chat:",
        width="stretch",
        on_click=_start,
        args=(instance_id,),
    )
    alert.draw_or_show(lambda: _draw_recent(instance_id, typed))


def _draw_check(instance_id: str, typed: str) -> None:
    """Draw what is known of the number while it is typed: nothing of it is taken silently."""
    try:
        parsed = phone_numbers.parse_number(typed)
    except InvalidInputError:
        if not _draw_offer(typed):
            st.caption(_("With country code and area code, for example +55 11 91234-5678."))
        return
    answer = look_up(instance_id, parsed.digits)
    number = f"**{escape_markdown(covered(parsed.shown))}**"
    if answer is not None and not answer.exists:
        with st.container(key="send-checked-no"):
            st.error(_("{number} is not on WhatsApp.").format(number=number), icon=":material/person_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-checked-yes"):
        alert.draw_or_show(lambda: _draw_answer(answer, parsed.digits, number))


def _draw_answer(answer: NumberLookup | None, digits: str, number: str) -> None:
    """Draw whom the number reaches, under the number by which WhatsApp knows them."""
    if answer is None:
        st.caption(_("The number {number} cannot be checked now.").format(number=number))
        return
    if answer.picture:
        draw_picture(safe_image.face(answer.picture), width=40, alt=_("Profile picture"))
    if answer.number != digits:
        number = f"**{escape_markdown(shown_number(answer.number))}**"
    if seen(answer.name):
        number = f"**{isolated_markdown(answer.name)}** · {number}"
    st.caption(":material/verified: " + _("{number} is on WhatsApp.").format(number=number))


def _draw_offer(typed: str) -> bool:
    """Offer the number that ``typed`` most likely stands for, if there is one."""
    number = phone_numbers.suggest_number(typed)
    if number is not None:
        st.button(
            f"{covered(number.shown)}?",
            key="send-to-offer",
            icon=":material/subdirectory_arrow_right:",
            on_click=_take,
            args=(number.digits,),
        )
    return number is not None


def _take(digits: str) -> None:
    st.session_state[_TO] = phone_numbers.show_number(digits)


def _start(instance_id: str) -> None:
    typed = str(st.session_state.get(_TO) or "")
    _PROBLEM.clear()
    problem = alert.problem_of(lambda: _go_to_number(instance_id, typed), text_of=_refusal)
    if problem:
        _PROBLEM.set(_Problem(problem, typed))


def _go_to_number(instance_id: str, typed: str) -> None:
    digits = phone_numbers.parse_number(typed).digits
    answer = look_up(instance_id, digits, again=True)
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
    return text_for(SENDS, error.code).text if error.code in SENDS else alert.text(error)


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
