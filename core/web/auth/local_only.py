"""While there is no password, a request must come from this machine.

It is the second line of defence. A visitor passed on by a proxy or a tunnel on this machine looks local
too, and is kept out by having no sign-in; this keeps out pages of other sites (DNS rebinding), and proxies
that say what they are.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from starlette.types import Scope

_FORWARDING: Final = frozenset(
    {
        *(b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
        *(b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"fly-client-ip"),
    }
)
# Matched whole: what a parser of addresses makes of the rest is how such lists are passed by.
_HOST: Final = re.compile(rb"(localhost|\[::1\]|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?::([0-9]{1,5}))?")
_LAST_PORT: Final = 65_535


def is_local(scope: Scope) -> bool:
    """Return True for a peer on this machine that asks for it by its own name, with no sign of a proxy."""
    headers = [(name.lower(), value) for name, value in scope.get("headers", ())]
    hosts = [value for name, value in headers if name == b"host"]
    if any(name in _FORWARDING for name, _ in headers) or not hosts or not all(map(_is_own_name, hosts)):
        return False
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _is_own_name(host: bytes) -> bool:
    """Return whether the host names this machine; a foreign name that DNS points here is refused.

    Its pages could read ours otherwise (DNS rebinding).
    """
    found = _HOST.fullmatch(host.lower())
    if found is None or not 0 < int(found[2] or 80) <= _LAST_PORT:
        return False
    return not found[1].startswith(b"127.") or _is_plain_address(found[1].decode())


def _is_plain_address(text: str) -> bool:
    """Return whether it is four decimal numbers up to 255, none with zeros in front: all readers agree."""
    return all(str(int(part)) == part and int(part) <= 255 for part in text.split("."))
