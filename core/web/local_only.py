"""While there is no password, only this machine's own browser may come in.

Whoever opens the pages can link accounts and write in their owner's name, so a visitor from elsewhere is
refused, and so is everything that a proxy passed on: its true origin cannot be known.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

_FORWARDING: Final = frozenset(
    {
        *(b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
        *(b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"fly-client-ip"),
    }
)


def is_local(scope: Scope) -> bool:
    """True when the peer is this machine, asks for it by its own name, and nothing says it was passed on."""
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    if not _FORWARDING.isdisjoint(headers) or not _is_own_name(headers.get(b"host", b"")):
        return False
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _is_own_name(host: bytes) -> bool:
    """A name that somebody else's DNS points here would let their pages read ours (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
