"""The last lines of this installation's log."""

from __future__ import annotations

import html
from typing import Final

import streamlit as st

from core.models.diagnostics import LogLine
from core.services import diagnostics
from pages.ui.escape import escape_html, settled_lines
from pages.ui.formats import format_second
from pages.ui.i18n import N_, _

LEVELS: Final = {
    "ERROR": N_("Errors"),
    "WARNING": N_("Warnings"),
    "INFO": N_("Events"),
    "DEBUG": N_("Everything"),
}
SHOWN: Final = 200
"""Lines; the newest."""


def draw_log() -> None:
    """Draw the newest lines of the level that was picked and of those above, newest first."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(_("Recent log"), anchor=False, width="content")
        level = st.segmented_control(
            _("Show"),
            list(LEVELS),
            default="INFO",
            required=True,
            format_func=lambda name: _(LEVELS[name]),
            key="log-level",
            label_visibility="collapsed",
        )
    lines = diagnostics.recent_log(level or "INFO")[-SHOWN:]
    with st.container(key="log"):
        if not lines:
            st.caption(_("Nothing of this kind was logged since the start."))
            return
        text = "\n".join(_line(line) for line in reversed(lines))
        name = escape_html(_("Recent log"))
        # It scrolls, so the keyboard has to reach it; Streamlit's own box of code cannot be focused.
        st.html(
            f'<pre class="wa-log" tabindex="0" role="region" aria-label="{name}">'
            f"{html.escape(settled_lines(text))}</pre>"
        )
        st.caption(_("Newest first. Phone numbers, codes and message texts are never in it."))


def _line(line: LogLine) -> str:
    return f"{format_second(line.at)} {line.level:<7} {line.source}: {line.text}"
