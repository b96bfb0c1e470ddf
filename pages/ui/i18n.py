"""The language of the visitor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import streamlit as st

from core.locale import NAMES, tag, translation
from core.services import instances

LANGUAGES: Final = NAMES
"""Every language of the picker, each named in itself."""
PICKER: Final = "language"
_CHOSEN: Final[ContextVar[str]] = ContextVar("chosen-language", default="")


@contextmanager
def use_language(chosen: str) -> Iterator[None]:
    """Use the language ``chosen`` inside the block, also where there is no session (a download)."""
    token = _CHOSEN.set(chosen)
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def language() -> str:
    """Return the language this session chose, else the one of the settings; never the browser's."""
    if override := _CHOSEN.get():
        return override
    chosen = st.session_state.get(PICKER)
    return chosen if chosen in LANGUAGES else instances.default_language()


def language_tag() -> str:
    """Return the session's language as ``<html lang>`` wants it: ``pt-BR``."""
    return tag(language())


def pick_language() -> None:
    """Draw the picker. It goes first on the page, so that all that follows is drawn in the new language."""
    options = list(LANGUAGES)
    default = instances.default_language()
    st.selectbox(
        "Idioma / Language",  # for who cannot read the one that is set
        options,
        index=options.index(default) if default in LANGUAGES else 0,
        format_func=LANGUAGES.__getitem__,
        key=PICKER,
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )


def chosen_label() -> str:
    """Return how the address of the page names the language; empty for the default one."""
    return "" if language() == instances.default_language() else LANGUAGES[language()]


def _(message: str) -> str:
    """Return ``message`` in the session's language. Call it while drawing, never at import."""
    return translation(language()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return ``singular`` or ``plural`` for ``number``, in the session's language."""
    return translation(language()).ngettext(singular, plural, number)


def N_(message: str) -> str:  # noqa: N802 - the name that extraction goes by
    """Mark a sentence that stands in a table, so that extraction finds it; ``_()`` translates it later."""
    return message
