"""One instance as a row: all of it opens the instance; its verb and its menu lie above that."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from core.models.content import Content, Kind
from core.models.instance import InstanceState, InstanceView
from core.models.messages import LatestMessage
from core.services import recipients
from core.services.visible import seen
from pages.ui.badge import coloured, view_badge_html
from pages.ui.escape import escape_html, isolated_html, isolated_markdown
from pages.ui.formats import format_recent
from pages.ui.i18n import _, ngettext
from pages.ui.instances.row_actions import draw_menu, draw_open_action, lead_to, start
from pages.ui.instances.standing import (
    RowVerb,
    dot_of,
    is_stopped,
    is_suspected,
    needs_you,
    row_verb,
    silence_html,
    trouble_html,
)
from pages.ui.links import go_to_instance
from pages.ui.presentation import shown_number
from pages.ui.texts.health import SUSPECTED
from pages.ui.texts.message_kinds import inbox_icon, inbox_label
from pages.ui.widgets.face import face_html
from pages.ui.widgets.symbol import symbol_html

_MOST: Final = 99
"""Unread messages that are counted out."""
_NAME: Final = 60
"""Characters of a name that a person gave themselves."""


def draw_row(view: InstanceView, latest: LatestMessage | None, unread: int, *, now: float) -> None:
    """Draw the row, and beneath it the action that is open on it."""
    verb = row_verb(view)
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap=None, key=f"row-{view.id}"
    ):
        st.html(_facts(view, latest, unread, verb, now=now))
        if st.button(_("Open {name}").format(name=isolated_markdown(view.name)), key=f"open-{view.id}"):
            go_to_instance(view.id)
        if verb is not None:
            _draw_verb(view, verb)
        draw_menu(view)
    draw_open_action(view)


def _draw_verb(view: InstanceView, verb: RowVerb) -> None:
    kind = "primary" if needs_you(view) else "secondary"
    # What was drawn is what is done, though the instance stands otherwise by the time of the press.
    st.button(
        _(verb.label),
        key=f"verb-{view.id}",
        type=kind,  # type: ignore[arg-type]
        on_click=partial(start, then_open=verb.leads) if verb.starts else lead_to,
        args=(view.id,),
    )


def _facts(
    view: InstanceView, latest: LatestMessage | None, unread: int, verb: RowVerb | None, *, now: float
) -> str:
    connected = view.state is InstanceState.CONNECTED
    picture = recipients.own_face(view.id) if view.linked else ""
    face = face_html(view.name, seed=view.id, picture=picture, pale=not view.linked, dot=dot_of(view))
    number = escape_html(shown_number(view.phone) or _("no number yet"))
    troubled = not connected or is_suspected(view) or view.sending.trouble is not None
    last = trouble_html(view, now=now) if troubled else silence_html(view, now=now) or _latest_html(latest)
    at = _time_of(view, latest)
    when = escape_html(format_recent(at, now=now)) if at else ""
    badge = coloured(_(SUSPECTED), "orange") if is_suspected(view) else view_badge_html(view, brief=True)
    # Where a verb stands, it says what the badge would: that is left to those who do not see the colours.
    state = f'<span class="wa-spoken">{badge}</span>' if verb else badge
    hot = " wa-hot" if dot_of(view) == "bad" else ""
    return (
        f'<div class="wa-item{hot}">{face}'
        f'<div class="wa-ident"><div class="wa-name">{isolated_html(view.name)}</div>'
        f'<div class="wa-number">{number}</div></div>'
        f'<div class="wa-last">{last}</div>'
        f'<div class="wa-end"><span class="wa-when">{when}</span>'
        f"{_unread_html(unread)}{state}</div></div>"
    )


def _time_of(view: InstanceView, latest: LatestMessage | None) -> float | None:
    """Return when what the row says happened. A state that another process left has no time of its own."""
    if view.state is InstanceState.CONNECTED or is_stopped(view):
        return latest.at if latest else None
    return view.since


def _unread_html(count: int) -> str:
    if not count:
        return ""
    shown = str(count) if count <= _MOST else f"{_MOST}+"
    words = ngettext("{count} unread", "{count} unread", count).format(count=count)
    return (
        f'<span class="wa-unread"><span aria-hidden="true">{shown}</span>'
        f'<span class="wa-spoken">{escape_html(words)}</span></span>'
    )


def _latest_html(latest: LatestMessage | None) -> str:
    if latest is None:
        return ""
    return f"<b>{_writer_html(latest)}:</b> {_words_html(latest)}"


def _writer_html(latest: LatestMessage) -> str:
    if latest.from_me:
        return escape_html(_("You"))
    named = latest.name if seen(latest.name) else shown_number(latest.contact) or _("Hidden number")
    writer = isolated_html(named[:_NAME])
    if latest.group and seen(latest.group_name):
        return f"{isolated_html(latest.group_name[:_NAME])} · {writer}"
    return writer


def _words_html(latest: LatestMessage) -> str:
    if latest.deleted:
        deleted = escape_html(_("This message was deleted"))
        return f"{symbol_html('block')}<em>{deleted}</em>"
    words = isolated_html(latest.text)
    if latest.kind is Kind.TEXT:
        return words
    content = Content(latest.kind, name=latest.text)
    if latest.kind is Kind.CALL:  # its words are a code
        words = ""
    kind = f"{symbol_html(inbox_icon(content))}{escape_html(inbox_label(content))}"
    return f"{kind} · {words}" if words else kind
