"""What a link says: scheme, host, port and path, in the one spelling that is then asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from core.errors import InvalidInputError
from core.models.codes import InputCode

LENGTH_LIMIT: Final = 8_192
"""Characters of a link."""
_HOST_LIMIT: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Every parser reads these in its own way (RFC 6943, 3.1.1): 127.1, 0177.0.0.1, 0x7f000001, 2130706433.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE: Final = "".join(map(chr, range(33, 127)))


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A link taken apart."""

    scheme: str
    host: str
    """In lower case and ASCII, without brackets and without the dot of the root."""
    port: int
    target: str
    """Path and query, as a request line takes them."""

    @property
    def authority(self) -> str:
        """Return the host as the header of that name wants it."""
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_url(url: str, ports: dict[str, int]) -> WebUrl:
    """Return ``url`` taken apart; only the schemes in ``ports`` count, each at its own port.

    Raises InvalidInputError: link-invalid.
    """
    try:
        if len(url) > LENGTH_LIMIT:
            raise ValueError
        parts = urlsplit(url)
        scheme = parts.scheme.casefold()
        if scheme not in ports or "@" in parts.netloc or parts.port not in {None, ports[scheme]}:
            raise ValueError
        return WebUrl(scheme, _host(parts.hostname or ""), ports[scheme], _target(parts))
    except ValueError:  # UnicodeError is one
        raise InvalidInputError(InputCode.LINK_INVALID) from None


def join_url(base: str, target: str) -> str:
    """Return where ``target`` leads from the page at ``base``. Raises InvalidInputError: link-invalid."""
    try:
        return urljoin(base, target)
    except ValueError:
        raise InvalidInputError(InputCode.LINK_INVALID) from None


def _host(host: str) -> str:
    """Return the host as its address or in ASCII, as DNS knows it. Raises ValueError."""
    if ":" in host:
        address = IPv6Address(host)
        if address.scope_id is not None:
            raise ValueError
        return str(address)
    name = _in_ascii(host).removesuffix(".")
    labels = name.split(".")
    if len(name) > _HOST_LIMIT or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError
    return str(IPv4Address(name)) if _NUMBER.fullmatch(labels[-1]) else name


def _in_ascii(host: str) -> str:
    """Return ``host`` as the name system knows it. Raises ValueError."""
    if host.isascii():
        return host
    if len(host) > _HOST_LIMIT:
        raise ValueError
    import idna  # noqa: PLC0415  # its tables are large, and few links need them

    return idna.encode(host, uts46=True).decode()


def _target(parts: SplitResult) -> str:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(path, safe=_PRINTABLE)
