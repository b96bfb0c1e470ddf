"""Fetching what a person names, from public addresses only.

The name is resolved once, here, and the connection goes to that very address: a name that says one thing when
it is checked and another when it is used leads nowhere. Proxies of the environment are not used for the same
reason.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

from core.errors import InvalidInputError

WITHIN_S: Final = 8.0
"""For everything together."""
_STEP_S: Final = 4.0
"""For one step of it: to connect, to hear more."""
_REDIRECTS: Final = 3
_MOVED: Final = {301, 302, 303, 307, 308}
_CHUNK: Final = 16_384
_AS_IT_IS: Final = "".join(chr(code) for code in range(33, 127))
_PORTS: Final = {"http": 80, "https": 443}

Resolve = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    url: str
    """After redirects."""
    host: str
    content_type: str
    data: bytes = field(repr=False)
    """Cut at the limit."""

    @property
    def kind(self) -> str:
        """The media type, in lower case."""
        return self.content_type.partition(";")[0].strip().casefold()


def resolve_public(host: str, port: int) -> str:
    """An address of ``host`` that anybody on the internet can reach.

    Raises InvalidInputError: link-unreachable when nobody knows the name, link-private when any of its
    addresses is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InvalidInputError("link-unreachable") from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(_is_public(one) for one in addresses):
        raise InvalidInputError("link-private")
    return str(addresses[0])


def get(url: str, *, limit: int, accept: str, resolve: Resolve | None = None) -> Answer:
    """The first ``limit`` bytes of what is at ``url``.

    Raises InvalidInputError: link-invalid, link-private, link-unreachable, also for an error of the server.
    """
    deadline = time.monotonic() + WITHIN_S
    for _ in range(_REDIRECTS + 1):
        answer = _once(url, limit=limit, accept=accept, deadline=deadline, resolve=resolve or resolve_public)
        if isinstance(answer, Answer):
            return answer
        url = answer
    raise InvalidInputError("link-unreachable")


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (inner is None or _is_public(inner))


def _once(url: str, *, limit: int, accept: str, deadline: float, resolve: Resolve) -> Answer | str:
    """What is there, or where it has moved."""
    scheme, host, port, path = _parts(url)
    connection = _Connection(host, port, resolve(host, port), secure=scheme == "https")
    try:
        connection.request("GET", path, headers={"Accept": accept, "User-Agent": "WhatsApp/2"})
        response = connection.getresponse()
        if response.status in _MOVED and (target := response.getheader("Location")):
            return urljoin(url, target)
        if response.status != http.client.OK:
            raise InvalidInputError("link-unreachable")
        data = _read(response, limit=limit, deadline=deadline)
        return Answer(url, host, response.getheader("Content-Type", "") or "", data)
    except (OSError, http.client.HTTPException, ValueError):
        raise InvalidInputError("link-unreachable") from None
    finally:
        connection.close()


def _parts(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.casefold(), parts.hostname or ""
        port = parts.port or _PORTS.get(scheme, 0)
        host = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise InvalidInputError("link-invalid") from None
    if scheme not in _PORTS or not host or parts.username or port != _PORTS[scheme]:
        raise InvalidInputError("link-invalid")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return scheme, host, port, _quoted(path)


def _quoted(path: str) -> str:
    return "".join(
        one if 32 < ord(one) < 127 else "".join(f"%{byte:02X}" for byte in one.encode()) for one in path
    )


def _read(response: http.client.HTTPResponse, *, limit: int, deadline: float) -> bytes:
    data = b""
    while len(data) < limit and (chunk := response.read1(min(_CHUNK, limit - len(data)))):
        data += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return data


class _Connection(http.client.HTTPConnection):
    """To an address that was chosen before, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=_STEP_S)
        self._address = address
        self._secure = secure

    def connect(self) -> None:
        """Raises OSError."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
