"""The browser's own notifications, for who has the app open in a tab behind others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from core.services import instances
from pages.ui.i18n import _

_BUTTON: Final = """
<button type="button" class="wa-copy wa-quiet">
  <span class="wa-symbol" aria-hidden="true">notifications</span>
  <span class="wa-switch-words"></span>
</button>
<p class="wa-muted wa-switch-result" role="status"></p>
"""


@dataclass(frozen=True, slots=True)
class Note:
    """What is told once."""

    id: str
    text: str
    address: str
    """Path of the page that a press leads to."""


def notify(notes: Iterable[Note]) -> None:
    """Let the browser tell each of ``notes`` once, if its user asked for it; pass all that holds now."""
    component = st.components.v2.component("notifications", js=_script())
    data = {"title": instances.app_name(), "notes": tuple(asdict(note) for note in notes)}
    component(data=(data,), key="notifications", height="content")


def draw_notification_switch(*, key: str) -> None:
    """Draw the button that turns them on and off in the browser that it is pressed in."""
    component = st.components.v2.component(
        "notification_switch", html=_BUTTON, js=_script(), isolate_styles=False
    )
    words = {
        "on": _("Notify me in this browser too"),
        "off": _("Stop notifying me in this browser"),
        "first": _("On: trouble is shown here while the app is open in any tab."),
        "refused": _(
            "This browser blocks notifications of this site. Allow them in its settings for the site, then "
            "press again."
        ),
        "impossible": _(
            "This browser cannot show notifications here. They work on computers, at an address with https "
            "or on localhost."
        ),
    }
    with st.container(key=key):
        data = {"title": instances.app_name(), "words": words}
        component(data=(data,), key=f"{key}-button", height="content")


@cache
def _script() -> str:
    return Path(__file__).with_name("notifications.js").read_text(encoding="utf-8")
