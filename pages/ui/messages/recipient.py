"""To whom: a number that is looked up as soon as it is whole, or a group that the account is in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.models.messages import Group, SentMessage
from core.services import phone_numbers, recipients, safe_image
from core.services.recipients import Checked
from core.services.visible import seen
from pages.ui.escape import escape_markdown, isolated, isolated_markdown
from pages.ui.i18n import _
from pages.ui.widgets.choice import draw_choice
from pages.ui.widgets.picture import draw_picture
from pages.ui.widgets.press import draw_or_tell, problem_of

WAY: Final = "send-way"
PERSON: Final = "person"
GROUP: Final = "group"
_GROUP_CHOSEN: Final = "send-group-chosen"
_GROUP_LOST: Final = "send-group-lost"
"""Name of the group that was chosen and is gone, as Markdown, until somebody chooses again."""
_CHECKED: Final = "send-checked"
"""What WhatsApp said of numbers in this visit: (instance, digits) to (when, answer)."""
_FRESH_S: Final = 600.0
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class _ChosenGroup:
    """A group that somebody chose, and the instance that is in it."""

    instance_id: str
    address: str
    name: str


def point_at(instance_id: str, to: str, *, name: str = "") -> None:
    """Make ``to`` (a number, or the address of a group called ``name``) the recipient; for callbacks."""
    state = st.session_state
    if to.endswith("@g.us"):
        state[WAY], state[_GROUP_CHOSEN] = GROUP, _ChosenGroup(instance_id, to, name)
        state[_GROUP_LOST] = ""
    else:
        state[WAY], state["send-to"] = PERSON, phone_numbers.show_number(to.removeprefix("+"))


def draw_recipient(sender_id: str, problem: str, *, answered_group: str = "") -> None:
    """The choice of a person or a group; ``problem`` is what is wrong with the number.

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
    if problem:
        st.error(problem, icon=":material/error:")
        return
    _draw_person(sender_id, typed or "")


def recipient(sender_id: str) -> str:
    """What is typed or chosen now: a number as typed, or the address of a group that ``sender_id`` is in."""
    state = st.session_state
    if state.get(WAY) == GROUP:
        chosen = _chosen_group(sender_id)
        return chosen.address if chosen else ""
    return str(state.get("send-to") or "")


def shown_recipient(sender_id: str) -> str:
    """Return what the recipient is called, as plain text for a sentence; empty for none."""
    if st.session_state.get(WAY) == GROUP:
        chosen = _chosen_group(sender_id)
        return chosen.name or _("Group") if chosen else ""
    return recipient(sender_id).strip()


def look_up(sender_id: str, to: str) -> Checked | None:
    """What WhatsApp says of the number, asked once in a while; None when it cannot be asked now.

    Raises InvalidInputError for what is no number.
    """
    digits = phone_numbers.parse_recipient(to).digits
    known = st.session_state.setdefault(_CHECKED, {})
    at, found = known.get((sender_id, digits), (0.0, None))
    if found is not None and time.time() - at < _FRESH_S:
        return found  # type: ignore[no-any-return]

    def ask() -> None:
        known[sender_id, digits] = (time.time(), recipients.check(sender_id, to))

    if not sender_id or problem_of(ask, passing=(InvalidInputError,)):
        return None
    answer: Checked = known[sender_id, digits][1]
    while len(known) > _MOST:
        del known[next(iter(known))]
    return answer


def checked_at(message: SentMessage) -> float | None:
    """When its number was found on WhatsApp in this visit, before the send; None when not known."""
    at, found = st.session_state.get(_CHECKED, {}).get((message.instance_id, message.to), (0.0, None))
    return at if found is not None and found.exists and at <= message.created_at else None


def _draw_person(sender_id: str, typed: str) -> None:
    try:
        parsed = phone_numbers.parse_recipient(typed)
        found = look_up(sender_id, typed)
    except InvalidInputError:
        st.caption(_("With country code and area code, for example +55 11 91234-5678."))
        return
    number = f"**{escape_markdown(parsed.shown)}**"
    if found is not None and not found.exists:
        with st.container(key="send-checked-no"):
            st.error(_("{number} is not on WhatsApp.").format(number=number), icon=":material/person_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-checked-yes"):
        draw_or_tell(lambda: _draw_found(found, parsed.digits, number))


def _draw_found(found: Checked | None, digits: str, number: str) -> None:
    """Whom the message reaches, under the number by which WhatsApp knows them."""
    if found is not None and found.picture:
        draw_picture(safe_image.face(found.picture), width=40, alt=_("Profile picture"))
    if found is not None and found.number != digits:
        number = f"**{escape_markdown(phone_numbers.show_number(found.number))}**"
    if found is not None and seen(found.name):
        number += f" ({isolated_markdown(found.name)})"
    mark = ":material/verified: " if found is not None else ""
    st.caption(mark + _("The message goes to {number}.").format(number=number))


def _draw_groups(sender_id: str, answered_group: str) -> None:
    """The groups to choose from. The one that was chosen stays as long as it is there, or unknown."""
    if not sender_id:
        st.info(_("Choose whose number sends: then its groups are listed here."), icon=":material/group:")
        return
    found: list[Group] = []
    problem = problem_of(lambda: found.extend(recipients.groups(sender_id)))
    if problem:
        st.warning(problem, icon=":material/group_off:")
    labels = {group.address: _label(group) for group in found}
    chosen = _chosen_group(sender_id)
    if chosen and chosen.address not in labels and (problem or chosen.address == answered_group):
        labels[chosen.address] = isolated(chosen.name) or _("Group")
    _let_go_of_a_lost_group(chosen, labels)
    if not labels and not problem:
        st.info(_("This instance is in no group."), icon=":material/group:")
    if labels:
        _draw_group_choice(sender_id, labels, {group.address: group.name for group in found})
    _draw_group_tools(sender_id, again=bool(labels or problem))


def _let_go_of_a_lost_group(chosen: _ChosenGroup | None, labels: Mapping[str, str]) -> None:
    if chosen and chosen.address not in labels:
        st.session_state[_GROUP_CHOSEN] = None
        st.session_state[_GROUP_LOST] = isolated_markdown(chosen.name or _("Group"))


def _draw_group_choice(sender_id: str, labels: Mapping[str, str], names: Mapping[str, str]) -> None:
    chosen = _chosen_group(sender_id)

    def choose(address: str) -> None:
        kept = chosen.name if chosen and chosen.address == address else ""
        picked = _ChosenGroup(sender_id, address, names.get(address, kept)) if address else None
        st.session_state[_GROUP_CHOSEN], st.session_state[_GROUP_LOST] = picked, ""

    draw_choice(
        _("Group"),
        labels,
        key="send-group",
        chosen=chosen.address if chosen else "",
        on_choose=choose,
        placeholder=_("Choose the group"),
    )


def _draw_group_tools(sender_id: str, *, again: bool) -> None:
    if lost := st.session_state.get(_GROUP_LOST):
        said = _("“{name}” is not among the groups any more: choose again.")
        st.warning(said.replace("{name}", lost), icon=":material/group_off:")
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
    """The group that was chosen for this instance: another one may not be in it."""
    found: _ChosenGroup | None = st.session_state.get(_GROUP_CHOSEN)
    return found if found and found.instance_id == sender_id else None


def _again(sender_id: str) -> None:
    # What goes wrong here is said by the drawing that follows.
    problem_of(lambda: recipients.groups(sender_id, refresh=True))
