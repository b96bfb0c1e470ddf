"""What came of something that was being brought here when its page was left."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.awaited import wait_for
from pages.ui.i18n import _
from pages.ui.moving.under_way import LEFT, Asked, refusal_text
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.toast import draw_note, toast_after_rerun

_PROBLEM: Final = Slot("import-left-problem", str)
"""Why it did not come, as Markdown; empty once it was read."""


def draw_left() -> None:
    """Say, on whichever page comes next, why it did not come, until that was read; and that it came, once."""
    asked = LEFT.get()
    if asked is not None and asked.work.wait(0):
        LEFT.clear()
        _note(asked)
    if problem := _PROBLEM.get():
        with st.container(key="import-left"):
            alert.show(problem)
            st.button(_("Understood"), key="import-left-read", on_click=_PROBLEM.clear)


def wait_for_left() -> None:
    """Wait for it where it was begun: another one would only queue behind it."""
    asked = LEFT.get()
    if asked is not None:
        wait_for(asked.work, asked.words, show=asked.show)
        st.rerun()


def _note(asked: Asked) -> None:
    try:
        problem = asked.take(asked.work.result()) or ""
    except Exception as error:  # top of what no press waits for any more
        problem = " ".join((_("What you began to bring here did not come."), refusal_text(error)))
    _PROBLEM.set(problem)
    if not problem:
        toast_after_rerun(_("What you began to bring here has come."))
        draw_note()
