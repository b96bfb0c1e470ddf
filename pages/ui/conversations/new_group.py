"""The groups of an account, to choose one to write to: by a press on it, never by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2s
from typing import Final

import streamlit as st

from core.models.recipients import Group, Recipient
from core.services import recipients
from core.services.visible import seen
from pages.ui.conversations.line_list import LastWords, Line, draw_lines
from pages.ui.escape import isolated
from pages.ui.i18n import _, ngettext
from pages.ui.presentation import covered
from pages.ui.widgets import alert
from pages.ui.widgets.choice import distinct
from pages.ui.widgets.face import colour_of, initials

_SEARCH_FROM: Final = 8
_MOST: Final = 200
_NAME: Final = 60


def draw_groups(instance_id: str, *, on_pick: Callable[[Recipient], None]) -> None:
    """Draw the groups that this account may write to; ``on_pick`` gets the one that is pressed."""
    groups: list[Group] = []
    with st.spinner(_("Looking for groups…")):
        problem = alert.problem_of(lambda: groups.extend(recipients.groups(instance_id)))
    if problem:
        st.warning(problem, icon=":material/group_off:")
    writable = [group for group in groups if group.may_write]
    if groups and not writable:
        st.info(_("Only admins may write in the groups of this instance."), icon=":material/group:")
    elif not problem and not groups:
        st.info(_("This instance is in no group."), icon=":material/group:")
    _draw_lines(_narrowed(writable), on_pick)
    st.button(
        _("Look again"),
        key="send-groups-again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=_again,
        args=(instance_id,),
    )


def _narrowed(groups: Sequence[Group]) -> list[Group]:
    """Draw a search where there are many, and return those that it leaves."""
    if len(groups) <= _SEARCH_FROM:
        return list(groups)
    words = st.text_input(
        _("Search group"),
        key="send-group-search",
        placeholder=_("Search group"),
        icon=":material/search:",
        label_visibility="collapsed",
        live=True,
        autocomplete="off",
    )
    looked_for = seen(words or "").casefold()
    return [group for group in groups if looked_for in seen(group.name).casefold()][:_MOST]


def _draw_lines(groups: Sequence[Group], on_pick: Callable[[Recipient], None]) -> None:
    by_id = {_id(group): group for group in groups}
    names = distinct({key: isolated(group.name[:_NAME]) for key, group in by_id.items()})

    def picked(key: str) -> None:
        # One that is gone meanwhile has no line any more: nothing happens.
        if group := by_id.get(key):
            on_pick(Recipient(group.address, group.name))

    if by_id:
        draw_lines(
            [_line(key, group, names[key]) for key, group in by_id.items()],
            key="send-group",
            label=_("Groups"),
            on_pick=picked,
        )


def _line(key: str, group: Group, name: str) -> Line:
    members = ngettext("{count} member", "{count} members", group.members).format(count=group.members)
    return Line(
        id=key,
        name=name if seen(name) else _("Group without a name"),
        letters=initials(covered(group.name)) if seen(group.name) else "",
        icon="group",
        colour=colour_of(group.address),
        last=LastWords(members),
    )


def _id(group: Group) -> str:
    """Return what names a group in the browser and says nothing of its address."""
    return blake2s(group.address.encode(), digest_size=8).hexdigest()


def _again(instance_id: str) -> None:
    # What goes wrong here is said by the drawing that follows.
    alert.problem_of(lambda: recipients.groups(instance_id, refresh=True))
