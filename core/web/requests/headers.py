"""The headers of a request that the app is told: those that something in it reads, and no others.

Python 3.11.7 reads ``Cookie`` in quadratic time (CVE-2024-7592), and the next such parser is unknown: so
what nothing in the app needs does not get there, and cookies are those that we and Streamlit set,
rebuilt from values that no parser has to unquote.
"""

from __future__ import annotations

import re
from collections.abc import Collection
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
        # What only looks ahead must not use a sign-in link up.
        *(b"sec-fetch-dest", b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"),
    }
)
"""By our routes, Streamlit, Starlette's static files and compression; uvicorn has read its own before."""
EDGE: Final = frozenset({b"cf-connecting-ip", b"x-forwarded-proto"})
"""Written by Render's edge; anywhere else they are the visitor's own invention."""
PHONE: Final = b"sec-ch-ua-mobile"
"""``?1`` from a phone, and else not there; pages read it. Source: W3C, "User-Agent Client Hints"."""
_PHONE_NAMED: Final = re.compile(rb"\bMobi|\biPhone\b|\biPod\b")
STREAMLIT_COOKIE: Final = "_streamlit_xsrf"
_PLAIN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def first_of_each(scope: Scope, names: Collection[str]) -> dict[str, str]:
    """Return the cookies of those names whose values need no unquoting; of two of a name the first."""
    found: dict[str, str] = {}
    for key, value in scope.get("headers", ()):
        if key.lower() == b"cookie":
            for part in value.decode("latin-1").split(";"):
                name, _, text = part.partition("=")
                if name.strip() in names and _is_plain(text.strip()):
                    found.setdefault(name.strip(), text.strip())
    return found


def _is_plain(value: str) -> bool:
    return len(value) <= COOKIE_LIMIT and _PLAIN.fullmatch(value) is not None


def passed_on(scope: Scope, cookie_names: Collection[str], *, edge: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers for the app: each name once, the first of it counts.

    Of what the browser calls itself no more is told than whether it runs on a phone.
    ``edge``: an edge in front writes the headers that say where a visitor comes from.
    """
    allowed = _READ | EDGE if edge else _READ
    kept: dict[bytes, bytes] = {}
    for key, value in scope["headers"]:
        if key.lower() in allowed:
            kept.setdefault(key.lower(), value)
    if any(_says_phone(key.lower(), value) for key, value in scope["headers"]):
        kept[PHONE] = b"?1"
    if cookie := _rebuilt(scope, cookie_names):
        kept[b"cookie"] = cookie
    return list(kept.items())


def _says_phone(key: bytes, value: bytes) -> bool:
    """Return whether a header of the browser says that it runs on a phone.

    Most do so in a text of any length, of which nothing else is wanted. A tablet counts as a desk: it is
    large enough to show something to a phone's camera.
    """
    if key == PHONE:
        return value.strip() == b"?1"
    return key == b"user-agent" and _PHONE_NAMED.search(value) is not None and b"iPad" not in value


def _rebuilt(scope: Scope, names: Collection[str]) -> bytes:
    found = first_of_each(scope, names)
    return "; ".join(f"{name}={value}" for name, value in found.items()).encode("ascii")
