"""The language in an address of the app, as the picker of the pages reads and writes it."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from core.locale import NAMES, named

_PARAMETER: Final = "language"


def language_in(query: bytes, default: str) -> str:
    """Return the language that the query of an address names; ``default`` when it names none of ours."""
    return named(parse_qs(query.decode("latin-1")).get(_PARAMETER, [""])[0], default)


def in_language(address: str, language: str, default: str) -> str:
    """Return a path of the app so that it opens in ``language``; the app's ``default`` needs no naming."""
    path, _, query = address.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != _PARAMETER]
    if language in NAMES and language != default:
        pairs.append((_PARAMETER, NAMES[language]))
    return f"{path}?{urlencode(pairs, quote_via=quote)}" if pairs else path
