"""The message that the next one answers. It belongs to one chat of one instance and never goes to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import streamlit as st

from core.errors import InvalidInputError
from core.models.content import Reference
from core.models.recipients import is_group_address
from core.services import chats
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _
from pages.ui.messages.recipient import point_at, recipient
from pages.ui.state import Slot, nothing
from pages.ui.widgets.cursor import put_cursor


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that is answered, with the chat it stands in."""

    instance_id: str
    to: str
    """As the form holds a recipient: a number, or a group's address."""
    reference: Reference
    shown: str
    """Who wrote it."""


_ANSWERED: Final = Slot[Answered | None]("send-about", nothing)
_DROPPED: Final = Slot("send-answer-dropped", str)
"""Name of the chat that the quote that was left out was for, as Markdown, until the next answer or send."""
_REDRAW: Final = Slot("send-wake", bool)
_CURSOR: Final = Slot("send-cursor", str)
"""Names the answer that was begun last: the cursor goes to the form once for each."""


def answer(instance_id: str, to: str, reference: Reference, shown: str, *, group_name: str = "") -> None:
    """Make the next message from this instance an answer in that chat; works as a callback of a button.

    ``to`` is a number (digits suffice) or a group's address; ``shown`` is who wrote it.
    """
    _ANSWERED.set(Answered(instance_id, to, reference, shown))
    _DROPPED.clear()
    _REDRAW.set(True)
    _CURSOR.set(uuid4().hex)
    point_at(instance_id, to, name=group_name)


def redraw_for_answer() -> None:
    """Draw the whole page when an answer was begun: the composer, which shows it, is a part of its own."""
    if _REDRAW.pop():
        st.rerun()


def note_drawn_for_answer() -> None:
    """Note that the composer is drawn: once more would write an answer's number over a typed one."""
    _REDRAW.clear()


def quoted(instance_id: str, to: str) -> Reference | None:
    """Return what a message from this instance to ``to`` answers; None when it is another chat."""
    answered = _ANSWERED.get()
    if answered is None or answered.instance_id != instance_id:
        return None
    return answered.reference if chats.same_recipient(answered.to, to) else None


def answered_group(instance_id: str) -> str:
    """Return the address of the group that is answered in; empty for none."""
    answered = _ANSWERED.get()
    if answered is None or answered.instance_id != instance_id or not is_group_address(answered.to):
        return ""
    return answered.to


def stop_answering() -> None:
    """Answer nothing any more; works as a callback of a button."""
    _ANSWERED.clear()
    _DROPPED.clear()


def draw_answered(instance_id: str) -> None:
    """Draw what is being answered, with a cross to leave it; or that it was left out, and why."""
    if turn := _CURSOR.get():
        put_cursor(turn, "send-text", "send-answering")
    _drop_elsewhere(instance_id)
    answered = _ANSWERED.get()
    if answered is not None and answered.instance_id == instance_id:
        _draw_bar(answered)
    elif whom := _DROPPED.get():
        with st.container(key="send-answer-dropped"):
            st.info(
                _("The quote was left out: it belongs to the chat with {whom}.").replace("{whom}", whom),
                icon=":material/speaker_notes_off:",
            )


def _drop_elsewhere(instance_id: str) -> None:
    """Forget what is answered once the form points to another chat; not while a number is being typed."""
    answered = _ANSWERED.get()
    if answered is None or not instance_id:
        return
    if answered.instance_id == instance_id and _may_still_be(answered, recipient(instance_id)):
        return
    _ANSWERED.clear()
    _DROPPED.set(f"**{isolated_markdown(answered.shown)}**")


def _may_still_be(answered: Answered, to: str) -> bool:
    try:
        chats.parse_recipient(to)
    except InvalidInputError:
        return True
    return chats.same_recipient(answered.to, to)


def _draw_bar(answered: Answered) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="send-answering"):
        words = " ".join(answered.reference.text.split())[:120]
        st.markdown(
            _("Answer to {whom}: {words}").format(
                whom=f"**{isolated_markdown(answered.shown)}**", words=isolated_markdown(words)
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
