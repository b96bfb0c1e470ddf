"""What the next message answers. It belongs to one chat of one instance and never goes to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.models.content import Reference
from core.services import chats
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _
from pages.ui.messages.recipient import point_at, recipient

_ANSWERED: Final = "send-about"
_DROPPED: Final = "send-answer-dropped"
"""Whom the quote that was left out was for, as Markdown, until something else is answered or sent."""
_WAKE: Final = "send-wake"


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that is answered, with the chat it stands in."""

    instance_id: str
    to: str
    """As the form holds a recipient: a number, or a group's address."""
    reference: Reference
    shown: str
    """Who wrote it."""


def answer(instance_id: str, to: str, reference: Reference, shown: str, *, group_name: str = "") -> None:
    """Make the next message from this instance an answer in that chat; works as a callback of a button.

    ``to`` is a number (digits suffice) or a group's address; ``shown`` is who wrote it.
    """
    st.session_state[_ANSWERED] = Answered(instance_id, to, reference, shown)
    st.session_state[_DROPPED] = ""
    st.session_state[_WAKE] = True
    point_at(instance_id, to, name=group_name)


def woken() -> bool:
    """Whether the composer, a part of its own, has to be drawn anew for an answer; says so once."""
    return bool(st.session_state.pop(_WAKE, False))


def quoted(instance_id: str, to: str) -> Reference | None:
    """Return what a message from this instance to ``to`` answers; None when it is another chat."""
    found = _answered()
    if found is None or found.instance_id != instance_id or not chats.same_recipient(found.to, to):
        return None
    return found.reference


def answered_group(instance_id: str) -> str:
    """Return the address of the group that is answered in; empty for none."""
    found = _answered()
    return found.to if found and found.instance_id == instance_id and found.to.endswith("@g.us") else ""


def stop_answering() -> None:
    """Answer nothing any more; works as a callback of a button."""
    st.session_state[_ANSWERED] = None
    st.session_state[_DROPPED] = ""


def draw_answered(instance_id: str) -> None:
    """What is being answered, with a cross to leave it; or that it was left out, and why."""
    _drop_elsewhere(instance_id)
    found = _answered()
    if found is not None and found.instance_id == instance_id:
        _draw_bar(found)
    elif whom := st.session_state.get(_DROPPED):
        with st.container(key="send-answer-dropped"):
            st.info(
                _("The quote was left out: it belongs to the chat with {whom}.").replace("{whom}", whom),
                icon=":material/speaker_notes_off:",
            )


def _drop_elsewhere(instance_id: str) -> None:
    """Forget what is answered once the form points to another chat; not while a number is being typed."""
    found = _answered()
    if found is None or not instance_id:
        return
    if found.instance_id == instance_id and _may_still_be(found, recipient(instance_id)):
        return
    st.session_state[_ANSWERED] = None
    st.session_state[_DROPPED] = f"**{isolated_markdown(found.shown)}**"


def _may_still_be(found: Answered, to: str) -> bool:
    try:
        chats.parse_recipient(to)
    except InvalidInputError:
        return True
    return chats.same_recipient(found.to, to)


def _draw_bar(found: Answered) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="send-answering"):
        words = " ".join(found.reference.text.split())[:120]
        st.markdown(
            _("Answer to {whom}: {words}").format(
                whom=f"**{isolated_markdown(found.shown)}**", words=isolated_markdown(words)
            ),
            width="stretch",
        )
        st.button(
            "",
            key="send-answer-leave",
            icon=":material/close:",
            help=_("Do not answer it"),
            on_click=stop_answering,
        )


def _answered() -> Answered | None:
    found: Answered | None = st.session_state.get(_ANSWERED)
    return found
