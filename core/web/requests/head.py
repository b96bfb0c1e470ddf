"""A request's head, looked at as bytes before any parser sees it.

h11 0.16 matches each header with an expression that backtracks: 30 kB of blanks before one bad byte take it
2.4 s, and its limit of size is not asked at all when a head arrives whole. So what would slow it down is
refused here, in one pass each.
"""

from __future__ import annotations

import re
from typing import Final

from core.web.requests.limits import HEADER_LINES, HEADERS_LIMIT, TARGET_LIMIT

HEAD_LIMIT: Final = HEADERS_LIMIT + TARGET_LIMIT + 64
"""Bytes; the 64 are for the method, the version and the blank line."""
BAD_REQUEST: Final = 400
TARGET_TOO_LONG: Final = 414
TOO_MANY_HEADERS: Final = 431
_END: Final = re.compile(rb"\n\r?\n")
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_DIGITS: Final = re.compile(rb"[0-9]{1,11}")


def end_of_head(data: bytes | bytearray, since: int = 0) -> int:
    """Return where the body begins, 0 while the head is not complete; ``since``: it is not before that."""
    found = _END.search(data, max(0, since - 3))
    return found.end() if found else 0


def head_problem(head: bytes) -> int:
    """Return the status to refuse a head with, its blank line included; 0 when it may be parsed."""
    request, *headers = head[:-4].split(b"\r\n")
    # Bare line ends and NULs would be read in two ways; h11's expression fails on them.
    if not head.endswith(b"\r\n\r\n") or any(map(_NO_TEXT.search, (request, *headers))):
        return BAD_REQUEST
    if not request.endswith((b" HTTP/1.1", b" HTTP/1.0")):
        return BAD_REQUEST
    if len(request) > TARGET_LIMIT + 32:
        return TARGET_TOO_LONG
    if len(headers) > HEADER_LINES or sum(map(len, headers)) + 2 * len(headers) > HEADERS_LIMIT:
        return TOO_MANY_HEADERS
    return 0 if _is_unambiguous(headers) else BAD_REQUEST


def _is_unambiguous(headers: list[bytes]) -> bool:
    """Return whether there is one host, and one way to tell where the body ends."""
    if any(line[:1] in (b" ", b"\t") for line in headers):
        return False  # folded: abandoned by HTTP
    lengths, codings, hosts = (
        _values(headers, name) for name in (b"content-length", b"transfer-encoding", b"host")
    )
    if len(hosts) > 1 or len(lengths) + len(codings) > 1:
        return False
    return all(map(_DIGITS.fullmatch, lengths))


def _values(headers: list[bytes], name: bytes) -> list[bytes]:
    pairs = (line.partition(b":") for line in headers)
    return [value.strip(b" \t") for key, _, value in pairs if key.strip(b" \t").lower() == name]
