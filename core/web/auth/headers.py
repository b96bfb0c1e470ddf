"""What every answer tells the browser: run only our own, send nothing elsewhere, be framed by no page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message

from core.web.auth.public_paths import TYPEFACE

# The only script that stands in Streamlit's page itself; a test compares it with the installed one.
STREAMLIT_INLINE_SCRIPT: Final = "\n      window.prerenderReady = false\n    "
CONNECT_AT_ONCE: Final = (
    "window.__streamlit={BACKEND_BASE_URL:location.origin,"
    "HOST_CONFIG:{allowedOrigins:['https://none.invalid'],useExternalAuthToken:false}}"
)
"""A script for Streamlit's page: where its server is, so that it connects without asking first.

No page frames ours, so none may command it: Streamlit obeys messages (run again, end the connection) of the
allowed origins, and of its own it obeys those that it sends to the page around it, which is itself.

Else the page looks for the server below its own address first (``/messages/_stcore/health``), waits, asks
again at the root, and only then connects. Source: ``connectToRunningServer`` in Streamlit's own script.
"""


def source_hash(text: str) -> str:
    """Return how a policy names one inline script or style by its content."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_INLINE: Final = " ".join(map(source_hash, (STREAMLIT_INLINE_SCRIPT, CONNECT_AT_ONCE)))
APP_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        # Components of ours are handed to the page as text and imported from there: blob:.
        f"script-src 'self' blob: 'wasm-unsafe-eval' {_INLINE}",
        "style-src 'self' 'unsafe-inline'",  # Streamlit writes its styles while it runs
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob:",  # a recording lies in the page's own memory, and is read from there
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
    )
)
_ALWAYS: Final = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    # The microphone: voice notes are recorded in the page, when a person presses for it and the browser asks.
    ("permissions-policy", "camera=(), microphone=(self), geolocation=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow"),
    ("content-security-policy", APP_POLICY),
)
_HTTPS: Final = ("strict-transport-security", "max-age=31536000")
# Streamlit's own files have names that change with their content; all else may show private data.
_MAY_BE_KEPT: Final = ("/static/", TYPEFACE)


def closed_policy(styles: Iterable[str]) -> str:
    """Return a policy for pages that need no script: nothing runs, and nothing loads but these styles."""
    allowed = " ".join(source_hash(style) for style in styles)
    return (
        f"default-src 'none'; style-src {allowed}; img-src data:; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def add_security_headers(message: Message, *, path: str, secure: bool) -> Message:
    """Return the start of an answer with our headers added; those that it has already stay."""
    headers = MutableHeaders(raw=list(message.get("headers", ())))
    for name, value in _ALWAYS:
        headers.setdefault(name, value)
    if secure:
        headers.setdefault(*_HTTPS)
    if not path.startswith(_MAY_BE_KEPT):
        headers["cache-control"] = "no-store"
    return {**message, "headers": headers.raw}
