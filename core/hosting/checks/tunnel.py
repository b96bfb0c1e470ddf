"""Opening a TCP connection within a deadline: directly, or through a proxy as the core would."""

from __future__ import annotations

import base64
import socket
import threading
import time
from typing import Final

from core.hosting.checks.proxy import Proxy
from core.models.diagnostics import SelfCheckReason

HEAD_LIMIT: Final = 65_536
"""Bytes of a head that is still read."""
_SOCKS_PASSWORD: Final = 2
_RESOLVERS: Final = threading.BoundedSemaphore(16)
"""Names that are looked up at once: the system's resolver may take a minute, and nothing stops it."""


class RefusedError(Exception):
    """A step was refused; ``reason`` is a stable code, ``message`` what the other side or the system said."""

    def __init__(self, reason: SelfCheckReason, message: str = "") -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class Deadline:
    """A point in time that several steps share."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds until then. Raises TimeoutError when it has passed."""
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def addresses(host: str, port: int, deadline: Deadline) -> list[tuple[int, tuple[object, ...]]]:
    """Return family and address of each way to ``host``. Raises RefusedError (name-unknown), TimeoutError."""
    candidates: list[tuple[int, tuple[object, ...]]] = []
    problem: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            problem.append(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            candidates.extend((family, where) for family, _, _, _, where in answers)
        finally:
            _RESOLVERS.release()

    # The system's resolver knows no deadline of ours.
    if not _RESOLVERS.acquire(timeout=deadline.left()):
        raise TimeoutError
    thread = threading.Thread(target=ask, name="resolver", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # no more threads
        _RESOLVERS.release()
        raise RefusedError(SelfCheckReason.NAME_UNKNOWN, str(error)) from None
    thread.join(deadline.left())
    if problem:
        raise RefusedError(SelfCheckReason.NAME_UNKNOWN, problem[0].strerror or "")
    if thread.is_alive():
        raise TimeoutError
    return candidates


def connect(candidates: list[tuple[int, tuple[object, ...]]], deadline: Deadline) -> socket.socket:
    """Connect by the first of ``candidates`` that works. Raises RefusedError, TimeoutError."""
    last: OSError | None = None
    for number, (family, address) in enumerate(candidates):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            # A way that swallows everything must not use up the time of the others.
            sock.settimeout(deadline.left() / (len(candidates) - number))
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    if last is None or isinstance(last, TimeoutError):
        raise TimeoutError
    reason = (
        SelfCheckReason.CONNECT_REFUSED
        if isinstance(last, ConnectionRefusedError)
        else SelfCheckReason.CONNECT_FAILED
    )
    raise RefusedError(reason, last.strerror or "")


def open_tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    """Have ``proxy`` connect ``sock`` to ``host``.

    Raises RefusedError (proxy-refused, proxy-password, proxy-not-tried), TimeoutError, OSError.
    """
    match proxy.scheme:
        case "http":
            _connect_http(sock, proxy, f"{host}:{port}", deadline)
        case "socks5" | "socks5h":
            _connect_socks(sock, proxy, host, port, deadline)
        case _:  # Python's sockets cannot speak TLS inside TLS
            raise RefusedError(SelfCheckReason.PROXY_NOT_TRIED, proxy.scheme)


def read_head(sock: socket.socket, deadline: Deadline) -> bytes:
    """Read up to the first empty line, or to the end. Raises TimeoutError, OSError."""
    head = bytearray()
    while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT:
        sock.settimeout(deadline.left())
        data = sock.recv(4096)
        if not data:
            break
        head += data
    return bytes(head)


def _connect_http(sock: socket.socket, proxy: Proxy, target: str, deadline: Deadline) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user:
        opening = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {opening}")
    sock.settimeout(deadline.left())
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    status = read_head(sock, deadline).partition(b"\r\n")[0].split(b" ")
    if len(status) < 2 or not status[0].startswith(b"HTTP/1."):
        raise RefusedError(SelfCheckReason.PROXY_REFUSED)
    if status[1] == b"407":
        raise RefusedError(SelfCheckReason.PROXY_PASSWORD, "407")
    if status[1][:1] != b"2":
        raise RefusedError(SelfCheckReason.PROXY_REFUSED, status[1][:3].decode("ascii", "replace"))


def _connect_socks(sock: socket.socket, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    """Connect through a SOCKS5 proxy. Source: RFC 1928 and, for the password, RFC 1929."""
    sock.settimeout(deadline.left())
    sock.sendall(b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
    version, method = _exactly(sock, 2, deadline)
    if version != 5:
        raise RefusedError(SelfCheckReason.PROXY_REFUSED)
    if method == _SOCKS_PASSWORD and proxy.user:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        sock.sendall(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        if _exactly(sock, 2, deadline)[1] != 0:
            raise RefusedError(SelfCheckReason.PROXY_PASSWORD)
    elif method != 0:
        raise RefusedError(SelfCheckReason.PROXY_PASSWORD)
    name = host.encode("idna")
    sock.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
    _, reply, _, kind = _exactly(sock, 4, deadline)
    if reply != 0:
        raise RefusedError(SelfCheckReason.PROXY_REFUSED, str(reply))
    length = {1: 4, 4: 16}.get(kind) or _exactly(sock, 1, deadline)[0]
    _exactly(sock, length + 2, deadline)


def _exactly(sock: socket.socket, count: int, deadline: Deadline) -> bytes:
    data = b""
    while len(data) < count:
        sock.settimeout(deadline.left())
        more = sock.recv(count - len(data))
        if not more:
            raise RefusedError(SelfCheckReason.PROXY_REFUSED)
        data += more
    return data
