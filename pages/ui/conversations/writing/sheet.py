"""What can go along with words, behind the plus: a photo, a place, a poll, ready-made words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import streamlit as st

from core.models.content import Kind
from core.services import instances
from core.services.visible import seen
from pages.ui.conversations.drafts import Place, draft_at, write
from pages.ui.conversations.writing.forms import WITH_CAPTION, hide_form, open_form
from pages.ui.escape import isolated_markdown
from pages.ui.formats import visitor_zone
from pages.ui.i18n import N_, _
from pages.ui.state import Slot, nothing
from pages.ui.widgets.choice import distinct
from pages.ui.widgets.menu import open_menu, shut_menu

_SHEET: Final = "attach"
"""Key of the button and of what it opens."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One way to attach something."""

    name: str
    label: str
    icon: str
    kind: Kind | None = None
    """None: ready-made words."""


_ENTRIES: Final = (
    _Entry("photo", N_("Photo or video"), "photo_camera", Kind.IMAGE),
    _Entry("document", N_("Document"), "description", Kind.DOCUMENT),
    _Entry("audio", N_("Audio"), "music_note", Kind.AUDIO),
    _Entry("sticker", N_("Sticker"), "sentiment_satisfied", Kind.STICKER),
    _Entry("location", N_("Location"), "location_on", Kind.LOCATION),
    _Entry("contact", N_("Contact"), "person", Kind.CONTACT),
    _Entry("poll", N_("Poll"), "ballot", Kind.POLL),
    _Entry("template", N_("Template"), "bolt"),
)
_TEMPLATES: Final = (
    N_("Hello! This is a test from {instance} at {time}."),
    N_("Formatting: *bold*, _italic_, ~struck~ and ```code```."),
    N_("Accents and emoji: ação, coração, ñ, 你好 😀👍🇧🇷"),
    N_("Several lines:\n1. first\n2. second\n\nThe end."),
)
_OWN: Final = Slot("send-own-templates", tuple[str, ...])
"""Templates that this visitor kept, for this visit."""
_CHOOSING: Final = Slot[Place | None]("template-choosing", nothing)
"""Where the open sheet lists ready-made words."""
_SHORT: Final = 60
_MOST_OWN: Final = 10


def draw_sheet(place: Place, *, extra: Callable[[], None] = lambda: None) -> None:
    """Draw the plus, and what it opens; ``extra`` draws what else belongs there."""
    with open_menu(_("Attach"), key=_SHEET, icon=":material/add:", on_change=_CHOOSING.clear):
        if _CHOOSING.get() == place:
            _draw_templates(place)
            return
        with st.container(key="attach-sheet", horizontal=True, gap="small"):
            for entry in _ENTRIES:
                st.button(
                    _(entry.label),
                    key=f"attach-{entry.name}",
                    icon=f":material/{entry.icon}:",
                    type="tertiary",
                    on_click=partial(_choose, place, entry.kind),
                )
        extra()


def _choose(place: Place, kind: Kind | None) -> None:
    if kind is None:
        _CHOOSING.set(place)
        return
    shut_menu(_SHEET)
    open_form(place, kind)


def _draw_templates(place: Place) -> None:
    """Draw the ready-made words, and a way to keep those in the box as more of them."""
    texts = (*map(_, _TEMPLATES), *_OWN.get())
    with st.container(key="send-template", gap="xsmall"):
        for turn, (text, label) in enumerate(distinct({text: _shown(text) for text in texts}).items()):
            st.button(label, key=f"template-{turn}", type="tertiary", on_click=partial(_use, place, text))
        written = draft_at(place).text
        if seen(written) and written not in _OWN.get():
            label = _("Keep this text as a template")
            st.button(label, key="template-keep", icon=":material/add:", on_click=partial(_keep, written))


def _shown(text: str) -> str:
    """Return the beginning of a template as plain text: a button reads its label as Markdown."""
    return isolated_markdown(" ".join(text.split())[:_SHORT])


def _use(place: Place, text: str) -> None:
    """Write a template after what stands in the box."""
    shut_menu(_SHEET)
    _CHOOSING.clear()
    if draft_at(place).form not in WITH_CAPTION:
        hide_form(place)  # its fields would hide the box that the template is written into
    before = draft_at(place).text
    filled = _filled(text, place[0])
    write(place, f"{before}\n{filled}" if seen(before) else filled)


def _keep(text: str) -> None:
    _OWN.set((*_OWN.get(), text)[-_MOST_OWN:])


def _filled(template: str, instance_id: str) -> str:
    names = {view.id: view.name for view in instances.list_instances()}
    now = datetime.fromtimestamp(time.time(), visitor_zone()).strftime("%H:%M")
    filled = template.replace("{instance}", names.get(instance_id, "")).replace("{time}", now)
    return filled.replace("{instância}", names.get(instance_id, "")).replace("{hora}", now)
