"""Whether something may leave for a conversation now; if not, why, and what the visitor may choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

import streamlit as st

from core.models.conversations import Conversation
from core.models.instance import InstanceState, InstanceView
from core.models.recipients import Membership
from core.services import instances, recipients
from pages.ui.conversations.drafts import Place, place_of
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _
from pages.ui.links import address_of
from pages.ui.presentation import shown_number
from pages.ui.state import Slot
from pages.ui.texts.instance_states import view_message
from pages.ui.texts.message import text_for
from pages.ui.texts.sending import SENDS


@dataclass(frozen=True, slots=True)
class Choice:
    """A press by which the visitor says that something may leave all the same."""

    key: str
    label: str
    take: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """Why nothing leaves now, as Markdown; empty when it may."""

    why: str = ""
    choice: Choice | None = None
    instance_id: str = ""
    """The instance that the visitor should look at; empty for none."""


_ACCOUNTS: Final = Slot("composer-accounts", dict[Place, str])
"""Digits of the number that a place was seen to send from, until the visitor chooses another."""
_MARKED: Final = Slot("composer-accounts-marked", dict[Place, str])
"""Marks of the numbers for which something was written, as the browser remembers them."""
_CHOSEN: Final = Slot("composer-accounts-chosen", dict[Place, bool])
"""Places where the visitor chose another number."""
_INSIST: Final = Slot("composer-insist", dict[Place, bool])
"""Groups that are not listed and that the visitor writes to all the same."""


def standing_of(conversation: Conversation) -> Standing:
    """Return whether something may leave for the conversation now. Raises UnknownInstanceError.

    The number that it is first seen to leave from is remembered: another one must be chosen.
    """
    view = instances.get_instance(conversation.instance_id)
    if view.state is not InstanceState.CONNECTED:
        return Standing(_not_connected(view), instance_id=view.id)
    place = place_of(conversation)
    account = _ACCOUNTS.keep().setdefault(place, view.phone)
    if account != view.phone or mark_of(place) != _mark(view.phone):
        return _other_account(place, view)
    return _in_group(conversation) if conversation.group else Standing()


def account_of(place: Place) -> str:
    """Return the digits of the number that may send from this place; empty before it was looked at."""
    return _ACCOUNTS.get().get(place, "")


def mark_of(place: Place) -> str:
    """Return what names, to the browser, the number that is written for at this place. Opaque."""
    return _MARKED.get().get(place) or _mark(account_of(place))


def note_mark(place: Place, mark: str) -> None:
    """Note for which number the browser says that something was written, perhaps on an earlier page."""
    if place not in _CHOSEN.get():
        _MARKED.keep()[place] = mark


def _mark(account: str) -> str:
    return blake2s(account.encode(), digest_size=8).hexdigest()


def _not_connected(view: InstanceView) -> str:
    why = view_message(view).text
    if view.state.running:
        return why
    off = _("“{name}” was disconnected: nothing goes out from it.")
    return f"{off.replace('{name}', isolated_markdown(view.name))} {why}"


def _other_account(place: Place, view: InstanceView) -> Standing:
    why = _("“{name}” is now linked to {number}. Nothing goes out until you say so.")
    why = why.replace("{name}", isolated_markdown(view.name))
    why = why.replace("{number}", isolated_markdown(shown_number(view.phone)))

    def take() -> None:
        _ACCOUNTS.keep()[place] = view.phone
        _MARKED.keep().pop(place, None)
        _CHOSEN.keep()[place] = True

    return Standing(why, Choice("send-here", _("Send from this number"), take))


def _in_group(conversation: Conversation) -> Standing:
    place = place_of(conversation)
    member = recipients.membership(conversation.instance_id, conversation.address)
    if member is Membership.READER:
        return Standing(text_for(SENDS, "wa-group-admins-only").text)
    if member is not Membership.NOT_LISTED or _INSIST.get().get(place):
        return Standing()

    def take() -> None:
        _INSIST.keep()[place] = True

    why = _("“{name}” is not among the groups of this number now: it may have left it.")
    why = why.replace("{name}", isolated_markdown(conversation.name or _("Group")))
    return Standing(why, Choice("send-anyway", _("Write there all the same"), take))


def draw_standing(standing: Standing) -> None:
    """Draw why nothing leaves, with what can be done about it."""
    if not standing.why:
        st.empty()
        return
    with st.container(key="send-standing", gap="xsmall"):
        st.warning(standing.why, icon=":material/link_off:")
        if standing.choice:
            st.button(standing.choice.label, key=standing.choice.key, on_click=standing.choice.take)
        if standing.instance_id:
            st.page_link(
                "instance.py",
                label=_("Open the instance"),
                icon=":material/smartphone:",
                query_params=address_of(standing.instance_id),
            )
