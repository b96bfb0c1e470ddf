"""uvicorn's protocol for HTTP with bounds around h11: a head is checked before it is parsed.

Threading: the event loop's thread only.
"""

from __future__ import annotations

import asyncio
import http
import re
from typing import Any, Final, cast

import h11
from h11 import _readers
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.web.requests.head import (
    BAD_REQUEST,
    HEAD_LIMIT,
    TOO_MANY_HEADERS,
    end_of_head,
    head_problem,
)
from core.web.requests.lingering import LingeringTransport

READ_SIZE: Final = 16 * 1024
"""Bytes that are read from a connection before others have their turn."""

_ADVICE: Final = {
    TOO_MANY_HEADERS: (
        "O navegador envia dados demais em cada pedido. Apague os cookies deste endereço e tente de novo.\n"
        "Your browser sends too much with each request. Delete the cookies of this address and try again.\n"
    )
}
_TOKEN: Final = rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+"
_VISIBLE: Final = rb"[^\x00\s]++"


def without_backtracking() -> None:
    """Give h11 expressions for headers, chunks and trailers that match the same in one pass.

    Its own (0.16) try every way to divide blanks between two neighbours: 15 kB of them take half a second.
    """
    _readers.header_field_re = re.compile(
        rb"(?P<field_name>%b):[ \t]*+(?P<field_value>(?:%b(?:[ \t]++%b)*+)?+)[ \t]*+"
        % (_TOKEN, _VISIBLE, _VISIBLE)
    )
    _readers.chunk_header_re = re.compile(
        rb"(?P<chunk_size>[0-9A-Fa-f]{1,20})(?P<chunk_ext>;[^\r\n]*+)?+[ \t]*+\r\n"
    )


class CheckedHttpProtocol(H11Protocol):
    """Hands whole, checked heads to h11, and bodies as they come."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._head = bytearray()
        self._refused = False
        self._upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection over; see ``asyncio.Protocol``."""
        # asyncio reads 256 kB at a time: 43,000 chunks of a byte each would hold up everybody else for 0.4 s.
        setattr(transport, "max_size", READ_SIZE)  # noqa: B010  # asyncio's own, in no type
        super().connection_made(cast("asyncio.Transport", LingeringTransport(transport, self._is_unread)))

    def data_received(self, data: bytes) -> None:
        """Collect what belongs to a head until it is complete; see ``asyncio.Protocol``."""
        if self.transport.is_closing():
            return  # the rest of what was refused, or not wanted
        if self.conn.their_state is not h11.IDLE:
            self._pass_on(data)
            return
        before = len(self._head)
        self._head += data
        end = end_of_head(self._head, before)
        if end or len(self._head) > HEAD_LIMIT or self._head[0] < 0x21:
            self._judge(end)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to the protocol of websockets, which ends it in its own way."""
        self._upgraded = True
        super().handle_websocket_upgrade(event)

    def timeout_keep_alive_handler(self) -> None:
        """Let a head that has begun come to its end; it has a limit of its own."""
        if not self._head:
            super().timeout_keep_alive_handler()

    def _judge(self, end: int) -> None:
        received, self._head = bytes(self._head), bytearray()
        if not end or end > HEAD_LIMIT:
            self._refuse(TOO_MANY_HEADERS if received[0] >= 0x21 else BAD_REQUEST)
        elif problem := head_problem(received[:end]):
            self._refuse(problem)
        else:
            self._pass_on(received)

    def _pass_on(self, data: bytes) -> None:
        super().data_received(data)
        # A second request before the first was answered: no browser does it, and its head was not checked.
        if self.cycle is not None and self.conn.their_state is h11.DONE and self.conn.trailing_data[0]:
            self.cycle.keep_alive = False

    def _is_unread(self) -> bool:
        """Return whether the visitor may still be sending."""
        if self._upgraded:
            return False
        return self._refused or self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def _refuse(self, status: int) -> None:
        self._refused = True
        phrase = http.HTTPStatus(status).phrase
        body = _ADVICE.get(status, f"{phrase}\n").encode()
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
