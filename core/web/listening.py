"""Where the app listens while it has no password: on loopback addresses, or not at all."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import sys
from typing import Any, Final

log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.05
_REFUSAL: Final = (
    "APP_PASSWORD is not set, and the app would listen on {address}, where other machines can reach it. Set "
    "APP_PASSWORD (10 characters or more), or start the app with --server.address localhost."
)


def is_loopback(address: str) -> bool:
    """Return True for an IP address that only this machine reaches."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def refuse_public_address(server: Any | None) -> None:
    """End the process with a sentence if ``server`` is set up to listen for other machines.

    Called while the app is built, before the server takes a connection. What a name such as ``localhost``
    stands for is seen later, by ``Listening``.
    """
    host = "localhost" if server is None else str(server.config.host)
    if host != "localhost" and not is_loopback(host):
        sys.exit(_REFUSAL.format(address=host))


class Listening:
    """Looks at the sockets that the server really listens on, before the first request is served.

    Threading: the event loop's thread only.
    """

    def __init__(self, server: Any | None) -> None:
        """``server``: uvicorn's; None when this process runs another one, which cannot be asked."""
        self._server = server
        self._checked = False
        self._ending = False

    def is_private(self) -> bool:
        """Return True when only this machine can connect; otherwise the process has been asked to end."""
        if self._checked:
            return True
        addresses = _bound_addresses(self._server)
        private = bool(addresses) and all(map(is_loopback, addresses))
        starting = self._server is not None and not self._server.started
        if not private and (addresses or not starting):
            self._end(", ".join(addresses) or "addresses that cannot be checked")
        self._checked = private and not starting
        return private

    async def watch(self) -> None:
        """Check as soon as the server has started, whether or not anybody asks for a page."""
        if self._server is not None:
            await until_started(self._server)
        self.is_private()

    def _end(self, addresses: str) -> None:
        """Stop in order, with an exit code that is not 0."""
        if not self._ending:
            self._ending = True
            log.critical("%s", _REFUSAL.format(address=addresses))
            os.kill(os.getpid(), signal.SIGTERM)


async def until_started(server: Any) -> None:
    """Wait until the server listens."""
    while not server.started:
        await asyncio.sleep(_LOOK_EVERY_S)


def port_in_advance(server: Any) -> int:
    """Return the port that the server will listen on; 0 when it is known only once the server has started."""
    return 0 if server.config.fd is not None else int(server.config.port)


def bound_port(server: Any) -> int:
    """Return the port that the started server listens on; 0 when it has none."""
    return next((int(name[1]) for name in _bound_names(server) if isinstance(name, tuple)), 0)


def _bound_addresses(server: Any | None) -> list[str]:
    """Return the addresses of the listening sockets; a socket of a file system is its path."""
    return [str(name[0]) if isinstance(name, tuple) else f"unix:{name!s}" for name in _bound_names(server)]


def _bound_names(server: Any | None) -> list[Any]:
    listeners = getattr(server, "servers", ())
    return [socket.getsockname() for listener in listeners for socket in listener.sockets]
