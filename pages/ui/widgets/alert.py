"""What went wrong, said where it went wrong: no press and no drawing ends in a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

import streamlit as st

from core.errors import AppError
from pages.ui.i18n import N_, _
from pages.ui.texts.errors import error_message

log = logging.getLogger(__name__)

UNEXPECTED: Final = N_("Something went wrong inside the app. Try again.")
Passing: TypeAlias = tuple[type[AppError], ...]
"""Errors that the caller handles."""


def text(error: AppError) -> str:
    """Return what went wrong and what to do next, as Markdown in the session's language."""
    return error_message(error).text


def show(problem: AppError | str) -> None:
    """Draw ``problem`` (an error, or Markdown) in red; nothing for an empty text."""
    if problem:
        st.error(problem if isinstance(problem, str) else text(problem), icon=":material/error:")


def problem_of(
    action: Callable[[], object],
    *,
    text_of: Callable[[AppError], str] = text,
    passing: Passing = (),
    unexpected: str = UNEXPECTED,
) -> str:
    """Carry out ``action`` and return why it failed, as Markdown; empty when it did not.

    No exception comes through but ``passing`` and Streamlit's own, which end a script. One that is no
    AppError is a bug, or a stranger's bytes: it is logged, and the visitor reads ``unexpected``.
    """
    try:
        action()
    except passing:
        raise
    except AppError as error:
        return text_of(error)
    except Exception:  # top of a press: no picture, preview or file may leave a button dead
        log.exception("a press or a drawing failed")
        return _(unexpected)
    return ""


def reason(error: Exception) -> str:
    """Return, as Markdown, why something failed that was done elsewhere; as ``problem_of`` says it."""

    def again() -> None:
        raise error

    return problem_of(again)


def draw_or_show(draw: Callable[[], object], *, passing: Passing = ()) -> None:
    """Draw a part of a page; when that fails, say so in its place, and the rest of the page goes on."""
    show(problem_of(draw, passing=passing))
