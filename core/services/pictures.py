"""Profile pictures, from WhatsApp's own hosts only."""

from __future__ import annotations

import http.client
import logging
import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlsplit

from core.services import harmless

log = logging.getLogger(__name__)

LIMIT: Final = 512 * 1024
"""Bytes; a preview has about 5,000."""
WITHIN_S: Final = 4.0
"""Between two packets; a page waits for it."""
_DOMAIN: Final = ".whatsapp.net"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Nobody else may be asked in WhatsApp's name."""


def fetch(url: str) -> bytes:
    """The picture at ``url``, checked to be one; empty when it is elsewhere, too large or cannot be had."""
    if not is_whatsapps(url):
        return b""
    try:
        with urllib.request.build_opener(_NoRedirect).open(url, timeout=WITHIN_S) as answer:
            data: bytes = answer.read(LIMIT + 1)
    except (OSError, http.client.HTTPException, urllib.error.URLError) as error:
        log.info("no picture: %s", type(error).__name__)
        return b""
    return data if len(data) <= LIMIT and harmless.face(data) else b""


def is_whatsapps(url: str) -> bool:
    """Whether an address is on one of WhatsApp's hosts, over TLS."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https" and (parts.hostname or "").endswith(_DOMAIN) and parts.port in {None, 443}
        )
    except ValueError:
        return False
