"""Comparing a typed password with the right one, slowly and in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

import anyio

from core.settings import PASSWORD_LIMIT, as_password

# OWASP's second choice for scrypt: as costly to guess as n=2**17 with a tenth of the memory (16 MB), which
# matters on a machine with 512 MB. About a quarter of a second.
_COST: Final = {"n": 2**14, "r": 8, "p": 5, "maxmem": 64 * 1024 * 1024, "dklen": 32}
WAITING: Final = 8
"""Tries that may wait for their turn; more are sent away, so that none of them costs memory."""


def verifier(password: str, salt: str) -> str:
    """Return scrypt of ``password`` with a hexadecimal salt, as hexadecimal. Blocks for about 0.25 s."""
    typed = as_password(password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(typed, salt=bytes.fromhex(salt), **_COST).hex()


def new_salt() -> str:
    """Return a fresh random salt, as hexadecimal."""
    return os.urandom(16).hex()


class BusyError(Exception):
    """Too many tries are waiting; nothing was compared."""


class Password:
    """The one password of this process, kept as its verifier only.

    Threading: ``matches`` is for the event loop; one comparison at a time runs, in a thread.
    """

    def __init__(self, password: str, salt: str) -> None:
        """Block for about 0.25 s. An empty ``password`` is none: nothing matches it, and it costs nothing."""
        self.salt = salt
        self.verifier = verifier(password, salt) if password else ""
        self._slot = anyio.CapacityLimiter(1)
        self._under_way = 0

    async def matches(self, typed: str) -> bool:
        """Return whether that is the password. Takes as long when it is not. Raises BusyError."""
        if self._under_way > WAITING:
            raise BusyError
        self._under_way += 1
        try:
            found = await anyio.to_thread.run_sync(
                verifier, typed[:PASSWORD_LIMIT], self.salt, limiter=self._slot
            )
        finally:
            self._under_way -= 1
        return bool(self.verifier) and hmac.compare_digest(found, self.verifier)
