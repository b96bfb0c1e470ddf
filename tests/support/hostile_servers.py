"""Web servers on loopback that never come to an end, each in its own way; for `tls_servers.serving`."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterable
from typing import Final

from tests.support.tls_servers import Talk, read_head

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"
_PAUSE_S: Final = 0.02


class Ended:
    """When the other side closed the connection."""

    def __init__(self) -> None:
        self.at = 0.0
        self._seen = threading.Event()

    def note(self) -> None:
        """It is closed now."""
        self.at = time.monotonic()
        self._seen.set()

    def wait(self, timeout: float = 5.0) -> float:
        """The moment, as `time.monotonic` tells it."""
        assert self._seen.wait(timeout), "the connection is still open"
        return self.at


def pouring(*first: bytes, again: bytes, pause: float = 0.0, ended: Ended, heard: bool = True) -> Talk:
    """Says `first`, then `again` for ever, with pauses; unless `heard`, before it is asked anything."""

    def talk(visitor: socket.socket) -> None:
        if heard:
            read_head(visitor)
        _pour(visitor, itertools.chain(first, itertools.repeat(again)), pause, ended)

    return talk


def dribbling(data: bytes, *, ended: Ended, heard: bool = True) -> Talk:
    """Says `data` and then blanks, a byte at a time."""
    each = itertools.chain((data[at : at + 1] for at in range(len(data))), itertools.repeat(b" "))

    def talk(visitor: socket.socket) -> None:
        if heard:
            read_head(visitor)
        _pour(visitor, each, _PAUSE_S, ended)

    return talk


def hanging(*first: bytes, ended: Ended) -> Talk:
    """Says `first` and nothing more, whatever it is told."""

    def talk(visitor: socket.socket) -> None:
        try:
            read_head(visitor)
            for piece in first:
                visitor.sendall(piece)
            while visitor.recv(4096):
                pass
        finally:
            ended.note()

    return talk


def _pour(visitor: socket.socket, pieces: Iterable[bytes], pause: float, ended: Ended) -> None:
    try:
        for piece in pieces:
            visitor.sendall(piece)
            if pause:
                time.sleep(pause)
    finally:
        ended.note()
