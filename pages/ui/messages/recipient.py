"""The recipient: a number that is looked up as soon as it is whole, or a group that the account is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.models.recipients import Group, NumberLookup, is_group_address
from core.services import chats, phone_numbers, recipients, safe_image
from core.services.visible import seen
from pages.ui.escape import escape_markdown, isolated, isolated_markdown
from pages.ui.i18n import _
from pages.ui.presentation import covered, shown_number
from pages.ui.state import Slot, nothing
from pages.ui.widgets import alert
from pages.ui.widgets.choice import draw_choice, was_unclear
from pages.ui.widgets.number_lookup import look_up
from pages.ui.widgets.picture import draw_picture

WAY: Final = "send-way"
PERSON: Final = "person"
GROUP: Final = "group"
_GROUP_KEY: Final = "send-group"


@dataclass(frozen=True, slots=True)
class _ChosenGroup:
    """A group that was chosen, and the instance that is in it."""

    instance_id: str
    address: str
    name: str


_GROUP_CHOSEN: Final = Slot[_ChosenGroup | None]("send-group-chosen", nothing)
_GROUP_LOST: Final = Slot("send-group-lost", str)
"""Name of the group that was chosen and is gone, as Markdown, until the next choice."""
_PUT_THERE: Final = Slot("send-to-put", str)
"""The number that an answer wrote into the field, as it stands there."""
_DRAWN: Final = Slot("send-to-drawn", str)
"""What the field held when the form was last drawn."""


def point_at(instance_id: str, to: str, *, name: str = "") -> None:
    """Make ``to`` (a number, or the address of a group called ``name``) the recipient; for callbacks."""
    fields = st.session_state
    if is_group_address(to):
        fields[WAY] = GROUP
        _choose_group(_ChosenGroup(instance_id, to, name))
    else:
        fields[WAY], fields["send-to"] = PERSON, phone_numbers.show_number(to.removeprefix("+"))
        _PUT_THERE.set(fields["send-to"])


def _choose_group(group: _ChosenGroup | None, *, lost: str = "") -> None:
    _GROUP_CHOSEN.set(group)
    _GROUP_LOST.set(lost)


def draw_recipient(sender_id: str, problem: str, *, answered_group: str = "") -> None:
    """Draw the choice of a person or a group; ``problem`` is what is wrong with the number.

    ``answered_group`` is offered though the account may not list it: an answer stays in its chat.
    """
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
        _draw_groups(sender_id, answered_group)
        return
    typed = st.text_input(
        _("Recipient's number"),
        key="send-to",
        type="phone",
        placeholder="+55 11 91234-5678",
        live="300ms",
        autocomplete="off",
    )
    _DRAWN.set(typed or "")
    if problem:
        alert.show(problem)
        _draw_offer(typed or "")
        return
    _draw_person(sender_id, typed or "")


def recipient(sender_id: str) -> str:
    """Return what is typed or chosen: a number as typed, or the address of a group of ``sender_id``."""
    if st.session_state.get(WAY) == GROUP:
        chosen = _chosen_group(sender_id)
        return chosen.address if chosen else ""
    return str(st.session_state.get("send-to") or "")


def fell_back(sender_id: str) -> bool:
    """Return whether the field holds again what an answer wrote there, though another number was drawn since.

    A slow page may tell the browser of the answer only after a person has typed over it: the browser then
    puts the old number back. For the moment of a press.
    """
    to, drawn = recipient(sender_id), _DRAWN.get()
    return bool(drawn) and to == _PUT_THERE.get() and not chats.same_recipient(to, drawn)


def recipient_unclear() -> bool:
    """Return whether the browser named a group by a name that it has no more; for the beginning of a run."""
    return was_unclear(_GROUP_KEY)


def group_name(sender_id: str) -> str:
    """Return the name of the group that is chosen; empty for a person, and while it is not known."""
    chosen = _chosen_group(sender_id) if st.session_state.get(WAY) == GROUP else None
    return chosen.name if chosen else ""


def shown_recipient(sender_id: str) -> str:
    """Return what the recipient is called, as plain text for a sentence; empty for none."""
    if st.session_state.get(WAY) == GROUP:
        chosen = _chosen_group(sender_id)
        return chosen.name or _("Group") if chosen else ""
    return recipient(sender_id).strip()


def _draw_person(sender_id: str, typed: str) -> None:
    try:
        parsed = phone_numbers.parse_number(typed)
    except InvalidInputError:
        if not _draw_offer(typed):
            st.caption(_("With country code and area code, for example +55 11 91234-5678."))
        return
    answer = look_up(sender_id, parsed.digits)
    number = f"**{escape_markdown(covered(parsed.shown))}**"
    if answer is not None and not answer.exists:
        with st.container(key="send-checked-no"):
            st.error(_("{number} is not on WhatsApp.").format(number=number), icon=":material/person_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-checked-yes"):
        alert.draw_or_show(lambda: _draw_answer(answer, parsed.digits, number))


def _draw_offer(typed: str) -> bool:
    """Offer the number that ``typed`` most likely stands for, if there is one: it is never taken silently."""
    number = phone_numbers.suggest_number(typed)
    if number is not None:
        st.button(
            _("Send to {number}?").format(number=covered(number.shown)),
            key="send-to-offer",
            icon=":material/subdirectory_arrow_right:",
            on_click=point_at,
            args=("", number.digits),
        )
    return number is not None


def _draw_answer(answer: NumberLookup | None, digits: str, number: str) -> None:
    """Draw whom the message reaches, under the number by which WhatsApp knows them."""
    if answer is not None and answer.picture:
        draw_picture(safe_image.face(answer.picture), width=40, alt=_("Profile picture"))
    if answer is not None and answer.number != digits:
        number = f"**{escape_markdown(shown_number(answer.number))}**"
    if answer is not None and seen(answer.name):
        number += f" ({isolated_markdown(answer.name)})"
    mark = ":material/verified: " if answer is not None else ""
    st.caption(mark + _("The message goes to {number}.").format(number=number))


def _draw_groups(sender_id: str, answered_group: str) -> None:
    """Draw the groups to choose from. The one that was chosen stays as long as it is there, or unknown."""
    if not sender_id:
        st.info(_("Choose the sending number to see its groups."), icon=":material/group:")
        return
    groups: list[Group] = []
    problem = alert.problem_of(lambda: groups.extend(recipients.groups(sender_id)))
    if problem:
        st.warning(problem, icon=":material/group_off:")
    labels = {group.address: _label(group) for group in groups}
    chosen = _chosen_group(sender_id)
    if chosen and chosen.address not in labels and (problem or chosen.address == answered_group):
        labels[chosen.address] = isolated(chosen.name) or _("Group")
    _drop_lost_group(chosen, labels)
    if not labels and not problem:
        st.info(_("This instance is in no group."), icon=":material/group:")
    if labels:
        _draw_group_choice(sender_id, labels, {group.address: group.name for group in groups})
    _draw_group_tools(sender_id, again=bool(labels or problem))


def _drop_lost_group(chosen: _ChosenGroup | None, labels: Mapping[str, str]) -> None:
    if chosen and chosen.address not in labels:
        _choose_group(None, lost=isolated_markdown(chosen.name or _("Group")))


def _draw_group_choice(sender_id: str, labels: Mapping[str, str], names: Mapping[str, str]) -> None:
    chosen = _chosen_group(sender_id)

    def choose(address: str) -> None:
        kept = chosen.name if chosen and chosen.address == address else ""
        _choose_group(_ChosenGroup(sender_id, address, names.get(address, kept)))

    draw_choice(
        _("Group"),
        labels,
        key=_GROUP_KEY,
        chosen=chosen.address if chosen else "",
        on_choose=choose,
        placeholder=_("Choose the group"),
    )


def _draw_group_tools(sender_id: str, *, again: bool) -> None:
    if lost := _GROUP_LOST.get():
        text = _("“{name}” is not among the groups any more: choose again.")
        st.warning(text.replace("{name}", lost), icon=":material/group_off:")
    if again:
        st.button(
            _("Look again"),
            key="send-groups-again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_again,
            args=(sender_id,),
        )


def _label(group: Group) -> str:
    members = _("{name} ({count} members)").format(name=isolated(group.name), count=group.members)
    closed = _("only admins may write")
    return members if group.may_write else f"{members} · {closed}"


def _chosen_group(sender_id: str) -> _ChosenGroup | None:
    """Return the group that was chosen for this instance: another one may not be in it."""
    group = _GROUP_CHOSEN.get()
    return group if group and group.instance_id == sender_id else None


def _again(sender_id: str) -> None:
    # What goes wrong here is said by the drawing that follows.
    alert.problem_of(lambda: recipients.groups(sender_id, refresh=True))
