"""What a press does when something goes wrong: it says so, and the button works again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import AppError
from pages.ui.i18n import N_, _
from pages.ui.texts.errors import error_message

log = logging.getLogger(__name__)

UNEXPECTED: Final = N_("Something unexpected went wrong here, and was written to the log. Try again.")
Passing = tuple[type[AppError], ...]
"""Errors that whoever called means to handle."""


def error_text(error: AppError) -> str:
    """Return what went wrong and what to do next, as Markdown in the session's language."""
    sentence = error_message(error)
    return f"{sentence.what} {sentence.next_step}".strip()


def problem_of(
    action: Callable[[], object],
    *,
    say: Callable[[AppError], str] = error_text,
    passing: Passing = (),
    unexpected: str = UNEXPECTED,
) -> str:
    """Carry out ``action`` and return why it failed, as Markdown; empty when it did not.

    No exception comes through but ``passing`` and Streamlit's own, which end a script. One that is no
    AppError is a bug, or a stranger's bytes: it is logged, and the person reads ``unexpected``.
    """
    try:
        action()
    except passing:
        raise
    except AppError as error:
        return say(error)
    except Exception:  # top of a press: no picture, preview or file may leave a button dead
        log.exception("a press or a drawing failed")
        return _(unexpected)
    return ""


def draw_or_tell(draw: Callable[[], object], *, passing: Passing = ()) -> None:
    """Draw a part of a page; when that fails, say so in its place, and the rest of the page goes on."""
    if problem := problem_of(draw, passing=passing):
        st.error(problem, icon=":material/error:")
