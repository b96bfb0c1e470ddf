"""The gettext catalogues and the way to them. Message ids are the English sentences.

After a change of a sentence: ``make locale`` collects and merges, a person translates what is new into
``pt_BR/LC_MESSAGES/messages.po`` and ``es/LC_MESSAGES/messages.po``, ``make locale`` compiles.
``tests/app/test_locale.py`` fails when a catalogue is behind the code.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
DOMAIN: Final = "messages"
NAMES: Final = {"pt_BR": "Português (Brasil)", "en": "English", "es": "Español"}
"""Every language, named in itself; so it stands in the picker and in an address (``?language=English``)."""


def tag(language: str) -> str:
    """Return the language as ``<html lang>`` wants it: ``pt-BR``."""
    return language.replace("_", "-")


def named(name: str, default: str) -> str:
    """Return the language of that name; ``default`` when there is none of that name."""
    return next((language for language, each in NAMES.items() if each == name), default)


@lru_cache(maxsize=8)
def translation(language: str) -> gettext.NullTranslations:
    """Return the catalogue of ``language`` (``pt_BR``); an unknown one answers with the English ids.

    Threading: safe from any thread; a catalogue is read once and never changes.
    """
    return gettext.translation(DOMAIN, localedir=FOLDER, languages=[language], fallback=True)
