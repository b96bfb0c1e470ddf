"""What arrived at an instance, newest first: searched, filtered, and acted upon."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.errors import StorageUnavailableError
from core.models.content import Kind
from core.models.messages import InboxContact, InboxEntry
from core.services import inbox
from pages.ui.i18n import _
from pages.ui.messages.inbox_actions import draw_actions, draw_problem, is_shown, key_of
from pages.ui.messages.inbox_card import card
from pages.ui.messages.inbox_export import draw_export
from pages.ui.messages.sender import Sender
from pages.ui.texts.inbox import GROUPS, contact_label
from pages.ui.widgets.choice import draw_choice
from pages.ui.widgets.press import error_text

STEP: Final = 20
WITH_BUTTONS: Final = 60
"""The newest that are listed can be acted upon; buttons for a thousand would take a browser half a minute."""
_SHOWN: Final = "inbox-shown"
"""The search, and how many of its messages the visitor asked for."""
_EVERYBODY: Final = ""


def draw_inbox_head(instance_id: str) -> None:
    """Heading and export; not for a part that redraws itself."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(_("Received"), anchor=False)
        draw_export(instance_id)


def draw_inbox(sender: Sender) -> None:
    """The newest arrivals that are looked for, or that there is none. Raises UnknownInstanceError."""
    instance_id = sender.instance_id
    with st.container(key="inbox", gap="small"):
        try:
            contact, kinds, text = _draw_filters(instance_id)
            asked = (instance_id, contact, tuple(sorted(kinds)), text)
            limit = _limit(asked)
            entries = inbox.conversation(
                instance_id, contact=contact, kinds=kinds, search=text, limit=limit + 1
            )
        except StorageUnavailableError as error:
            st.error(error_text(error), icon=":material/error:")
            return
        draw_problem()
        if not entries:
            _draw_nothing(looked=bool(contact or kinds or text))
            return
        now = time.time()
        shown = entries[:limit]
        for entry in shown[:WITH_BUTTONS]:
            _draw_entry(sender, entry, now=now)
        if older := shown[WITH_BUTTONS:]:
            with st.container(key="inbox-older"):
                st.caption(_("Earlier ones have no buttons here: search or filter to act on one."))
                st.html("".join(card(entry, now=now) for entry in older))
        if len(entries) > limit:
            st.button(_("Show more"), key="inbox-more", on_click=_more, args=(asked, limit))


def _draw_filters(instance_id: str) -> tuple[str, frozenset[Kind], str]:
    """What is looked for: a contact's key, kinds and words. Nothing to fill in while nothing arrived."""
    contacts = {each.key: each for each in inbox.contacts(instance_id)}
    if not contacts:
        return "", frozenset(), ""
    with st.container(horizontal=True, key="inbox-filters", gap="small"):
        text = st.text_input(
            _("Search"),
            key=f"inbox-search-{instance_id}",
            placeholder=_("Search words, names, numbers"),
            icon=":material/search:",
            label_visibility="collapsed",
            live="300ms",
            autocomplete="off",
        )
        contact = _draw_contacts(instance_id, contacts)
    picked = st.pills(
        _("Show only"),
        list(GROUPS),
        selection_mode="multi",
        format_func=lambda group: _(GROUPS[group][0]),
        key=f"inbox-kinds-{instance_id}",
        label_visibility="collapsed",
    )
    kinds: frozenset[Kind] = frozenset().union(*(GROUPS[group][1] for group in picked))
    return contact, kinds, text or ""


def _draw_contacts(instance_id: str, contacts: Mapping[str, InboxContact]) -> str:
    """Whose messages are shown: who was chosen stays chosen, though renamed or not listed any more."""
    state, key = st.session_state, f"inbox-talk-{instance_id}"
    chosen, label = state.get(key, (_EVERYBODY, ""))
    labels = {_EVERYBODY: _("Everybody"), **({chosen: label} if chosen else {})}
    labels |= {each: contact_label(contact) for each, contact in contacts.items()}

    def choose(talk: str) -> None:
        state[key] = (talk, labels[talk])

    draw_choice(
        _("From whom"),
        labels,
        key=f"inbox-contact-{instance_id}",
        chosen=chosen,
        on_choose=choose,
        label_visibility="collapsed",
    )
    return str(chosen)


def _draw_entry(sender: Sender, entry: InboxEntry, *, now: float) -> None:
    with st.container(key=f"arrived-{key_of(entry)}", gap="xxsmall"):
        st.html(card(entry, now=now, whole=is_shown(entry)))
        draw_actions(sender, entry)


def _draw_nothing(*, looked: bool) -> None:
    with st.container(key="inbox-empty"):
        if looked:
            st.caption(_("Nothing found. Try other words, or take a filter away."))
        else:
            st.caption(_("What people write to this instance appears here by itself."))


def _limit(asked: tuple[object, ...]) -> int:
    of, shown = st.session_state.get(_SHOWN, ((), STEP))
    return int(shown) if of == asked else STEP


def _more(asked: tuple[object, ...], limit: int) -> None:
    # The first steps are small, so that the page stays light; who wants a lot need not press for ever.
    st.session_state[_SHOWN] = (asked, limit + max(STEP, limit // 2))
