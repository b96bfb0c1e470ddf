"""What arrived at an instance, newest first: searched, filtered, and acted upon."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from core.errors import StorageUnavailableError
from core.models.content import Kind
from core.models.messages import InboxContact, InboxEntry
from core.services import inbox
from pages.ui.conversations.sender import Sender
from pages.ui.i18n import _
from pages.ui.messages.inbox_actions import draw_actions, draw_problem, is_shown
from pages.ui.messages.inbox_card import card
from pages.ui.messages.inbox_export import draw_export
from pages.ui.messages.known_names import names_of
from pages.ui.presentation import covered
from pages.ui.received_files import key_of
from pages.ui.state import Slot
from pages.ui.texts.inbox import contact_label
from pages.ui.texts.message_kinds import GROUPS, kinds_of
from pages.ui.widgets import alert
from pages.ui.widgets.choice import draw_choice

STEP: Final = 20
WITH_BUTTONS: Final = 60
"""The newest that are listed can be acted upon; buttons for a thousand would take a browser half a minute."""
_EVERYBODY: Final = ""


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for in the inbox of an instance."""

    instance_id: str = ""
    contact: str = _EVERYBODY
    """Key of a contact."""
    kinds: frozenset[Kind] = frozenset()
    text: str = ""

    @property
    def narrows(self) -> bool:
        """Return whether it leaves anything out."""
        return bool(self.contact or self.kinds or self.text)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How many messages of a search the visitor asked for."""

    search: _Search = field(default_factory=_Search)
    count: int = STEP


@dataclass(frozen=True, slots=True)
class _Contact:
    """The contact that was chosen, and how it was shown then."""

    key: str = _EVERYBODY
    label: str = ""


_SHOWN: Final = Slot("inbox-shown", _Shown)


def draw_inbox_head(instance_id: str) -> None:
    """Draw heading and export; not for a part that redraws itself."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(_("Received"), anchor=False)
        draw_export(instance_id)


def draw_inbox(sender: Sender) -> None:
    """Draw the newest arrivals that are looked for, or that there is none. Raises UnknownInstanceError."""
    with st.container(key="inbox", gap="small"):
        try:
            contacts = inbox.contacts(sender.instance_id)
            search = _draw_filters(sender.instance_id, contacts)
            limit = _limit(search)
            entries = inbox.conversation(
                search.instance_id,
                contact=search.contact,
                kinds=search.kinds,
                search=search.text,
                limit=limit + 1,
            )
        except StorageUnavailableError as error:
            alert.show(error)
            return
        draw_problem()
        if not entries:
            _draw_nothing(looked=search.narrows)
            return
        now, names = time.time(), names_of(contacts)
        shown = entries[:limit]
        for entry in shown[:WITH_BUTTONS]:
            _draw_entry(sender, entry, names, now=now)
        if older := shown[WITH_BUTTONS:]:
            with st.container(key="inbox-older"):
                st.caption(_("Earlier ones have no buttons here: search or filter to act on one."))
                st.html("".join(card(entry, now=now, names=names) for entry in older))
        if len(entries) > limit:
            st.button(_("Show more"), key="inbox-more", on_click=_more, args=(search, limit))


def _draw_filters(instance_id: str, listed: tuple[InboxContact, ...]) -> _Search:
    """Draw what can be looked for, and return what is. Nothing to fill in while nothing arrived."""
    contacts = {contact.key: contact for contact in listed}
    if not contacts:
        return _Search(instance_id)
    with st.container(horizontal=True, key="inbox-filters", gap="small"):
        text = st.text_input(
            _("Search"),
            key=f"inbox-search-{instance_id}",
            placeholder=_("Search words, names, numbers"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            autocomplete="off",
        )
        contact = _draw_contacts(instance_id, contacts)
    picked = st.pills(
        _("Show only"),
        list(GROUPS),
        selection_mode="multi",
        format_func=lambda group: _(GROUPS[group]),
        key=f"inbox-kinds-{instance_id}",
        label_visibility="collapsed",
    )
    kinds: frozenset[Kind] = frozenset().union(*(kinds_of(group) for group in picked))
    return _Search(instance_id, contact, kinds, text or "")


def _draw_contacts(instance_id: str, contacts: Mapping[str, InboxContact]) -> str:
    """Draw whose messages are shown: a contact stays chosen, though renamed or not listed any more."""
    slot = Slot(f"inbox-talk-{instance_id}", _Contact)
    chosen = slot.get()
    labels = {_EVERYBODY: _("Everybody"), **({chosen.key: covered(chosen.label)} if chosen.key else {})}
    labels |= {key: contact_label(contact) for key, contact in contacts.items()}

    def choose(key: str) -> None:
        slot.set(_Contact(key, labels[key]))

    draw_choice(
        _("From whom"),
        labels,
        key=f"inbox-contact-{instance_id}",
        chosen=chosen.key,
        on_choose=choose,
        label_visibility="collapsed",
    )
    return chosen.key


def _draw_entry(sender: Sender, entry: InboxEntry, names: Mapping[str, str], *, now: float) -> None:
    with st.container(key=f"arrived-{key_of(entry)}", gap="xxsmall"):
        st.html(card(entry, now=now, names=names, whole=is_shown(entry)))
        draw_actions(sender, entry)


def _draw_nothing(*, looked: bool) -> None:
    with st.container(key="inbox-empty"):
        if looked:
            st.caption(_("Nothing found. Try other words or remove a filter."))
        else:
            st.caption(_("Messages that arrive appear here right away."))


def _limit(search: _Search) -> int:
    shown = _SHOWN.get()
    return shown.count if shown.search == search else STEP


def _more(search: _Search, limit: int) -> None:
    # The first steps are small, so that the page stays light; later ones grow, so that few presses reach far.
    _SHOWN.set(_Shown(search, limit + max(STEP, limit // 2)))
