"""Whether a request comes from a page of ours: scheme, host and port, all three, written in one way."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.types import Scope

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
)
_ORIGIN: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#@\\\s]{1,300})", re.IGNORECASE)
_OWN_PAGE: Final = frozenset({b"same-origin", b"none"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a page, spelled as browsers compare them."""

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """Return what an ``Origin`` header says; None for ``null``, a list, a path or a user's name in it."""
    found = _ORIGIN.fullmatch(text)
    return _at(found["scheme"].lower(), found["host"]) if found else None


def own_origin(scope: Scope, *, secure: bool) -> Origin | None:
    """Return the address that the request asks; None without exactly one valid ``Host``."""
    hosts = values(scope, b"host")
    return _at("https" if secure else "http", hosts[0].decode("latin-1")) if len(hosts) == 1 else None


def is_same_origin(scope: Scope, *, secure: bool) -> bool:
    """Return whether the browser names one origin, and it is exactly the address that was asked."""
    found = values(scope, b"origin")
    if len(found) != 1:
        return False
    own = own_origin(scope, secure=secure)
    return own is not None and parse_origin(found[0].decode("latin-1")) == own


def is_foreign(scope: Scope, *, secure: bool) -> bool:
    """Return whether the browser says that another page than ours asks; programs say nothing."""
    if not _OWN_PAGE.issuperset(values(scope, b"sec-fetch-site")):
        return True
    return bool(values(scope, b"origin")) and not is_same_origin(scope, secure=secure)


def only_scheme_differs(scope: Scope, *, secure: bool) -> bool:
    """Return whether the origin would be ours if the request had come by the other scheme."""
    return is_same_origin(scope, secure=not secure)


def values(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of every header of that (lower-case) name."""
    return [value for key, value in scope.get("headers", ()) if key.lower() == name]


@lru_cache(maxsize=64)
def _at(scheme: str, host: str) -> Origin | None:
    found = _HOST.fullmatch(host)
    port = int(found["port"] or _PORTS[scheme]) if found else 0
    name = _canonical(found["name"]) if found else ""
    return Origin(scheme, name, port) if name and 0 < port <= 65_535 else None


def _canonical(name: str) -> str:
    if not name.startswith("["):
        return name.lower()
    try:
        return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    except ValueError:
        return ""
