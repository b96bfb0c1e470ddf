"""To whom: a number that is looked up as soon as it is whole, or a group that the account is in."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.message import SentMessage
from core.services import harmless, messages, recipients
from core.services.recipients import Checked
from pages.ui.i18n import _
from pages.ui.picture import draw_picture
from pages.ui.sentences import say_error
from pages.ui.text import literal_markdown

WAY: Final = "send-way"
PERSON: Final = "person"
GROUP: Final = "group"
_CHECKED: Final = "send-checked"
"""What WhatsApp said of numbers in this visit: (instance, digits) to (when, answer)."""
_FRESH_S: Final = 600.0
_MOST: Final = 50


def draw_recipient(sender_id: str, problem: str) -> None:
    """The choice of a person or a group; ``problem`` is what is wrong with the number."""
    way = st.segmented_control(
        _("To"),
        [PERSON, GROUP],
        key=WAY,
        default=PERSON,
        required=True,
        format_func=lambda way: _("A person") if way == PERSON else _("A group"),
        label_visibility="collapsed",
    )
    if way == GROUP:
        _draw_groups(sender_id)
        return
    typed = st.text_input(
        _("Recipient's number"),
        key="send-to",
        type="phone",
        placeholder="+55 11 91234-5678",
        live="300ms",
        autocomplete="off",
    )
    if problem:
        st.error(problem, icon=":material/error:")
        return
    _draw_person(sender_id, typed or "")


def recipient() -> str:
    """What is typed or chosen now: a number as typed, or a group's address."""
    state = st.session_state
    if state.get(WAY) == GROUP:
        return str(state.get("send-group") or "")
    return str(state.get("send-to") or "")


def look_up(sender_id: str, to: str) -> Checked | None:
    """What WhatsApp says of the number, asked once in a while; None when it cannot be asked now.

    Raises InvalidInputError for what is no number.
    """
    digits = messages.parse_recipient(to).digits
    known = st.session_state.setdefault(_CHECKED, {})
    at, found = known.get((sender_id, digits), (0.0, None))
    if found is not None and time.time() - at < _FRESH_S:
        return found  # type: ignore[no-any-return]
    try:
        found = recipients.check(sender_id, to)
    except InvalidInputError:
        raise
    except AppError:
        return None
    known[sender_id, digits] = (time.time(), found)
    while len(known) > _MOST:
        del known[next(iter(known))]
    return found


def checked_at(message: SentMessage) -> float | None:
    """When its number was found on WhatsApp in this visit, before the send; None when not known."""
    at, found = st.session_state.get(_CHECKED, {}).get((message.instance_id, message.to), (0.0, None))
    return at if found is not None and found.exists and at <= message.created_at else None


def _draw_person(sender_id: str, typed: str) -> None:
    try:
        parsed = messages.parse_recipient(typed)
        found = look_up(sender_id, typed)
    except InvalidInputError:
        st.caption(_("With country code and area code, for example +55 11 91234-5678."))
        return
    number = f"**{literal_markdown(parsed.shown)}**"
    if found is not None and not found.exists:
        with st.container(key="send-checked-no"):
            st.error(_("{number} is not on WhatsApp.").format(number=number), icon=":material/person_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-checked-yes"):
        if found is not None and found.picture:
            draw_picture(harmless.face(found.picture), width=40, alt=_("Profile picture"))
        if found is not None and found.name:
            number += f" ({literal_markdown(found.name)})"
        mark = ":material/verified: " if found is not None else ""
        st.caption(mark + _("The message goes to {number}.").format(number=number))


def _draw_groups(sender_id: str) -> None:
    try:
        found = recipients.groups(sender_id)
    except AppError as error:
        sentence = say_error(error)
        st.warning(f"{sentence.what} {sentence.todo}".strip(), icon=":material/group_off:")
        return
    if not found:
        st.info(_("This instance is in no group."), icon=":material/group:")
        return
    closed = " · " + _("only admins may write")
    names = {
        group.address: _("{name} ({count} members)").format(name=group.name, count=group.members)
        + ("" if group.may_write else closed)
        for group in found
    }
    st.selectbox(
        _("Group"),
        list(names),
        key="send-group",
        format_func=lambda address: names.get(address, ""),
    )
    st.button(
        _("Look again"),
        key="send-groups-again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=_again,
        args=(sender_id,),
    )


def _again(sender_id: str) -> None:
    try:
        recipients.groups(sender_id, refresh=True)
    except AppError:
        return  # the drawing that follows says why
