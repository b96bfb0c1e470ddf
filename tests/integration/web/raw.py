"""Requests as no browser would send them."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status (0 when nothing did), the head and the body."""

    status: int
    head: str
    body: bytes


def exchange(port: int, data: bytes, *, timeout: float = 5.0) -> bytes:
    """Everything the server sends back to `data` until it closes or says nothing for `timeout` seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        received = b""
        try:
            connection.sendall(data)
            while chunk := connection.recv(65_536):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        return received


def ask(
    port: int,
    target: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    upgrade: bool = False,
) -> Answer:
    """One request with exactly this target; `upgrade` asks for a websocket."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: streamlit"]
    else:
        lines += ["Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    received = exchange(
        port, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), timeout=3 if upgrade else 5
    )
    head, _, body = received.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return Answer(int(found[1]) if found else 0, head.decode("latin-1"), body)
