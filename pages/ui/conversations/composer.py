"""The composer below a thread: what is written for one conversation, and the way out of it."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from core.models.content import Kind
from core.models.conversations import Conversation
from core.services import rate_limits
from pages.ui.conversations.drafts import COMPOSER, Place, draft_at, note_typed, place_of
from pages.ui.conversations.writing import box, links, sending
from pages.ui.conversations.writing.forms import (
    WITH_CAPTION,
    draw_form,
    is_ready,
    note_fields,
    open_form,
    token_at,
)
from pages.ui.conversations.writing.sheet import draw_sheet
from pages.ui.conversations.writing.standing import (
    draw_standing,
    mark_of,
    note_mark,
    standing_of,
)
from pages.ui.conversations.writing.strip import draw_strip
from pages.ui.conversations.writing.typing import draw_switch, is_shown, note_typing
from pages.ui.i18n import _, ngettext
from pages.ui.live import live_fragment, redraw
from pages.ui.state import Slot
from pages.ui.widgets import alert

THREAD: Final = "thread"
"""Names the part of the page that shows what was sent."""
_WATCH_S: Final = 5.0
_DRAWN: Final = Slot("composer-drawn", str)
"""Why nothing could leave when the composer was drawn last."""


def draw_composer(conversation: Conversation) -> None:
    """Draw the box for ``conversation`` with all that belongs to it. Arrivals do not draw it anew."""
    with st.container(key="composer", gap=None):
        live_fragment(lambda: _draw(conversation), part=COMPOSER, every=None)
        live_fragment(lambda: _watch(conversation), part="composer-watch", every=_WATCH_S)


def _watch(conversation: Conversation) -> None:
    """Draw the page again once something may leave that might not, or the other way round."""
    if standing_of(conversation).why != _DRAWN.get():
        st.rerun()


def _draw(conversation: Conversation) -> None:
    note_fields()
    place = place_of(conversation)
    standing = standing_of(conversation)
    _DRAWN.set(standing.why)
    # Each part has a place of its own: what comes and goes above the box does not move it in the page's tree.
    # What is gone leaves an empty element: Streamlit may forget to clear a place that holds nothing any more.
    with st.container(key="send-notes", gap="xsmall"):
        draw_standing(standing)
        _draw_outcome(place)
        _draw_warm_notice(conversation)
    with st.container(key="reply-place"):
        draw_strip(conversation, draft_at(place))
    with st.container(key="form-place"):
        _draw_attached(place)
    with st.container(key="write-row", horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
        with st.container(key="attach-place", width="content"):
            draw_sheet(place, extra=draw_switch)
        _draw_box(place, on=not standing.why)
    with st.container(key="send-left"):
        _draw_left(conversation.instance_id)


def _draw_attached(place: Place) -> None:
    draft = draft_at(place)
    if draft.form is not None:
        alert.draw_or_show(partial(draw_form, place, draft.form))
    elif draft.edit is None:
        links.draw_offer(place, draft.text)
    else:
        st.empty()


def _draw_box(place: Place, *, on: bool) -> None:
    draft = draft_at(place)
    caption = draft.form in WITH_CAPTION
    state = box.BoxState(
        on=on,
        account=mark_of(place),
        words=draft.form is None or caption,
        form=token_at(place),
        ready=is_ready(place),
        caption=caption,
        tells_typing=is_shown(),
    )
    box.draw_box(place, draft, state, on_told=_told, on_voice=partial(_record, place))


def _told() -> None:
    """Take what the browser tells: texts that were typed, and presses on send."""
    what = box.told()
    if what is None:
        return
    box.hear(what, type_into=note_typed, for_account=note_mark)
    note_typing(what.typing)
    new = [press for press in what.out if sending.take(press)]
    if new:
        redraw(THREAD, COMPOSER)


def _record(place: Place) -> None:
    open_form(place, Kind.VOICE)


def _draw_outcome(place: Place) -> None:
    """Draw why the last press was refused, with a way to press again; or what else there is to know of it."""
    with st.container(key="send-result", gap="xsmall"):
        if problem := sending.problem_at(place):
            with st.container(key="send-refused", gap="xsmall"):
                st.error(problem, title=_("Not sent"), icon=":material/error:")
                st.button(
                    _("Try again"),
                    key="send-again",
                    icon=":material/refresh:",
                    on_click=_again,
                    args=(place, sending.again_token()),
                )
        elif note := sending.note_at(place):
            st.info(note, icon=":material/info:")
        else:
            st.empty()


def _again(place: Place, token: str) -> None:
    sending.send_again(place, token)
    redraw(THREAD, COMPOSER)


def _draw_warm_notice(conversation: Conversation) -> None:
    if conversation.latest is None and rate_limits.link_age(conversation.instance_id).is_new:
        with st.container(key="send-warm"):
            st.caption(
                ":material/eco: "
                + _(
                    "Newly connected number: start with people who already talk to you. WhatsApp watches new "
                    "connections more closely."
                )
            )
    else:
        st.empty()


def _draw_left(instance_id: str) -> None:
    left = rate_limits.left_today(instance_id)
    words = ngettext("{count} message left today", "{count} messages left today", left).format(count=left)
    habit = _("one person at a time, no bulk sending")
    st.caption(f"{words} · {habit}")
