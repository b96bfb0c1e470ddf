"""The thread of a conversation: its messages as bubbles, oldest first, opened at the newest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import streamlit as st

from core.errors import StorageUnavailableError, UnknownConversationError
from core.models.conversations import Conversation, Thread
from core.models.topic import Topic
from core.services import conversations
from pages.ui.conversations.bubbles.bodies import preview_of
from pages.ui.conversations.bubbles.items import item_of, scene_of
from pages.ui.conversations.bubbles.pictures import draw_pictures
from pages.ui.conversations.bubbles.presses import draw_presses
from pages.ui.conversations.bubbles.scripts import script_of
from pages.ui.conversations.bubbles.window import MOST, Window, limit_of, note_drawn, widen
from pages.ui.conversations.bubbles.words import days, words
from pages.ui.conversations.drafts import Place, place_of
from pages.ui.formats import format_number
from pages.ui.i18n import _
from pages.ui.live import live_fragment
from pages.ui.presentation import is_on
from pages.ui.widgets import alert

_EVERY_S: Final = 10.0
"""Changes are drawn at once; this is for a page that missed one, and for the turn of the day."""
_HTML: Final = """
<div class="wa-thread">
  <div class="wa-pane" role="log" aria-relevant="additions" tabindex="0"></div>
  <button type="button" class="wa-newer" hidden>
    <span class="wa-symbol" aria-hidden="true" translate="no">arrow_downward</span>
    <span class="wa-newer-words"></span>
  </button>
</div>
"""
_PARTS: Final = ("hub", "bubble", "popups", "pane")


def draw_thread(conversation: Conversation) -> None:
    """Draw the messages of ``conversation``, and keep them as they are now."""
    with st.container(key="thread"):
        live_fragment(lambda: _draw(conversation), part="thread", every=_EVERY_S, topics=[Topic.MESSAGES])
        live_fragment(lambda: draw_presses(conversation), part="thread-presses", every=None)


def _draw(conversation: Conversation) -> None:
    place = place_of(conversation)
    try:
        thread = conversations.thread(*place, limit=limit_of(place))
    except StorageUnavailableError as error:
        alert.show(error)
        return
    except UnknownConversationError:
        st.rerun()
    _mount(place, thread, note_drawn(place, first_unread=thread.first_unread))
    draw_pictures(_thumbnails(thread))
    # Last: it is written down, and the reader waits for the words.
    if any(message.unread for message in thread.messages):
        conversations.note_seen(*place, up_to=thread.messages[-1].key)


def _mount(place: Place, thread: Thread, window: Window) -> None:
    component = st.components.v2.component("thread", html=_HTML, js=script_of(*_PARTS), isolate_styles=False)
    scene = scene_of(thread)
    dates = {datetime.fromtimestamp(message.at, scene.zone).date() for message in thread.messages}
    today = datetime.fromtimestamp(scene.now, scene.zone).date()
    data = {
        "conversation": "/".join(place),
        "items": [item_of(message, scene) for message in thread.messages],
        "days": days({*dates, today}, zone=scene.zone),
        "today": today.isoformat(),
        "mark": window.mark,
        "covers": is_on(),
        "older": thread.has_older and window.limit < MOST,
        "end": _end() if thread.has_older and window.limit >= MOST else "",
        "words": words(),
    }
    component(data=(data,), key="thread-bubbles", on_older_change=lambda: _older(place), height="content")


def _end() -> str:
    """Return why nothing earlier can be asked for, though there is more."""
    return _("Only the newest {count} messages are shown here.").format(count=format_number(MOST))


def _older(place: Place) -> None:
    """Show more of the conversation that the press was made in."""
    asked = getattr(st.session_state.get("thread-bubbles"), "older", None)
    if isinstance(asked, dict) and asked.get("conversation") == "/".join(place):
        shown = asked.get("shown")
        widen(place, shown if isinstance(shown, int) else 0)


def _thumbnails(thread: Thread) -> Iterator[str]:
    """Yield the small pictures of the messages, the newest first: those in sight."""
    for message in reversed(thread.messages):
        content = message.content
        if content.file is not None:
            yield content.file.thumbnail
        if content.about is not None:
            yield content.about.thumbnail
        if preview := preview_of(content):
            yield preview["thumbnail"]
