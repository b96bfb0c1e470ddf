"""Quick ways to a text: templates and emoji."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

import streamlit as st

from core.services import instances
from core.services.visible import seen
from pages.ui.escape import isolated_markdown
from pages.ui.formats import visitor_zone
from pages.ui.i18n import N_, _
from pages.ui.state import Slot
from pages.ui.widgets.choice import distinct

_TEMPLATES: Final = (
    N_("Hello! This is a test from {instance} at {time}."),
    N_("Formatting: *bold*, _italic_, ~struck~ and ```code```."),
    N_("Accents and emoji: ação, coração, ñ, 你好 😀👍🇧🇷"),
    N_("Several lines:\n1. first\n2. second\n\nThe end."),
)
_EMOJI: Final = tuple("😀😂😍😉😢😡👍👎🙏👏💪🎉🔥✅❌📌📦🚚💰📞⏰")
_OWN: Final = Slot("send-own-templates", tuple[str, ...])
"""Templates that this visitor kept, for this visit."""
_SHORT: Final = 60
_MOST_OWN: Final = 10


def draw_word_tools(sender_id: str) -> None:
    """Draw templates, those that the visitor kept too, and a small choice of emoji."""
    with st.container(horizontal=True, gap="small"):
        keep = _("Keep this text as a template")
        labels = distinct({text: _shown(text) for text in (*map(_, _TEMPLATES), *_OWN.get())}) | {keep: keep}
        st.menu_button(
            _("Templates"),
            list(labels),
            key="send-template",
            icon=":material/bolt:",
            format_func=lambda text: labels.get(text, ""),
            on_click=_use,
            args=(sender_id, keep),
        )
        with st.popover(_("Emoji"), icon=":material/mood:", key="send-emoji"):
            st.pills(
                _("Emoji"),
                _EMOJI,
                key="send-emoji-chosen",
                label_visibility="collapsed",
                on_change=_append,
            )


def _shown(text: str) -> str:
    """Return the beginning of a template as plain text: a menu reads its entries as Markdown."""
    return isolated_markdown(" ".join(text.split())[:_SHORT])


def _use(sender_id: str, keep: str) -> None:
    fields = st.session_state
    chosen = fields.get("send-template")
    text = str(fields.get("send-text") or "")
    if chosen == keep:
        if seen(text) and text not in _OWN.get():
            _OWN.set((*_OWN.get(), text)[-_MOST_OWN:])
        return
    if chosen:
        fields["send-text"] = _filled(str(chosen), sender_id)


def _filled(template: str, sender_id: str) -> str:
    names = {view.id: view.name for view in instances.list_instances()}
    now = datetime.fromtimestamp(time.time(), visitor_zone()).strftime("%H:%M")
    filled = template.replace("{instance}", names.get(sender_id, "")).replace("{time}", now)
    return filled.replace("{instância}", names.get(sender_id, "")).replace("{hora}", now)


def _append() -> None:
    fields = st.session_state
    if chosen := fields.get("send-emoji-chosen"):
        fields["send-text"] = f"{fields.get('send-text') or ''}{chosen}"
        fields["send-emoji-chosen"] = None
