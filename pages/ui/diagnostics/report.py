"""The report for support."""

from __future__ import annotations

import streamlit as st

from core.services import diagnostics
from pages.ui.diagnostics.scrolling import reach_by_keyboard
from pages.ui.i18n import _
from pages.ui.widgets.csv_download import dated_name


def draw_report() -> None:
    """Draw the report, once it is asked for: to copy, or as a file."""
    st.subheader(_("Report for support"), anchor=False)
    st.markdown(_("Send this page as text to whoever helps you. It has no names, phone numbers or secrets."))
    if not st.button(_("Copy the report"), key="copy-report", icon=":material/content_copy:"):
        return
    with st.spinner(_("Checking…")):
        text = diagnostics.report()
    with st.container(key="report"):
        st.caption(_("Use the copy button or download the file."))
        st.code(text, language=None, wrap_lines=True, height=320)
        st.download_button(
            _("Download (TXT)"),
            text.encode(),
            file_name=dated_name(_("report"), ending="txt"),
            mime="text/plain",
            key="report-file",
            on_click="ignore",
            icon=":material/download:",
        )
        reach_by_keyboard("report", _("Report for support"))
