"""The form of each kind that is more than words. It belongs to one conversation, as do its fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from core.errors import InvalidInputError
from core.models.content import FILES, Content, Kind
from core.services.phone_numbers import parse_number
from core.services.visible import seen
from pages.ui.conversations.drafts import Place, draft_at, keep
from pages.ui.conversations.writing.files import draw_file_field, forget_file, ready_at
from pages.ui.i18n import _
from pages.ui.messages.bubble import bubble
from pages.ui.state import Slot
from pages.ui.texts.message_kinds import KINDS
from pages.ui.widgets.number_field import draw_number_field, home_regions, read_number
from pages.ui.widgets.place_field import draw_place_field, place_in

WITH_CAPTION: Final = frozenset({Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT})
"""Kinds that take words along."""
_TOKENS: Final = Slot("form-tokens", dict[Place, dict[Kind, str]])
"""Names the forms that were begun at a place: part of the keys of their fields, and of a press on send."""
_VALUES: Final = Slot("form-values", dict[str, Any])
"""What stands in the fields, by their keys: Streamlit forgets a field that is not drawn for a while."""


def open_form(place: Place, kind: Kind) -> None:
    """Open the form of ``kind`` with what was begun in it; others keep what is in them, but for files.

    One file at a time is kept: another kind of file takes its place.
    """
    tokens = _TOKENS.keep().setdefault(place, {})
    if kind in FILES and kind not in tokens:
        for other in FILES & tokens.keys():
            _forget(place, other)
    tokens.setdefault(kind, uuid4().hex)
    keep(place, replace(draft_at(place), form=kind))


def open_anew(place: Place, kind: Kind) -> None:
    """Open the form of ``kind``, empty."""
    leave_form(place)
    open_form(place, kind)


def hide_form(place: Place) -> None:
    """Close the form; what is in it is there again when it is opened."""
    keep(place, replace(draft_at(place), form=None))


def leave_form(place: Place, *, sent: bool = False) -> None:
    """Close the form and forget what was in it."""
    kind = draft_at(place).form
    if kind is not None:
        _forget(place, kind, sent=sent)
    hide_form(place)


def _forget(place: Place, kind: Kind, *, sent: bool = False) -> None:
    token = _TOKENS.keep().get(place, {}).pop(kind, "")
    if kind in FILES:
        forget_file(place, sent=sent)
    values = _VALUES.keep()
    for key in [key for key in values if token and key.endswith(token)]:
        del values[key]


def token_at(place: Place) -> str:
    """Return the name of the form that is open at ``place``; empty for none."""
    kind = draft_at(place).form
    return _TOKENS.get().get(place, {}).get(kind, "") if kind else ""


def note_fields() -> None:
    """Keep what stands in the fields of every form; for the beginning of a draw."""
    values = _VALUES.keep()
    for key in values:
        if key in st.session_state:
            values[key] = st.session_state[key]


def draw_form(place: Place, kind: Kind) -> None:
    """Draw the fields of ``kind``, a way out of the form, and how the message will look."""
    token = token_at(place)
    leave = partial(leave_form, place)
    with st.container(key="attach-form", gap="small"):
        _draw_head(kind, leave)
        if kind in FILES:
            draw_file_field(place, kind, key=token[:12], drop=partial(open_anew, place, kind))
            return
        _draw_fields(kind, token)
        content = content_at(place, "")
        if kind is not Kind.LOCATION and content is not None and not _is_empty(content):
            with st.container(key="send-preview", gap="xsmall"):
                st.caption(_("As it will look"))
                st.html(bubble(content))


def _draw_head(kind: Kind, leave: Callable[[], None]) -> None:
    label = _("Photo or video") if kind is Kind.IMAGE else _(KINDS[kind].label)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="attach-head"):
        icon = f":material/{KINDS[kind].icon}:"
        st.markdown(f"{icon} **{label}**", width="stretch")
        st.button(
            _("Leave it"),
            key="attach-leave",
            icon=":material/close:",
            type="tertiary",
            on_click=leave,
        )


def _draw_fields(kind: Kind, token: str) -> None:
    match kind:
        case Kind.LOCATION:
            with _field("send-coordinates", token) as key:
                draw_place_field(key=key)
            with _field("send-place", token) as key:
                st.text_input(_("Name of the place (optional)"), key=key, max_chars=100, live=True)
            with _field("send-address", token) as key:
                st.text_input(_("Address (optional)"), key=key, max_chars=100, live=True)
        case Kind.CONTACT:
            with _field("send-contact-name", token) as key:
                st.text_input(_("Name"), key=key, max_chars=100, live=True)
            with _field("send-contact-phone", token) as key:
                typed = draw_number_field(_("Number"), key=key)
                read_number(typed, key=key, question=_("Use {number}?"), regions=home_regions())
        case Kind.POLL:
            with _field("send-question", token) as key:
                st.text_input(_("Question"), key=key, max_chars=255, live=True)
            with _field("send-options", token) as key:
                st.text_area(_("Options, one a line (2 to 12)"), key=key, height=120)
            with _field("send-many", token) as key:
                st.checkbox(_("More than one may be chosen"), key=key)


@contextmanager
def _field(name: str, token: str) -> Iterator[str]:
    """Give the key of a field, which holds again what stood in it when it was drawn last."""
    key = _key(name, token)
    values = _VALUES.keep()
    if key in values and key not in st.session_state:
        st.session_state[key] = values[key]
    with st.container(key=name):
        yield key
    values[key] = st.session_state.get(key)


def _key(name: str, token: str) -> str:
    return f"{name}-{token}"


def content_at(place: Place, words: str) -> Content | None:
    """Return what the open form would send now, complete or not, with ``words``; None when none is open."""
    kind, token = draft_at(place).form, token_at(place)
    if kind is None:
        return None

    def typed(name: str) -> str:
        key = _key(name, token)
        return str(st.session_state.get(key) or _VALUES.get().get(key) or "")

    match kind:
        case Kind.LOCATION:
            here = place_in(_key("send-coordinates", token))
            at = (here.latitude, here.longitude) if here else (float("nan"), float("nan"))
            name, address = typed("send-place").strip(), typed("send-address").strip()
            return Content(kind, latitude=at[0], longitude=at[1], name=name, address=address)
        case Kind.CONTACT:
            return Content(kind, name=typed("send-contact-name").strip(), phone=typed("send-contact-phone"))
        case Kind.POLL:
            options = tuple(line.strip() for line in typed("send-options").splitlines() if line.strip())
            choices = 0 if typed("send-many") else 1
            return Content(kind, text=typed("send-question").strip(), options=options, choices=choices)
    ready = ready_at(place)
    sent_as = ready.sent_as if ready else kind
    caption = words if sent_as in WITH_CAPTION else ""
    return Content(sent_as, text=caption, file=ready.attachment if ready else None)


def is_ready(place: Place) -> bool:
    """Return whether there is anything in the open form that could be sent."""
    content = content_at(place, "")
    return content is not None and not _is_empty(content)


def _is_empty(content: Content) -> bool:
    if content.kind is Kind.LOCATION:
        return math.isnan(content.latitude)
    if content.kind is Kind.CONTACT:
        return not (content.name and _is_number(content.phone))
    return not (seen(content.text) or content.file or content.name or content.options)


def _is_number(typed: str) -> bool:
    try:
        parse_number(typed, regions=home_regions())
    except InvalidInputError:
        return False
    return True
