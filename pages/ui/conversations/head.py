"""The head of a conversation: whose it is and through which instance, what they do now, and a menu."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import streamlit as st

from core.models.conversations import Conversation
from core.models.messages import Activity
from core.models.topic import Topic
from core.services import conversations, instances, presence, recipients
from core.services.visible import seen
from pages.ui.conversations.drafts import place_of
from pages.ui.conversations.export import draw_export
from pages.ui.conversations.line import called, face_seed
from pages.ui.escape import escape_html, isolated
from pages.ui.i18n import N_, _
from pages.ui.live import live_fragment
from pages.ui.presentation import shown_number
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.face import face_html
from pages.ui.widgets.symbol import symbol_html

_EVERY_S: Final = 15.0
_DOING: Final = {Activity.TYPING: N_("typing…"), Activity.RECORDING: N_("recording audio…")}
_PROBLEM: Final = Slot("conversation-problem", str)
_DONE: Final = Slot("conversation-read-done", bool)
_ABOUT: Final = Slot("conversation-about-open", bool)


def draw_head(conversation: Conversation) -> None:
    """Draw the head of ``conversation``, and keep what the other side does as it is now."""
    with st.container(
        key="conversation-head", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        with st.container(key="conversation-who", gap=None):
            topics = [Topic.TYPING, Topic.INSTANCES]
            live_fragment(
                lambda: _draw_who(conversation), part="conversation-who", every=_EVERY_S, topics=topics
            )
        with st.container(key="conversation-actions", width="content"):
            live_fragment(lambda: _draw_actions(conversation), part="conversation-actions", every=None)


def _draw_who(conversation: Conversation) -> None:
    now = conversations.get(*place_of(conversation))
    instance = instances.get_instance(conversation.instance_id)
    doing = _DOING.get(presence.typing(conversation.instance_id, now.address), "")
    by = _("through {name}").format(name=isolated(instance.name))
    number = shown_number(now.number) if seen(now.name) else ""
    picture = "" if now.group else recipients.face(conversation.instance_id, now.number)
    face = face_html(called(now), seed=face_seed(now), picture=picture)
    facts = " · ".join(filter(None, (_("Group") if now.group else number, by)))
    line = (
        f'<span class="wa-doing" role="status">{escape_html(_(doing))}</span>'
        if doing
        else escape_html(facts)
    )
    st.html(
        f'<div class="wa-who-head">{face}'
        f'<div><h2 class="wa-head-name">{escape_html(called(now))}</h2>'
        f'<div class="wa-muted wa-value">{line}</div></div></div>'
    )


def _draw_actions(conversation: Conversation) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall"):
        _draw_buttons(conversation)
    if _DONE.pop():
        st.toast(_("Marked as read"), icon=":material/done_all:")
    if problem := _PROBLEM.pop():
        st.toast(problem, icon=":material/error:", duration="long")
    if _ABOUT.pop():
        alert.draw_or_show(partial(_open_about, conversation))


def _draw_buttons(conversation: Conversation) -> None:
    """Draw the buttons; on a phone, where the name needs the room, the style sheet leaves only the menu."""
    with st.container(key="conversation-read-wide"):
        _draw_read(conversation, key="conversation-read", kind="secondary")
    menu = st.popover(_("More"), key="conversation-menu", icon=":material/more_vert:", type="tertiary")
    with menu, st.container(key="conversation-entries", gap=None):
        with st.container(key="conversation-read-narrow"):
            _draw_read(conversation, key="conversation-read-menu", kind="tertiary")
        st.button(
            _("Who this is"),
            key="conversation-about",
            icon=":material/info:",
            type="tertiary",
            width="stretch",
            on_click=_ABOUT.set,
            args=(True,),
        )
        draw_export(conversation)


def _draw_read(conversation: Conversation, *, key: str, kind: Literal["secondary", "tertiary"]) -> None:
    st.button(
        _("Mark as read"),
        key=key,
        type=kind,
        icon=":material/done_all:",
        help=_("The senders see blue ticks."),
        width="stretch" if kind == "tertiary" else "content",
        on_click=_mark_read,
        args=(conversation,),
    )


def _mark_read(conversation: Conversation) -> None:
    problem = alert.problem_of(lambda: conversations.mark_read(*place_of(conversation)))
    _PROBLEM.set(problem)
    _DONE.set(not problem)


def _open_about(conversation: Conversation) -> None:
    st.dialog(_("Who this is"))(lambda: alert.draw_or_show(lambda: _draw_about(conversation)))()


def _draw_about(conversation: Conversation) -> None:
    now = conversations.get(*place_of(conversation))
    instance = instances.get_instance(conversation.instance_id)
    number = shown_number(now.number)
    if now.group:
        kind = _("A group. What is written here goes to all of its members.")
    elif number:
        kind = ""
    else:
        kind = _("WhatsApp does not tell this person's number. Answers arrive all the same.")
    rows = [(_("Name"), called(now)), (_("Number"), number), (_("Instance"), isolated(instance.name))]
    facts = "".join(
        f"<dt>{escape_html(label)}</dt><dd>{escape_html(value)}</dd>" for label, value in rows if value
    )
    note = f'<p class="wa-muted">{symbol_html("info")}{escape_html(kind)}</p>' if kind else ""
    with st.container(key="conversation-facts"):
        st.html(f'<dl class="wa-facts">{facts}</dl>{note}')
