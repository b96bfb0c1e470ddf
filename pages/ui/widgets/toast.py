"""A short note that is shown after the page that caused it was left."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.state import Slot

_NOTE: Final = Slot("flash", str)
_FAILED: Final = Slot("flash-failed", bool)


def toast_after_rerun(text: str, *, failed: bool = False) -> None:
    """Show ``text`` (Markdown) with the next drawing of a whole page, as a failure if it ``failed``."""
    _NOTE.set(text)
    _FAILED.set(failed)


def draw_note() -> None:
    """Draw the note that waits, once."""
    if text := _NOTE.pop():
        icon = ":material/error:" if _FAILED.pop() else ":material/check_circle:"
        st.toast(text, icon=icon, duration="long")
