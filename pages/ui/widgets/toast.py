"""A short note that is shown after the page that caused it was left."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.state import Slot

_NOTE: Final = Slot("flash", str)


def toast_after_rerun(text: str) -> None:
    """Show ``text`` (Markdown) with the next drawing of a whole page."""
    _NOTE.set(text)


def draw_note() -> None:
    """Draw the note that waits, once."""
    if text := _NOTE.pop():
        st.toast(text, icon=":material/check_circle:", duration="long")
