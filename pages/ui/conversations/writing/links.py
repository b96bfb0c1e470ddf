"""The preview of a link in a text: only when it is asked for, fetched then, and carried along."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2s
from typing import Final

import streamlit as st

from core.models.content import Content, Kind
from core.services.web_fetch import link_preview
from pages.ui.conversations.drafts import Place
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.widgets import alert

_WANTED: Final = Slot("send-links", dict[Place, str])
"""The link whose preview is wanted at a place."""


def draw_offer(place: Place, text: str) -> None:
    """Offer the preview of the link in ``text``, if there is one."""
    link = link_preview.find_link(text)
    if not link:
        st.empty()
        return
    wanted = _WANTED.get().get(place) == link

    def change() -> None:
        if wanted:
            forget(place)
        else:
            _WANTED.keep()[place] = link

    with st.container(key="send-link"):
        st.checkbox(
            _("Preview of the link"),
            value=wanted,
            key=f"send-link-{blake2s(repr((place, link, wanted)).encode(), digest_size=6).hexdigest()}",
            help=_("We load the linked page once to build the preview."),
            on_change=change,
        )


def forget(place: Place) -> None:
    """Want no preview any more."""
    _WANTED.keep().pop(place, None)


def with_preview(place: Place, content: Content) -> tuple[Content, str]:
    """Return the content with the preview of its link, if that is wanted; without, and why, if it failed."""
    link = link_preview.find_link(content.text) if content.kind is Kind.TEXT else ""
    if not link or _WANTED.get().get(place) != link:
        return content, ""
    previews: list[str] = []
    problem = alert.problem_of(lambda: previews.append(link_preview.link_preview(link)))
    if problem:
        bare = _("Sent without the preview of the link.")
        return content, f"{bare} {problem}"
    return replace(content, link=previews[0]), ""
