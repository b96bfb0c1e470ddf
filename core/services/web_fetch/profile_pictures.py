"""Profile pictures, from WhatsApp's own hosts only."""

from __future__ import annotations

import http.client
import logging
import os
from typing import Final
from urllib.parse import urlsplit

from core.errors import AppError
from core.hosting.checks.proxy import proxy_for
from core.hosting.checks.tunnel import Deadline, RefusedError, addresses, connect, open_tunnel
from core.services import safe_image
from core.services.web_fetch.bounded_http import Get, get_over
from core.services.web_fetch.web_url import parse_url

log = logging.getLogger(__name__)

LIMIT: Final = 512 * 1024
"""Bytes; a preview has about 5,000."""
WITHIN_S: Final = 4.0
"""For everything together; a page waits for it."""
_DOMAIN: Final = ".whatsapp.net"
_PORT: Final = 443


def fetch(url: str) -> bytes:
    """Return the picture at ``url``, checked to be one; empty if elsewhere, too large or not to be had."""
    if not is_whatsapps(url):
        return b""
    try:
        data = _download(url, Deadline(WITHIN_S))
    except (OSError, http.client.HTTPException, ValueError, AppError, RefusedError) as error:
        log.info("no picture: %s", type(error).__name__)
        return b""
    return data if len(data) <= LIMIT and safe_image.face(data) else b""


def _download(url: str, deadline: Deadline) -> bytes:
    """Return what is there, by the way that the core would take; a redirect leads nowhere.

    Raises OSError, HTTPException, ValueError, AppError, RefusedError.
    """
    parts = parse_url(url, {"https": _PORT})
    proxy = proxy_for(parts.host, parts.port, os.environ)
    ways = addresses(proxy.host if proxy else parts.host, proxy.port if proxy else parts.port, deadline)
    with connect(ways, deadline) as sock:
        if proxy:
            open_tunnel(sock, proxy, parts.host, parts.port, deadline)
        request = Get(parts.authority, parts.target, "image/*", LIMIT + 1, secure=True)
        return get_over(sock, request, deadline).data


def is_whatsapps(url: str) -> bool:
    """Return whether an address is on one of WhatsApp's hosts, over TLS."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https" and (parts.hostname or "").endswith(_DOMAIN) and parts.port in {None, 443}
        )
    except ValueError:
        return False
