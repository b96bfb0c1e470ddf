"""Files that were fetched with a press in a bubble: large in a dialog, played in place, or saved."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.errors import AppError
from core.models.codes import RefusalCode
from core.models.conversations import ThreadMessage
from core.models.messages import InboxEntry
from core.services import inbox
from core.services.received_file import DisplayKind, ReceivedFile, prepare_for_display
from pages.ui.i18n import _
from pages.ui.received_files import file_of, keep_file, key_of
from pages.ui.widgets import alert
from pages.ui.widgets.picture import draw_picture

_LARGE = frozenset({DisplayKind.PICTURE, DisplayKind.FILM})


def fetch_file(message: ThreadMessage) -> str:
    """Fetch the file of a message, unless it is here already; return what names it.

    Raises as ``inbox.fetch`` does.
    """
    entry = message.received or _as_entry(message)
    if entry is None or entry.content.file is None:
        raise AppError(RefusalCode.FILE_NONE)
    name = key_of(entry)
    if file_of(name) is None:
        data = inbox.fetch(entry.instance_id, entry.message_id, chat=entry.chat, sender=entry.sender)
        keep_file(name, prepare_for_display(entry, data))
    return name


def _as_entry(message: ThreadMessage) -> InboxEntry | None:
    """Return a message that was sent from here as one that arrived: its file is fetched alike."""
    sent = message.sent
    if sent is None:
        return None
    return InboxEntry(
        sent.instance_id, sent.message_id, "", "", message.content, sent.created_at, from_me=True
    )


def is_large(name: str) -> bool:
    """Return whether the file opens in a dialog."""
    file = file_of(name)
    return file is not None and file.view in _LARGE


def draw_files(names: Iterable[str]) -> None:
    """Draw players and buttons that the bubbles use; they are not seen themselves."""
    with st.container(key="thread-files"):
        for name in names:
            file = file_of(name)
            if file is None or file.view in _LARGE:
                continue
            if file.view is DisplayKind.SOUND:
                with st.container(key=f"thread-sound-{name}"):
                    st.audio(file.data, format=file.mime)
            _draw_save(file, name)


def open_large(name: str) -> None:
    """Open a picture or a film over the page."""
    file = file_of(name)
    if file is None:
        return
    title = _("Image") if file.view is DisplayKind.PICTURE else _("Video")
    st.dialog(title, width="large")(lambda: alert.draw_or_show(lambda: _draw_large(file, name)))()


def _draw_large(file: ReceivedFile, name: str) -> None:
    with st.container(key="thread-large"):
        if file.view is DisplayKind.PICTURE:
            draw_picture(file.picture, alt=_("Image received"))
        else:
            st.video(file.data, format=file.mime, autoplay=True, loop=file.gif, muted=file.gif)
        _draw_save(file, f"large-{name}")


def _draw_save(file: ReceivedFile, name: str) -> None:
    st.download_button(
        _("Save"),
        file.data,
        file_name=file.name,
        mime="application/octet-stream",  # whatever it is, no browser opens it by itself
        key=f"thread-save-{name}",
        on_click="ignore",
        icon=":material/download:",
    )
