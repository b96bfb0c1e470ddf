"""The link that proves, while there is no password, that a visitor is the user who runs the app.

Any other process of the machine, and all that it passes on (a reverse proxy, ``ssh -R``, a byte tunnel),
reaches the loopback address too; only the user can read what the start printed and what the file holds.

The word in it has 256 random bits, so guessing needs no lockout: a billion guesses a second would take longer
than the universe exists. Memory holds its digest only.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
import sys
from pathlib import Path
from typing import Any, Final

import anyio

from core.store.sign_in_link import LINK_FILE, read_link, remove_link, write_link
from core.web.auth.public_paths import SIGN_IN
from core.web.auth.sessions import TOKEN_LIMIT, digest_of

_DISK_S: Final = 2.0
_LOOK_EVERY_S: Final = 2.0
_READS_AT_ONCE: Final = 8
"""Reads of a disk that hangs never end; more guesses than these are compared with memory alone."""


def link_base(server: Any, port: int) -> str:
    """Return what every link to that uvicorn server begins with; all but the random word."""
    scheme = "https" if server.config.is_ssl else "http"
    host, own_names = server.config.host, {"localhost", "127.0.0.1", "::1"}
    name = "localhost" if host in own_names else host
    return f"{scheme}://{name}:{port}{SIGN_IN}?link="


def fresh_link(base: str) -> str:
    """Return a new address with 256 random bits."""
    return base + secrets.token_urlsafe(32)


def announce(address: str) -> None:
    """Print the address on standard output, for the person who started the app; never through the log."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):  # closed, or no longer read
            sys.stdout.write(f"Sign in: {address}\n")
            sys.stdout.flush()


class SignInLink:
    """Makes the link of this process and knows whether it still works.

    The file is looked at when a link is used, so that one that ``make link`` wrote works at once and the
    earlier one no longer does. Threading: the event loop's thread only.
    """

    def __init__(self, auth_dir: Path) -> None:
        self._auth_dir = auth_dir
        self._base = ""
        self._address = ""
        self._digest = ""
        self._spent: set[str] = set()
        self._reads = 0

    def make(self, base: str) -> str:
        """Return a fresh address; earlier ones stop working."""
        self._base, self._address = base, fresh_link(base)
        self._digest = digest_of(self._address.removeprefix(base))
        return self._address

    async def store(self) -> None:
        """Write the file. A disk that cannot be written or hangs costs 2 s; the link works all the same."""
        with anyio.move_on_after(_DISK_S):
            await anyio.to_thread.run_sync(self._write, abandon_on_cancel=True)

    async def keep(self) -> None:
        """Write the file anew, until cancelled, while it is missing, so that ``make link`` finds the app."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await anyio.to_thread.run_sync(self._write_missing, abandon_on_cancel=True)

    async def withdraw(self) -> None:
        """Remove the file of this process: the app stops."""
        if not self._base:
            return
        with anyio.move_on_after(_DISK_S, shield=True):
            await anyio.to_thread.run_sync(remove_link, self._auth_dir, self._base, abandon_on_cancel=True)

    async def use(self, word: str) -> bool:
        """Return True once for the newest link's random word. Takes at most 2 s."""
        if not self._base or len(word) > TOKEN_LIMIT:
            return False
        self._take_in(await self._read_soon())
        given = digest_of(word)
        if not self._digest or not hmac.compare_digest(given, self._digest):
            return False
        self._digest = ""
        self._spent.add(given)
        return True

    def _take_in(self, stored: str) -> None:
        """Prefer the file's link, if it leads to this process and was not used yet."""
        if stored.startswith(self._base):
            digest = digest_of(stored.removeprefix(self._base))
            if digest not in self._spent:
                self._digest = digest

    async def _read_soon(self) -> str:
        if self._reads >= _READS_AT_ONCE:
            return ""
        self._reads += 1
        reading = asyncio.ensure_future(anyio.to_thread.run_sync(read_link, self._auth_dir))
        reading.add_done_callback(self._note_read)
        await asyncio.wait({reading}, timeout=_DISK_S)
        return reading.result() if reading.done() else ""

    def _note_read(self, _reading: object) -> None:
        self._reads -= 1

    def _write(self) -> None:
        # A process that was killed left its link, used or not: it must not count here should ours not be
        # written.
        self._spent.add(digest_of(read_link(self._auth_dir).removeprefix(self._base)))
        # The pages and the log say why AUTH_DIR cannot be used; `keep` tries again.
        with contextlib.suppress(OSError):
            write_link(self._auth_dir, self._address)

    def _write_missing(self) -> None:
        with contextlib.suppress(OSError):
            if self._base and self._auth_dir.is_dir() and not (self._auth_dir / LINK_FILE).exists():
                write_link(self._auth_dir, self._address)
