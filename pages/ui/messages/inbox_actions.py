"""The actions on a message of the inbox: answer, react, mark as read, fetch its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import UnknownConversationError
from core.models.content import Content, Kind
from core.models.conversations import Conversation, ThreadMessage
from core.models.messages import InboxEntry
from core.models.recipients import Recipient
from core.services import conversations, inbox, messages
from core.services.received_file import DisplayKind, prepare_for_display
from pages.ui.conversations.opened import answer_in
from pages.ui.conversations.sender import Sender
from pages.ui.i18n import _
from pages.ui.received_files import file_of, keep_file, key_of
from pages.ui.state import Slot
from pages.ui.texts.message_kinds import FETCH, REACTIONS
from pages.ui.widgets import alert
from pages.ui.widgets.picture import draw_picture
from pages.ui.widgets.press import PressToken

NO_REACTION: Final = ""
_PROBLEM: Final = Slot("inbox-problem", str)
_FETCHING: Final = Slot("inbox-fetching", str)
"""Key of the message whose file is fetched with the next draw."""
_PRESS: Final = PressToken("inbox-next")
"""Names the reaction that a press would send."""


def is_shown(entry: InboxEntry) -> bool:
    """Return whether its picture was fetched and stands on the page."""
    file = file_of(key_of(entry))
    return file is not None and file.view is DisplayKind.PICTURE


def draw_problem() -> None:
    """Draw why the last press did not do what it says, until the next one."""
    alert.show(_PROBLEM.get())


def draw_actions(sender: Sender, entry: InboxEntry) -> None:
    """Draw the buttons of one message, and its file once it was fetched."""
    key = key_of(entry)
    if entry.changes.deleted:
        return
    alert.draw_or_show(lambda: _draw_file(entry, key))
    with st.container(horizontal=True, gap="small", key=f"inbox-actions-{key}"):
        if entry.content.file is not None and file_of(key) is None:
            _draw_get(entry, key)
        st.button(
            _("Answer"),
            key=f"inbox-answer-{key}",
            type="tertiary",
            icon=":material/reply:",
            on_click=_answer,
            args=(entry,),
        )
        if entry.kind is Kind.CALL:
            return
        st.menu_button(
            _("React"),
            [*REACTIONS, NO_REACTION],
            key=f"inbox-react-{key}",
            type="tertiary",
            icon=":material/add_reaction:",
            format_func=lambda emoji: emoji or _("Remove reaction"),
            on_click=_react,
            args=(sender, entry, _PRESS.current()),
        )
        if not entry.from_me and not entry.read:
            st.button(
                _("Mark as read"),
                key=f"inbox-read-{key}",
                type="tertiary",
                icon=":material/done_all:",
                on_click=_mark_read,
                args=(entry,),
            )


def _draw_get(entry: InboxEntry, key: str) -> None:
    label, icon = FETCH.get(entry.kind, FETCH[Kind.DOCUMENT])
    there = entry.content.file is not None and bool(entry.content.file.remote)
    st.button(
        _(label),
        key=f"inbox-get-{key}",
        icon=f":material/{icon}:",
        disabled=not there,
        help=None if there else _("WhatsApp sent no address for this file, so it cannot be downloaded."),
        on_click=_begin,
        args=(key,),
    )


def _draw_file(entry: InboxEntry, key: str) -> None:
    if _FETCHING.get() == key:
        _FETCHING.clear()
        with st.spinner(_("Fetching the file from WhatsApp…")):
            _fetch(entry, key)
        st.rerun()
    file = file_of(key)
    if file is None:
        return
    with st.container(key=f"inbox-file-{key}"):
        if file.view is DisplayKind.PICTURE:
            draw_picture(file.picture, alt=_("Image received"))
        elif file.view is DisplayKind.SOUND:
            st.audio(file.data, format=file.mime)
        elif file.view is DisplayKind.FILM:
            st.video(file.data, format=file.mime, loop=file.gif, autoplay=file.gif, muted=file.gif)
        st.download_button(
            _("Save file"),
            file.data,
            file_name=file.name,
            mime="application/octet-stream",  # whatever it is, no browser opens it by itself
            key=f"inbox-save-{key}",
            on_click="ignore",
            icon=":material/download:",
        )


def _begin(key: str) -> None:
    _PROBLEM.clear()
    _FETCHING.set(key)


def _fetch(entry: InboxEntry, key: str) -> None:
    def fetch() -> None:
        keep_file(key, prepare_for_display(entry, _file_of(entry)))

    _try(fetch)


def _answer(entry: InboxEntry) -> None:
    """Go to the conversation that it stands in, to answer it there."""
    found: list[Conversation] = []

    def find() -> None:
        conversation = conversations.find_by_message(entry.instance_id, entry.message_id)
        if conversation is None:
            raise UnknownConversationError(entry.message_id)
        found.append(conversation)

    _try(find)
    if found:
        answer_in(found[0], ThreadMessage(entry.message_id, entry.at, received=entry, changes=entry.changes))


def _react(sender: Sender, entry: InboxEntry, token: str) -> None:
    emoji = st.session_state.get(f"inbox-react-{key_of(entry)}")
    if emoji is None:
        return
    content = Content(Kind.REACTION, text=emoji, about=inbox.reference(entry))
    hidden = entry.group or not entry.contact
    to = Recipient(entry.chat, entry.group_name) if hidden else Recipient(entry.contact)
    with _PRESS.released():
        _try(
            lambda: messages.send(
                entry.instance_id, to=to, content=content, request_id=token, account=sender.phone
            )
        )


def _file_of(entry: InboxEntry) -> bytes:
    return inbox.fetch(entry.instance_id, entry.message_id, chat=entry.chat, sender=entry.sender)


def _mark_read(entry: InboxEntry) -> None:
    where = {"chat": entry.chat, "sender": entry.sender}
    _try(lambda: inbox.mark_read(entry.instance_id, [entry.message_id], **where))


def _try(action: Callable[[], object]) -> None:
    _PROBLEM.set(alert.problem_of(action))
