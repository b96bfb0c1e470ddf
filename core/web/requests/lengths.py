"""What a request says of its body's length."""

from __future__ import annotations

from starlette.types import Scope

from core.web.auth.request import header


def said_length(scope: Scope) -> int | None:
    """Return how many bytes the body has by its header; None when that says nothing usable."""
    text = header(scope, b"content-length")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def has_body(scope: Scope) -> bool:
    """Return whether bytes may follow the head."""
    return bool(header(scope, b"transfer-encoding")) or header(scope, b"content-length") not in ("", "0")
