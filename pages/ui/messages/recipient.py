"""The recipient: a number that is looked up as soon as it is whole, or a group that the account is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.messages import SentMessage
from core.models.recipients import Group, is_group_address
from core.services import chats, phone_numbers, recipients
from pages.ui.escape import isolated, isolated_markdown
from pages.ui.i18n import _
from pages.ui.state import Slot, nothing
from pages.ui.widgets import alert
from pages.ui.widgets.choice import draw_choice, was_unclear
from pages.ui.widgets.number_check import draw_check, last_lookup
from pages.ui.widgets.number_field import draw_number_field, draw_offers, home_regions, read_number

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
    typed = draw_number_field(_("Recipient's number"), key="send-to")
    _DRAWN.set(typed)
    if problem:
        alert.show(problem)
        draw_offers(typed, key="send-to", question=_("Send to {number}?"), regions=home_regions())
        return
    _draw_person(sender_id, typed)


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


def checked_at(message: SentMessage) -> float | None:
    """Return when its number was found on WhatsApp in this visit, before the send; None when not known."""
    lookup = last_lookup(message.instance_id, message.to)
    if lookup is None or not lookup.answer.exists or lookup.at > message.created_at:
        return None
    return lookup.at


def looked_up_name(message: SentMessage) -> str:
    """Return what WhatsApp calls the recipient, as it said in this visit; empty when it is not known."""
    lookup = last_lookup(message.instance_id, message.to)
    return lookup.answer.name if lookup is not None else ""


def _draw_person(sender_id: str, typed: str) -> None:
    number = read_number(typed, key="send-to", question=_("Send to {number}?"), regions=home_regions())
    if number is not None:
        draw_check(sender_id, number)


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
