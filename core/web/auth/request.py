"""What a request says about who sent it, and how much of that can be believed."""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.types import Scope

from core.settings import Settings

SESSION_COOKIE: Final = "wa_session"
DEVICE_COOKIE: Final = "wa_device"
FORM_COOKIE: Final = "wa_form"
OIDC_COOKIE: Final = "wa_oidc"
PAIRING_COOKIE: Final = "wa_pairing"
"""Tells the browser that opened a pairing link from others; on the page of the link only."""
LANGUAGE_COOKIE: Final = "wa_language"
"""The language pressed on a page before the app, on its way into the app."""
_NEXT_LIMIT: Final = 2_000


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of that (lower-case) name; empty when there is none."""
    for key, value in scope.get("headers", ()):
        if key.lower() == name:
            return str(value.decode("latin-1"))
    return ""


def is_secure(scope: Scope, settings: Settings) -> bool:
    """Return whether the browser came by https. On Render only the edge can reach us, so its word counts."""
    if scope.get("scheme") in ("https", "wss"):
        return True
    return settings.on_render and header(scope, b"x-forwarded-proto").split(",")[0].strip() == "https"


def address(scope: Scope, settings: Settings) -> str:
    """Return the visitor's IP address; ``?`` when it has none.

    On Render the edge writes ``CF-Connecting-IP``; anywhere else that header is the visitor's own invention,
    and the peer counts, as the server resolved it (``FORWARDED_ALLOW_IPS``).
    """
    if settings.on_render and (found := _ip(header(scope, b"cf-connecting-ip"))):
        return found
    client = scope.get("client")
    return (_ip(client[0]) if client else "") or "?"


def lockout_key(ip: str) -> str:
    """Return what of an address is one client: of IPv6 the network of 64 bits, which is one line's."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return ip


def _ip(text: str) -> str:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


def safe_next(wanted: str) -> str:
    """Return where to go after signing in: a path of ours; what could lead elsewhere becomes ``/``."""
    if (
        len(wanted) > _NEXT_LIMIT
        or not wanted.startswith("/")
        or wanted.startswith(("//", "/login", "/logout"))
    ):
        return "/"
    # Browsers read a backslash as a slash, and skip tabs and line ends.
    if "\\" in wanted or not wanted.isascii() or not wanted.isprintable():
        return "/"
    return wanted
