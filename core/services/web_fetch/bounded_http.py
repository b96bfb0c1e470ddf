"""One GET over an open connection, bounded in time, bytes and work, whatever the other side does.

The time is kept twice: each wait gets what is left of it, and when it is over the connection is shut down
from outside, which ends even what the TLS library does by itself.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from core.hosting.checks.tunnel import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_LIMIT: Final = 65_536
"""Bytes of all heads together: a server may send any number of provisional ones."""
_FRAMING_LIMIT: Final = 65_536
"""Bytes of a body's framing: sizes of chunks and what else a server writes between them."""
_PIECE: Final = 16_384
_PIECES: Final = 4_096
"""A body in smaller pieces is cut: each of them costs some work, were it a single byte."""


@dataclass(frozen=True, slots=True)
class Get:
    """What to ask for."""

    authority: str
    """Host as the server is called, in brackets when it is an IPv6 address."""
    target: str
    accept: str
    limit: int
    """Bytes of the body that are read; the rest is left."""
    secure: bool


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    location: str
    content_type: str
    encoding: str
    """Of the body, when the server compressed it though it was asked not to; in lower case."""
    data: bytes = field(repr=False)


def get_over(sock: socket.socket, request: Get, deadline: Deadline) -> HttpAnswer:
    """Ask ``request`` over ``sock``, and close it.

    Raises OSError (TimeoutError when the time is over), http.client.HTTPException, ValueError.
    """
    with sock, _shut_down_at(sock, deadline):
        sock.settimeout(deadline.left())
        if not request.secure:
            return _ask(sock, request, deadline)
        with trust().wrap_socket(sock, server_hostname=request.authority.strip("[]")) as safe:
            return _ask(safe, request, deadline)


def trust() -> ssl.SSLContext:
    """Return the authorities that this machine trusts, or those of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``."""
    return _read_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.lru_cache(maxsize=2)
def _read_trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Reading them takes 20 ms, more than the rest of a request; OpenSSL looks at the variables itself."""
    return ssl.create_default_context()


@contextlib.contextmanager
def _shut_down_at(sock: socket.socket, deadline: Deadline) -> Iterator[None]:
    with sock.dup() as same:  # TLS takes the first one over; shutting down either ends both
        timer = threading.Timer(deadline.left(), _shut_down, (same,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # it must not meet a descriptor that belongs to something else by now


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _ask(sock: socket.socket, request: Get, deadline: Deadline) -> HttpAnswer:
    wire = _Wire(sock, deadline)
    connection = http.client.HTTPConnection(request.authority)
    connection.response_class = _Response
    connection.sock = cast("socket.socket", wire)
    headers = {"Host": request.authority, "Accept": request.accept, "User-Agent": "WhatsApp/2"}
    connection.request("GET", request.target, headers={**headers, "Connection": "close"})
    response = connection.getresponse()
    wire.expect_body(request.limit)
    return HttpAnswer(
        status=response.status,
        location=response.getheader("Location") or "",
        content_type=response.getheader("Content-Type") or "",
        encoding=(response.getheader("Content-Encoding") or "").strip().casefold(),
        data=_body(response, request.limit, deadline) if response.status == http.client.OK else b"",
    )


def _body(response: http.client.HTTPResponse, limit: int, deadline: Deadline) -> bytes:
    data = bytearray()
    for _ in range(_PIECES):
        deadline.left()
        try:
            piece = response.read1(min(_PIECE, limit - len(data)))
        except http.client.IncompleteRead:  # what came before may do
            break
        data += piece
        if not piece or len(data) >= limit:
            break
    deadline.left()  # a connection that was shut down looks like one that ended
    return bytes(data[:limit])


class _Response(http.client.HTTPResponse):
    def _read_and_discard_trailer(self) -> None:
        """Leave it: the connection is closed anyway, and a trailer may go on for ever."""


class _Wire(io.RawIOBase):
    """A socket as ``http.client`` uses one, with a deadline and a budget of bytes."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._left = HEAD_LIMIT
        self._in_head = True

    def expect_body(self, limit: int) -> None:
        """Go on from the heads to a body of up to ``limit`` bytes."""
        self._in_head = False
        self._left += limit + _FRAMING_LIMIT

    def readable(self) -> bool:
        """Return True, as a buffered reader wants to hear."""
        return True

    def close(self) -> None:
        """Leave closing to the opener of the socket: ``http.client`` closes before it reads the body."""

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer`` with what comes next. Raises OSError, HTTPException when a head is too long."""
        if self._left <= 0:
            if self._in_head:
                raise http.client.HTTPException("head too long")
            return 0
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        self._left -= count
        return count

    def sendall(self, data: bytes) -> None:
        """Send ``data``. Raises OSError."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, *_: object) -> io.BufferedReader:
        """Return a reader of what comes in."""
        return io.BufferedReader(self, _PIECE)
