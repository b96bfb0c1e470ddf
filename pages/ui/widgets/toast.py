"""A short note that is shown after the page that earned it has been left."""

from __future__ import annotations

from typing import Final

import streamlit as st

_NOTE: Final = "flash"


def toast_after_rerun(text: str) -> None:
    """Show ``text`` (Markdown) with the next drawing of a whole page."""
    st.session_state[_NOTE] = text


def draw_note() -> None:
    """The note that waits, once."""
    text = st.session_state.pop(_NOTE, "")
    if text:
        st.toast(text, icon=":material/check_circle:", duration="long")
