"""What the app behind the door is told of a request: the headers that something there reads, and no others.

Python 3.11.7 reads ``Cookie`` in quadratic time (CVE-2024-7592), and nobody knows the next such parser: so
what nothing behind the door needs does not get there, and cookies are those that we and Streamlit set,
rebuilt from values that no parser has to unquote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from starlette.types import Scope

from core.web.requests.limits import COOKIE_LIMIT

_READ: Final = frozenset(
    {
        *(b"host", b"origin", b"sec-fetch-site", b"x-xsrftoken"),
        *(b"accept", b"accept-language", b"accept-encoding"),
        *(b"content-type", b"content-length"),
        *(b"if-none-match", b"if-modified-since", b"if-range", b"range"),
        b"sec-websocket-protocol",
    }
)
"""By our routes, Streamlit, Starlette's static files and compression; uvicorn has read its own before."""
EDGE: Final = frozenset({b"cf-connecting-ip", b"x-forwarded-proto"})
"""Written by Render's edge; anywhere else they are the visitor's own invention."""
STREAMLIT_COOKIE: Final = "_streamlit_xsrf"
_PLAIN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def cookies_of(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield name and value of each cookie whose value needs no unquoting, in the order they came."""
    for key, value in scope.get("headers", ()):
        if key.lower() == b"cookie":
            yield from _plain_cookies(value.decode("latin-1"))


def _plain_cookies(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, _, value = part.partition("=")
        plain = value.strip()
        if len(plain) <= COOKIE_LIMIT and _PLAIN.fullmatch(plain):
            yield name.strip(), plain


def passed_on(scope: Scope, cookie_names: Collection[str], *, edge: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers for what stands behind the door: each name once, the first of it counts.

    ``edge``: an edge in front writes the headers that say where a visitor comes from.
    """
    allowed = _READ | EDGE if edge else _READ
    kept: dict[bytes, bytes] = {}
    for key, value in scope["headers"]:
        if key.lower() in allowed:
            kept.setdefault(key.lower(), value)
    if cookie := _rebuilt(scope, cookie_names):
        kept[b"cookie"] = cookie
    return list(kept.items())


def _rebuilt(scope: Scope, names: Collection[str]) -> bytes:
    found: dict[str, str] = {}
    for name, value in cookies_of(scope):
        if name in names:
            found.setdefault(name, value)
    return "; ".join(f"{name}={value}" for name, value in found.items()).encode("ascii")
