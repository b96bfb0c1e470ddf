"""Requests that are meant to cost the server much, and what they do cost it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

BAITS = (
    *(b'\\"', b'"', b"'", b"\\", b",", b";", b"=", b" ", b"\t", b"[", b"%", b"(", b"-", b"\xe9"),
    *(b"a,", b"a=b;", b'a="', b"a;q=1,", b"a/b,", b"127.0.0.1,", b"pt-BR;q=0.5,", b"bytes=0-1,", b"<!--"),
)
"""What parsers stumble over when there is much of it."""
HEADERS = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "CF-Connecting-IP", "Connection"),
    *("Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "If-Modified-Since"),
    *(
        "If-None-Match",
        "If-Range",
        "Origin",
        "Range",
        "Referer",
        "Sec-Fetch-Site",
        "Sec-WebSocket-Extensions",
    ),
    *("Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "TE", "Transfer-Encoding"),
    *("Upgrade", "User-Agent", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Login-Id", "X-Unknown"),
    "X-Xsrftoken",
)
OPEN_PATHS = (
    *("/login", "/logout", "/healthz", "/_stcore/health", "/favicon.ico", "/login/source-sans.woff2"),
    *("/pair", "/pair/part", "/pair/code"),
)
_UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@dataclass(frozen=True, slots=True)
class Dear:
    """One such request, and how to call it when it was too dear."""

    name: str
    data: bytes


def dear_headers(port: int, path: str, header: str, size: int, *, upgrade: bool) -> Iterator[Dear]:
    """Yield a request for each bait, with ``size`` bytes of it in that header."""
    kept = [] if header == "Host" else [f"Host: 127.0.0.1:{port}"]
    kept += [_UPGRADE.strip()] if upgrade else ["Connection: close"]
    start = ("\r\n".join([f"GET {path} HTTP/1.1", *kept]) + f"\r\n{header}: ").encode()
    for bait in BAITS:
        filling = bait * (size // len(bait))
        for before, after in ((b"", b""), (b'a="', b'"'), (b"", b"\x00"), (b"a", b"\x0b")):
            name = f"{header} {before!r} {bait!r} {after!r} {size} {path} upgrade={upgrade}"
            yield Dear(name, start + before + filling + after + b"\r\n\r\n")


def dear_heads(port: int, path: str, size: int) -> Iterator[Dear]:
    """Yield requests whose other parts are large: target, names, many headers, folded ones, no end."""
    host = f"Host: 127.0.0.1:{port}\r\n".encode()
    where = path.encode()
    for bait in (
        b"a=b&",
        b"&",
        b"%41",
        b"%",
        b";",
        b"=",
        b"a",
        b"lang=en&",
        b"next=/&",
        b"\xe9",
        b"../",
        b"//",
    ):
        much = bait * (size // len(bait))
        yield Dear(f"query {bait!r}", b"GET " + where + b"?" + much + b" HTTP/1.1\r\n" + host + b"\r\n")
        yield Dear(f"path {bait!r}", b"GET " + where + much + b" HTTP/1.1\r\n" + host + b"\r\n")
    start = b"GET " + where + b" HTTP/1.1\r\n" + host
    for line in (
        b"X:\r\n",
        b"Cookie: a=b\r\n",
        b"X-Forwarded-For: 1\r\n",
        b"X: a\r\n b\r\n",
        b" \r\n",
        b":\r\n",
    ):
        yield Dear(f"many {line!r}", start + line * (size // len(line)) + b"\r\n")
    for bait in (b"a", b" ", b"\t", b"-", b"\x00", b"\n", b"\r"):
        yield Dear(f"name {bait!r}", start + bait * size + b": x\r\n\r\n")
        yield Dear(f"no name {bait!r}", start + bait * size + b"\r\n\r\n")
        yield Dear(f"method {bait!r}", bait * size + b" / HTTP/1.1\r\n" + host + b"\r\n")
        yield Dear(f"no end {bait!r}", start + b"X: " + bait * size)


def dear_bodies(port: int, path: str, size: int) -> Iterator[Dear]:
    """Yield requests with a body that is hard to divide or to read."""
    host = f"Host: 127.0.0.1:{port}\r\n".encode()
    start = b"POST " + path.encode() + b" HTTP/1.1\r\n" + host
    chunked = start + b"Transfer-Encoding: chunked\r\n\r\n"
    for bait in (b" ", b"\t", b"0", b";", b"a", b"\r", b";a=b"):
        yield Dear(f"chunk {bait!r}", chunked + b"1" + bait * (size // len(bait)) + b"\n\r\n")
        yield Dear(f"extension {bait!r}", chunked + b"1;" + bait * (size // len(bait)) + b"\n\r\na\r\n")
        yield Dear(f"trailer {bait!r}", chunked + b"0\r\nX: " + bait * (size // len(bait)) + b"\x00\r\n\r\n")
    yield Dear("many chunks", chunked + b"1\r\na\r\n" * (size // 6) + b"0\r\n\r\n")
    form = start + b"Content-Type: application/x-www-form-urlencoded\r\n"
    for bait in (b"a=b&", b"&", b"%41", b"%", b"=", b"\xe9", b"\xcc\x81", b"password=a&"):
        body = bait * (min(size, 4_000) // len(bait))
        yield Dear(f"form {bait!r}", form + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def cpu_seconds(pid: int, port: int, *requests: Dear) -> float:
    """Seconds of processor time that the process spends on those requests, a connection each."""
    process = psutil.Process(pid)
    before = process.cpu_times()
    for request in requests:
        _exchange(port, request.data)
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system)


def _exchange(port: int, data: bytes) -> None:
    # A refusal may end the connection while we still send.
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass
