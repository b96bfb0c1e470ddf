"""A loopback proxy that flaps: between the app and the emulator, cut, silent or slow for moments."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
import time
from typing import Final, Self
from urllib.parse import urlsplit

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: a close resets the connection, as a network that breaks does."""
_CHUNK: Final = 65_536
_WAYS: Final = ("cut", "refuse", "stall")


class FlappingProxy:
    """Passes bytes on to ``target``, unless it is down. A thread of its own; use it as a context.

    Where the kernel has `netem` a queue discipline would do the same from below; it needs a module that many
    kernels lack, this one needs nothing.
    """

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (address.hostname or "127.0.0.1", address.port or 80)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._up = asyncio.Event()
        self._up.set()
        self._refusing = False
        self._open: set[asyncio.StreamWriter] = set()
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def flap(self, chance: random.Random, *, most_s: float) -> str:
        """Go down in some way and come back after a while; gives how."""
        way = chance.choice(_WAYS)
        self._do(self._down, way)
        time.sleep(0.0 if way == "cut" else chance.uniform(0.3, most_s))
        self._do(self._come_back)
        return way

    def _do(self, function: object, *arguments: object) -> None:
        done = threading.Event()

        def act() -> None:
            function(*arguments)  # type: ignore[operator]
            done.set()

        self._loop.call_soon_threadsafe(act)
        done.wait(5)

    def _down(self, way: str) -> None:
        if way == "stall":
            self._up.clear()
            return
        self._refusing = way == "refuse"
        for writer in list(self._open):
            _reset(writer)

    def _come_back(self) -> None:
        self._refusing = False
        self._up.set()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _end(self) -> None:
        self._server.close()
        self._up.set()
        for writer in list(self._open):
            _reset(writer)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        pair = {writer, up_writer}
        self._open |= pair
        try:
            await asyncio.gather(self._pump(reader, up_writer), self._pump(up_reader, writer))
        except asyncio.CancelledError:
            pass  # at the end; the server of asyncio would print it
        finally:
            self._open -= pair

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._up.wait()
                writer.write(data)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        found = writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
