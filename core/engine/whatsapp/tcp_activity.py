"""When data last came in, read from the kernel: a connection that is only believed to live does not count."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
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
    if sys.platform != "linux":
        return None
    descriptors = Path("/proc/self/fd").iterdir()
    ages = [age for path in descriptors if (age := _age_ms(path)) is not None]
    return time.time() - min(ages) / 1000 if ages else None


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
