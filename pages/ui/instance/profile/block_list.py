"""Whom a number blocks, and taking a person off that list."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.models.profile.own_profile import BlockedPerson, OwnProfile
from pages.ui.escape import escape_html, isolated_html, isolated_markdown
from pages.ui.i18n import _
from pages.ui.presentation import shown_number
from pages.ui.state import Slot

UNBLOCKED: Final = Slot("profile-unblocked", str)
"""Address of the person who is to be taken off the list: it was confirmed."""
_ASKED: Final = Slot("profile-unblock-asked", str)
"""Address of the person of whom it is asked whether that is meant."""
MOST: Final = 50
"""People who are shown; the phone has them all."""


def draw_block_list(view: InstanceView, profile: OwnProfile) -> None:
    """Draw who is blocked, each with a button that asks before it does anything."""
    with st.container(key="block-list", gap="small"):
        title = _("Blocked people")
        st.markdown(f"**{title}**")
        if profile.blocked is None:
            st.caption(_("WhatsApp did not say who is blocked. Close this part and open it again."))
            return
        if not profile.blocked:
            st.caption(_("No one is blocked."))
        offline = view.state is not InstanceState.CONNECTED
        for place, person in enumerate(profile.blocked[:MOST]):
            _draw_person(person, place, offline=offline)
        if (more := len(profile.blocked) - MOST) > 0:
            st.caption(_("{count} more are in the list on the phone.").format(count=more))


def _draw_person(person: BlockedPerson, place: int, *, offline: bool) -> None:
    asked = _ASKED.get() == person.address
    with st.container(horizontal=True, vertical_alignment="center", key=f"blocked-{place}"):
        st.html(_shown(person), width="stretch")
        if not asked:
            st.button(
                _("Unblock"),
                key=f"unblock-{place}",
                disabled=offline,
                on_click=_ASKED.set,
                args=(person.address,),
            )
    if not asked:
        return
    name = isolated_markdown(person.name) or shown_number(person.number) or _("this person")
    st.markdown(_("Unblock {name}? They can write to this number and call it again.").format(name=name))
    with st.container(horizontal=True):
        st.button(
            _("Unblock"),
            key="unblock-confirm",
            type="primary",
            disabled=offline,
            on_click=_confirm,
            args=(person.address,),
        )
        st.button(_("Cancel"), key="unblock-cancel", on_click=_ASKED.clear)


def _shown(person: BlockedPerson) -> str:
    number = escape_html(shown_number(person.number))
    if not person.name:
        return number or escape_html(_("Someone whose number is hidden"))
    beside = f' <span class="wa-muted">{number}</span>' if number else ""
    return f"{isolated_html(person.name)}{beside}"


def _confirm(address: str) -> None:
    _ASKED.clear()
    UNBLOCKED.set(address)
