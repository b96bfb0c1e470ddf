"""Ending a connection so that the answer arrives, though the visitor has not finished speaking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

LINGER_S: Final = 2.0
"""For the rest of what is being sent: it is thrown away."""


class LingeringTransport:
    """A transport that closes late while something is unread.

    To close a socket with unread bytes is to reset it, and a reset overtakes the answer: a browser then shows
    a broken connection instead of what was wrong. Threading: the event loop's thread only.
    """

    def __init__(self, transport: asyncio.Transport, is_unread: Callable[[], bool]) -> None:
        self._transport = transport
        self._is_unread = is_unread
        self._ending = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Return whether nothing is read or answered any more."""
        return self._ending or self._transport.is_closing()

    def close(self) -> None:
        """Say that no more will come; close now, or after a while for what is still on its way."""
        if self._ending or self._transport.is_closing() or not self._lingers():
            self._transport.close()
            return
        self._ending = True
        try:
            self._transport.write_eof()
        except OSError:
            # The visitor reset the connection first; the event loop has not been told yet.
            self._transport.abort()
            return
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def _lingers(self) -> bool:
        return self._is_unread() and self._transport.can_write_eof()
