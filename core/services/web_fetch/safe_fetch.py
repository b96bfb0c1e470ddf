"""Fetching what a person names, from public addresses only.

The name is resolved once, here, and the connection goes to that very address: a name that says one thing when
it is checked and another when it is used leads nowhere. Proxies of the environment are not used for the same
reason.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.errors import InvalidInputError
from core.hosting.checks.tunnel import Deadline
from core.models.codes import InputCode
from core.services.web_fetch.bounded_http import Get, HttpAnswer, get_over
from core.services.web_fetch.public_address import resolve_public
from core.services.web_fetch.web_url import WebUrl, join_url, parse_url

WITHIN_S: Final = 8.0
"""For everything together: names, connections, all redirects and every byte."""
_STEP_S: Final = 4.0
"""For one step of it, to connect."""
_REDIRECTS: Final = 3
_MOVED: Final = {301, 302, 303, 307, 308}
_PORTS: Final = {"http": 80, "https": 443}
_AT_ONCE: Final = threading.BoundedSemaphore(8)
"""Fetches under way in the whole process; more wait, and their waiting counts."""

Resolve = Callable[[str, int, Deadline], str]


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
        """Return the media type, in lower case."""
        return self.content_type.partition(";")[0].strip().casefold()


def get(
    url: str, *, limit: int, accept: str, deadline: Deadline | None = None, resolve: Resolve | None = None
) -> Answer:
    """Return the first ``limit`` bytes of what is at ``url``; blocks until ``deadline``, else ``WITHIN_S``.

    Raises InvalidInputError: link-invalid, link-private, link-unreachable, also for an error of the server.
    """
    deadline = deadline or Deadline(WITHIN_S)
    try:
        if not _AT_ONCE.acquire(timeout=deadline.left()):
            raise TimeoutError
    except TimeoutError:
        raise InvalidInputError(InputCode.LINK_UNREACHABLE) from None
    try:
        return _follow(url, limit=limit, accept=accept, deadline=deadline, resolve=resolve or resolve_public)
    finally:
        _AT_ONCE.release()


def _follow(url: str, *, limit: int, accept: str, deadline: Deadline, resolve: Resolve) -> Answer:
    for _ in range(_REDIRECTS + 1):
        parts = parse_url(url, _PORTS)
        address = resolve(parts.host, parts.port, deadline)
        answer = _once(parts, address, limit=limit, accept=accept, deadline=deadline)
        if answer.status in _MOVED and answer.location:
            url = join_url(url, answer.location)
            continue
        if answer.status != http.client.OK or answer.encoding not in ("", "identity"):
            break
        return Answer(url, parts.host, answer.content_type, answer.data)
    raise InvalidInputError(InputCode.LINK_UNREACHABLE)


def _once(parts: WebUrl, address: str, *, limit: int, accept: str, deadline: Deadline) -> HttpAnswer:
    request = Get(parts.authority, parts.target, accept, limit, secure=parts.scheme == "https")
    try:
        sock = socket.create_connection((address, parts.port), min(_STEP_S, deadline.left()))
        return get_over(sock, request, deadline)
    except (OSError, http.client.HTTPException, ValueError):
        raise InvalidInputError(InputCode.LINK_UNREACHABLE) from None
