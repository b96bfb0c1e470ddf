"""A server that wakes once a second while nothing happens, instead of ten times.

uvicorn looks every 100 ms whether it was told to end. With a hundred idle instances that was a quarter of
what the web process cost; told to end, ours wakes by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import uvicorn

TICK_S: Final = 1.0
"""As often as uvicorn renews the date that its answers bear."""


class CalmServer(uvicorn.Server):
    """uvicorn's server with a quiet main loop. Threading: it may be told to end from any thread or signal."""

    _wake: Callable[[], object] | None = None

    @property
    def should_exit(self) -> bool:
        """Whether it was told to end."""
        return bool(vars(self)["should_exit"])

    @should_exit.setter
    def should_exit(self, told: bool) -> None:
        vars(self)["should_exit"] = told
        if self._wake is not None:
            self._wake()

    async def main_loop(self) -> None:
        """Tick until told to end."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(told.set)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await told.wait()


def calm(server: Any) -> None:
    """Make a uvicorn server whose main loop has not begun a calm one; leave any other as it is.

    It is made and run by Streamlit, which takes no other class.
    """
    if type(server) is uvicorn.Server:
        server.__class__ = CalmServer
