"""The fields of each kind of message, and the content that they make."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from core.models.content import FILES, Content, Kind
from core.services.visible import seen
from core.services.web_fetch.link_preview import find_link
from pages.ui.i18n import _
from pages.ui.messages.attachment import pick_file, ready_file, sent_kind
from pages.ui.messages.templates import draw_word_tools
from pages.ui.widgets.place_field import draw_place_field, place_in

_PLACE: Final = "send-coordinates"
_WORDS: Final = (
    *("send-text", _PLACE, "send-place", "send-address", "send-contact-name", "send-contact-phone"),
    *("send-question", "send-options"),
)
_WITH_WORDS: Final = frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT})


def draw_fields(kind: Kind, sender_id: str) -> None:
    """Draw the fields of ``kind``; what is in them is read with ``content_of``."""
    if kind in FILES:
        pick_file(kind)
    if kind in _WITH_WORDS:
        _draw_words(kind, sender_id)
    match kind:
        case Kind.LOCATION:
            draw_place_field(key=_PLACE)
            st.text_input(_("Name of the place (optional)"), key="send-place", max_chars=100)
            st.text_input(_("Address (optional)"), key="send-address", max_chars=100)
        case Kind.CONTACT:
            st.text_input(_("Name"), key="send-contact-name", max_chars=100)
            st.text_input(
                _("Number"), key="send-contact-phone", type="phone", placeholder="+55 11 91234-5678"
            )
        case Kind.POLL:
            st.text_input(_("Question"), key="send-question", max_chars=255)
            st.text_area(_("Options, one a line (2 to 12)"), key="send-options", height=120)
            st.checkbox(_("More than one may be chosen"), key="send-many")


def _draw_words(kind: Kind, sender_id: str) -> None:
    is_text = kind is Kind.TEXT
    st.text_area(
        _("Message") if is_text else _("Caption (optional)"),
        key="send-text",
        height=120 if is_text else 80,
        placeholder=_("Write the message here") if is_text else "",
    )
    if is_text:
        draw_word_tools(sender_id)
        if find_link(_typed("send-text")):
            st.checkbox(
                _("Preview of the link"),
                key="send-link",
                help=_("We load the linked page once to build the preview."),
            )


def content_of(kind: Kind) -> Content:
    """Return what the fields hold now, complete or not; the link's preview is fetched when it is sent."""
    match kind:
        case Kind.LOCATION:
            place = place_in(_PLACE)
            return Content(
                kind,
                latitude=place.latitude if place else math.nan,
                longitude=place.longitude if place else math.nan,
                name=_typed("send-place").strip(),
                address=_typed("send-address").strip(),
            )
        case Kind.CONTACT:
            return Content(kind, name=_typed("send-contact-name").strip(), phone=_typed("send-contact-phone"))
        case Kind.POLL:
            options = tuple(line.strip() for line in _typed("send-options").splitlines() if line.strip())
            many = bool(st.session_state.get("send-many"))
            return Content(
                kind, text=_typed("send-question").strip(), options=options, choices=0 if many else 1
            )
    words = _typed("send-text") if kind in _WITH_WORDS else ""
    if kind not in FILES:
        return Content(kind, text=words)
    return Content(sent_kind(kind), text=words, file=ready_file())


def is_empty(content: Content) -> bool:
    """Return whether there is nothing yet to be shown."""
    if content.kind is Kind.LOCATION:
        return math.isnan(content.latitude)
    return not (seen(content.text) or content.file or content.name or content.options)


def clear_fields() -> None:
    """Empty the fields of what was sent; before they are drawn."""
    for key in _WORDS:
        if key in st.session_state:
            st.session_state[key] = ""


def _typed(key: str) -> str:
    return str(st.session_state.get(key) or "")
