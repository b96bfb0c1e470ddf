"""How large the parts of a request may be. Bytes, unless something else is said."""

from __future__ import annotations

from typing import Final

HEADERS_LIMIT: Final = 8 * 1024
"""All headers together; Chromium's own come to about 1 kB, our cookies to 300 bytes."""
HEADER_LINES: Final = 64
"""How many headers; Chromium sends about 20, an edge adds ten."""
TARGET_LIMIT: Final = 4 * 1024
"""Path and query; the longest that are asked for bring a provider's answer, about 2 kB."""
COOKIE_LIMIT: Final = 4 * 1024
"""The value of one cookie, as in browsers."""
BODY_LIMIT: Final = 64 * 1024
UPLOAD_LIMIT: Final = 101 * 1024 * 1024
"""A little more than ``server.maxUploadSize``, for what surrounds the file."""
