"""Numbers in the links that open a chat or a call."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

_CALLS: Final = frozenset({"tel", "sms", "smsto", "mms", "mmsto", "callto", "facetime", "facetime-audio"})
"""Schemes with a number behind them as it is dialled. Source: RFC 3966, RFC 5724; the others by custom."""
_CHATS: Final = re.compile(r"(?:(?:www|api|web|faq|m|l|chat)\.)?whatsapp\.com")
_SHORT: Final = frozenset({"wa.me", "www.wa.me", "api.wa.me"})
_HAS_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONGEST: Final = 8_192
"""Characters; a link may carry a whole message."""


def number_in_link(text: str) -> tuple[str, bool] | None:
    """Return the number in a link as it is written there, and whether its kind always names the country.

    None when ``text`` is no such link, or one without a number (an invitation, a code to scan).
    Source: faq.whatsapp.com, "How to use click to chat".
    """
    if len(text) > _LONGEST:
        return None
    scheme, colon, rest = text.partition(":")
    if colon and scheme.casefold() in _CALLS:
        return unquote(re.split(r"[?;,&#]", rest.lstrip("/"), maxsplit=1)[0]), False
    try:
        link = urlsplit(text if _HAS_SCHEME.match(text) else f"https://{text}")
        host = link.hostname or ""
    except ValueError:
        return None
    number = _of_chat(link, link.scheme.casefold(), host)
    return (number, True) if number else None


def _of_chat(link: SplitResult, scheme: str, host: str) -> str:
    parts = [part for part in link.path.split("/") if part]
    if scheme in {"whatsapp", "intent"}:
        return _parameter(link) if "send" in {host, *parts} else ""
    if scheme not in {"http", "https"}:
        return ""
    if host in _SHORT:
        return unquote(_in_path(parts)) or _parameter(link)
    return _parameter(link) if _CHATS.fullmatch(host) and parts[:1] == ["send"] else ""


def _in_path(parts: list[str]) -> str:
    """Return the number in the path of a short link: ``/5511…``, ``/c/5511…`` (what a shop sells)."""
    if parts[:1] == ["c"]:
        parts = parts[1:]
    elif parts[:1] == ["p"]:
        parts = parts[2:]
    return parts[0] if parts and any(char.isdigit() for char in parts[0]) else ""


def _parameter(link: SplitResult) -> str:
    """Return what is given as ``phone``; empty for nothing, and for two that differ."""
    try:
        given = {one.strip() for one in parse_qs(link.query).get("phone", ())}
    except ValueError:
        return ""
    return given.pop() if len(given) == 1 else ""
