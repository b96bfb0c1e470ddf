"""The conversations of an instance: searched, filtered, the newest first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from core.errors import StorageUnavailableError
from core.models.conversations import Conversation, Filter
from core.models.topic import Topic
from core.services import conversations, presence
from pages.ui.conversations.line import faces_style, line_of
from pages.ui.conversations.line_list import Chosen, draw_lines
from pages.ui.conversations.new_conversation import begin
from pages.ui.conversations.opened import LIST, open_conversation, opened_id, turn
from pages.ui.escape import escape_html
from pages.ui.i18n import N_, _
from pages.ui.live import live_fragment
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.symbol import symbol_html

STEP: Final = 60
"""Conversations that are listed at first."""
_COUNTED: Final = 100
_EVERY_S: Final = 20.0
"""The server tells of changes at once; this is for times that become days, and for a page that missed one."""
_FILTERS: Final = {Filter.ALL: N_("All"), Filter.UNREAD: N_("Unread"), Filter.GROUPS: N_("Groups")}
_TOPICS: Final = (Topic.MESSAGES, Topic.TYPING, Topic.INSTANCES)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is listed of an instance's conversations."""

    instance_id: str = ""
    words: str = ""
    only: Filter = Filter.ALL

    @property
    def narrows(self) -> bool:
        """Return whether it leaves anything out."""
        return bool(self.words) or self.only is not Filter.ALL


@dataclass(frozen=True, slots=True)
class _Shown:
    """How many conversations of a search the visitor asked for."""

    search: _Search = _Search()
    count: int = STEP


_SHOWN: Final = Slot("threads-shown", _Shown)


def draw_thread_list(instance_id: str, *, watch: Callable[[], None]) -> None:
    """Draw the list, which follows by itself; ``watch`` is called with each drawing of it."""

    def draw() -> None:
        watch()
        _draw(instance_id)

    live_fragment(draw, part=LIST, every=_EVERY_S, topics=_TOPICS)


def _draw(instance_id: str) -> None:
    search = _draw_tools(instance_id)
    limit = _limit(search)
    try:
        found = _found(search, limit + 1)
        st.html(f"<span></span><style>{_counts(search)}</style>")
    except StorageUnavailableError as error:
        alert.show(error)
        return
    with st.container(key="threads", gap=None):
        if not found:
            _draw_nothing(search)
            return
        now = time.time()
        draw_lines(
            [line_of(one, now=now, typing=_is_typing(one)) for one in found[:limit]],
            key="thread-list",
            label=_("Conversations"),
            chosen=Chosen(opened_id(), turn()),
            on_pick=partial(open_conversation, instance_id),
        )
        st.html(faces_style(found[:limit]))
        if len(found) > limit:
            st.button(_("Show more"), key="threads-more", on_click=_more, args=(search, limit))


def _found(search: _Search, limit: int) -> tuple[Conversation, ...]:
    return conversations.list_conversations(
        search.instance_id, search=search.words, only=search.only, limit=limit
    )


def _is_typing(conversation: Conversation) -> bool:
    return bool(presence.typing(conversation.instance_id, conversation.address))


def _draw_tools(instance_id: str) -> _Search:
    """Draw search and filters, and return what they say. Keys bear the instance: another one starts anew."""
    with st.container(key="threads-tools", gap="small"):
        with st.container(key="thread-search"):
            words = st.text_input(
                _("Search person or word"),
                key=_search_key(instance_id),
                placeholder=_("Search person or word"),
                icon=":material/search:",
                label_visibility="collapsed",
                live=True,
                autocomplete="off",
            )
        with st.container(key="thread-filter"):
            only = st.pills(
                _("Show only"),
                list(_FILTERS),
                format_func=lambda one: _(_FILTERS[one]),
                key=_filter_key(instance_id),
                default=Filter.ALL,
                required=True,
                label_visibility="collapsed",
            )
    return _Search(instance_id, (words or "").strip(), only or Filter.ALL)


def _counts(search: _Search) -> str:
    """Return the style that puts a number behind a filter: its name stays, and nothing moves around it."""
    counts = []
    for place, only in enumerate(_FILTERS, 1):
        if only is Filter.ALL:
            continue
        if count := len(_found(_Search(search.instance_id, search.words, only), _COUNTED)):
            shown = f"{_COUNTED - 1}+" if count == _COUNTED else str(count)
            counts.append(f'.st-key-thread-filter {{ --count-{place}: "\\0000a0{shown}"; }}')
    return " ".join(counts)


def _draw_nothing(search: _Search) -> None:
    with st.container(key="threads-empty", horizontal_alignment="center"):
        if search.narrows:
            words = escape_html(_("Nothing found. Try other words or another filter."))
            st.html(f'<p class="wa-empty">{symbol_html("search_off")}<span>{words}</span></p>')
            st.button(_("Show all"), key="threads-clear", on_click=_clear, args=(search.instance_id,))
        else:
            words = escape_html(_("No conversation yet. Messages that arrive appear here right away."))
            st.html(f'<p class="wa-empty">{symbol_html("forum")}<span>{words}</span></p>')
            st.button(_("New conversation"), key="threads-begin", icon=":material/add:", on_click=begin)


def _clear(instance_id: str) -> None:
    st.session_state[_search_key(instance_id)] = ""
    st.session_state[_filter_key(instance_id)] = Filter.ALL


def _limit(search: _Search) -> int:
    shown = _SHOWN.get()
    return shown.count if shown.search == search else STEP


def _more(search: _Search, limit: int) -> None:
    # The first steps are small, so that the page stays light; later ones grow, so that few presses reach far.
    _SHOWN.set(_Shown(search, limit + max(STEP, limit // 2)))


def _search_key(instance_id: str) -> str:
    return f"thread-search-{instance_id}"


def _filter_key(instance_id: str) -> str:
    return f"thread-filter-{instance_id}"
