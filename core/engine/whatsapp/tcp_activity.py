"""When data last came in, read from the kernel: a connection that is only believed to live does not count."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

_LAST_DATA_RECV_AT: Final = 52
"""Offset of ``tcpi_last_data_recv``: 8 one-byte fields, then the twelfth 32-bit one. Source: linux/tcp.h."""
_ESTABLISHED: Final = 1


def last_data_received() -> float | None:
    """Return when a TCP connection of this process last received data, in seconds since the epoch.

    None when there is no connection, or where the kernel does not say (anything but Linux). The only TCP
    connections of a worker are the core's to WhatsApp.
    """
    return max(open_connections().values(), default=None)


def open_connections() -> dict[int, float]:
    """Return when each TCP connection of this process last received data, by the kernel's number of it.

    In seconds since the epoch. Empty where the kernel does not say.
    """
    if sys.platform != "linux":
        return {}
    found = {}
    for path in Path("/proc/self/fd").iterdir():
        if (age := _age_ms(path)) is not None and (number := _number(path)) is not None:
            found[number] = time.time() - age / 1000
    return found


def all_connections() -> set[int]:
    """Return the kernel's numbers of this process's TCP connections, also of those that are not made yet.

    Empty where the kernel does not say.
    """
    return set(_sockets())


def cut(connections: Collection[int]) -> None:
    """End those connections: who waits on one learns at once that it is gone."""
    for number, path in _sockets().items():
        if number in connections:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(path.name))) as connection:
                connection.shutdown(socket.SHUT_RDWR)


def _sockets() -> dict[int, Path]:
    if sys.platform != "linux":
        return {}
    return {
        number: path
        for path in Path("/proc/self/fd").iterdir()
        if (number := _number(path)) is not None and _is_tcp(path)
    }


def _is_tcp(path: Path) -> bool:
    try:
        if not str(path.readlink()).startswith("socket:"):
            return False
        with socket.socket(fileno=os.dup(int(path.name))) as connection:
            is_listener = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            is_inet = connection.family in (socket.AF_INET, socket.AF_INET6)
            return is_inet and connection.type == socket.SOCK_STREAM and not is_listener
    except OSError:
        return False  # closed meanwhile


class ConnectionOwners:
    """Which connections belong to which client of this process, as far as that can be told.

    Those that are new when a client says that it is connected are its own. When several clients connect at
    once, each has several that may be it; then the one that has been silent for longest counts.

    Threading: safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, frozenset[int]] = {}

    def connected(self, client: str, connections: Collection[int]) -> None:
        """Note what is open just after a client has connected."""
        with self._lock:
            self._of.pop(client, None)
            taken = {number for numbers in self._of.values() if len(numbers) == 1 for number in numbers}
            self._of[client] = frozenset(connections) - taken

    def owned(self) -> set[int]:
        """Return the connections that may belong to a client which has connected."""
        with self._lock:
            return {number for numbers in self._of.values() for number in numbers}

    def ended(self, client: str) -> None:
        """Forget a client that has ended."""
        with self._lock:
            self._of.pop(client, None)

    def last_data(self, client: str, connections: Mapping[int, float]) -> float | None:
        """Return since when data came in on the client's connection at the latest; None without one."""
        with self._lock:
            numbers = self._of.get(client, frozenset())
        return min((connections[number] for number in numbers if number in connections), default=None)


def _number(path: Path) -> int | None:
    """Return the number of a socket, which stays its own while it is open."""
    try:
        return path.stat().st_ino
    except OSError:
        return None  # closed meanwhile


def _age_ms(path: Path) -> int | None:
    try:
        if not str(path.readlink()).startswith("socket:"):
            return None
        with socket.socket(fileno=os.dup(int(path.name))) as connection:
            if connection.family not in (socket.AF_INET, socket.AF_INET6):
                return None
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 128)
    except OSError:
        return None  # closed meanwhile, or no TCP
    if info[0] != _ESTABLISHED:
        return None
    (age,) = struct.unpack_from("=I", info, _LAST_DATA_RECV_AT)
    return int(age)
