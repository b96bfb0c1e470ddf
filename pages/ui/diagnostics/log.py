"""The last lines of this installation's log, and the report for support."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from core.models.diagnostics import LogLine
from core.services import diagnostics
from pages.ui.formats import visitor_zone
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
        st.code(
            "\n".join(_line(line) for line in reversed(lines)),
            wrap_lines=True,
            language=None,
            height=320 if len(lines) > 12 else "content",
        )
        st.caption(_("Newest first. Phone numbers, codes and texts of messages are never in it."))


def _line(line: LogLine) -> str:
    time = datetime.fromtimestamp(line.at, visitor_zone()).strftime("%m-%d %H:%M:%S")
    return f"{time} {line.level:<7} {line.source}: {line.text}"


def draw_report() -> None:
    """Draw the report, once it is asked for: to copy, or as a file."""
    st.subheader(_("Report for support"), anchor=False)
    st.markdown(
        _(
            "Everything on this page as text, without names, phone numbers or secrets. "
            "Send it to whoever helps you."
        )
    )
    if not st.button(_("Copy the report"), key="copy-report", icon=":material/content_copy:"):
        return
    with st.spinner(_("Checking…")):
        text = diagnostics.report()
    with st.container(key="report"):
        st.caption(_("Press the sign with the two sheets to copy it, or download it as a file."))
        st.code(text, language=None, height=320)
        st.download_button(
            _("Download (TXT)"),
            text.encode(),
            file_name="diagnostics.txt",
            mime="text/plain",
            key="report-file",
            on_click="ignore",
            icon=":material/download:",
        )
