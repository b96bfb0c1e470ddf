"""One client connection after the WebSocket upgrade: frames, handshake, login, stanzas."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from pyaileys.wabinary.decode import decode_binary_node
from pyaileys.wabinary.encode import encode_binary_node
from starlette.websockets import WebSocket

from tests.emulator import messages, queries
from tests.emulator.faults import LOGGED_OUT, Failure
from tests.emulator.nodes import SERVER, Node, iq_request, new_id, now
from tests.emulator.noise import HEADER, Established, NoiseResponder
from tests.emulator.pairing import Pairing
from tests.emulator.phone import LinkedDevice
from tests.emulator.proto import Proto

if TYPE_CHECKING:
    from tests.emulator.world import World

_log = logging.getLogger(__name__)

_GOING_AWAY: Final = 1012  # "service restart": what a client sees as a lost network
_CLIENT_ANSWERS_S: Final = 15.0
_TIME_TO_READ_S: Final = 0.2
_LENGTH: Final = 3
"""Bytes that hold the length of a frame, big-endian."""


class ClientGoneError(ConnectionError):
    """The client left while an answer of it was awaited."""


class Session:
    """A connected client: first unknown, then pairing or logged in as a device."""

    def __init__(self, world: World, socket: WebSocket) -> None:
        self.world = world
        self.device: LinkedDevice | None = None
        self.client_key = b""
        """The client's Noise key: who it is, before and after pairing."""
        self.pairing = Pairing(self)
        self._socket = socket
        self._secure: Established | None = None
        self._answers: dict[str, asyncio.Future[Node]] = {}
        self._sending = asyncio.Lock()
        self._hanging_up: asyncio.Task[None] | None = None

    @property
    def number(self) -> str:
        """The number it is logged in as; empty before that."""
        return self.device.phone.number if self.device else ""

    async def run(self) -> None:
        """Serve the client until it leaves."""
        frames = self._frames()
        await self._send_frame((responder := NoiseResponder(self.world.authority)).hello(await anext(frames)))
        self._secure = secure = responder.finish(await anext(frames))
        self.client_key = secure.client_key
        self.world.sessions.append(self)
        try:
            await self._admit(secure.payload)
            async for frame in frames:
                await self._receive(decode_binary_node(secure.incoming.decrypt(frame)))
        finally:
            self.world.left(self)
            self._give_up_waiting()

    async def send(self, node: Node) -> None:
        """Send one stanza; nonces and frames keep their order whoever calls."""
        assert self._secure is not None, "stanzas come after the handshake"
        async with self._sending:
            await self._send_frame(self._secure.outgoing.encrypt(encode_binary_node(node)))
        _log.debug("-> %s", node)

    async def ask(self, content: list[Node], *, xmlns: str) -> Node:
        """Send a request and wait for the client's answer; raises `ClientGoneError` or `TimeoutError`."""
        request = new_id()
        answer = self._answers[request] = asyncio.get_running_loop().create_future()
        await self.send(iq_request(content, xmlns=xmlns, request=request))
        return await asyncio.wait_for(answer, _CLIENT_ANSWERS_S)

    async def close(self) -> None:
        """Close the socket, as a network failure would."""
        await self._socket.close(_GOING_AWAY)

    async def stream_error(self, conflict: str, *, code: str = "") -> None:
        """End the stream with a conflict (`replaced`, `device_removed`); a client already gone is fine."""
        attrs = {"code": code} if code else {}
        with contextlib.suppress(Exception):
            await self.send(Node("stream:error", attrs, [Node("conflict", {"type": conflict})]))
        self._hang_up()

    # Frames: their length, then that many bytes

    async def _frames(self) -> AsyncIterator[bytes]:
        data = (await self._socket.receive_bytes()).removeprefix(HEADER)
        while True:
            while len(data) >= (end := _LENGTH + int.from_bytes(data[:_LENGTH], "big")):
                yield data[_LENGTH:end]
                data = data[end:]
            data += await self._socket.receive_bytes()

    async def _send_frame(self, frame: bytes) -> None:
        await self._socket.send_bytes(len(frame).to_bytes(_LENGTH, "big") + frame)

    # Login

    async def _admit(self, payload: Proto) -> None:
        if payload.username:
            await self._log_in(str(payload.username), payload.device)
        elif self.world.faults.failure:
            await self._fail(self.world.faults.failure)
        else:
            await self.pairing.offer(payload)

    async def _log_in(self, number: str, device_id: int) -> None:
        faults = self.world.faults
        if faults.failure and faults.hits(number):
            await self._fail(faults.failure)
            return
        phone = self.world.phones.get(number)
        device = phone.devices.get(device_id) if phone else None
        if device is None or device.noise_key != self.client_key:
            await self._fail(LOGGED_OUT)
            return
        if faults.delay_success_s and faults.hits(number):
            await asyncio.sleep(faults.delay_success_s)
        await self._welcome(device)

    async def _welcome(self, device: LinkedDevice) -> None:
        older = self.world.online.get(device)
        if older is not None:
            await older.stream_error("replaced")
        self.device = device
        waiting = self.world.came_online(self, device)
        await self.send(Node("success", {"t": now(), "lid": device.lid, "location": "test", "props": "1"}))
        for message in waiting:
            await self.world.deliver(device, message)
        await self.send(Node("ib", {"from": SERVER}, [Node("offline", {"count": str(len(waiting))})]))

    async def _fail(self, failure: Failure) -> None:
        await self.send(Node("failure", {"location": "test", **failure}))
        self._hang_up()

    def _hang_up(self) -> None:
        """Close in a moment. The core reads stanzas and the end of the socket in different places: closing at
        once, it sometimes sees a lost network first and reconnects without having read why it was sent away.
        """
        self._hanging_up = asyncio.get_running_loop().create_task(self._close_later())

    async def _close_later(self) -> None:
        await asyncio.sleep(_TIME_TO_READ_S)
        with contextlib.suppress(Exception):  # gone by itself meanwhile
            await self._socket.close()

    # Stanzas

    async def _receive(self, node: Node) -> None:
        _log.debug("<- %s", node)
        if self.world.faults.latency_s:
            await asyncio.sleep(self.world.faults.latency_s)
        if node.tag == "iq":
            await self._receive_iq(node)
        elif self.device is None:
            return  # before login a client has nothing else to say
        elif node.tag == "message":
            await messages.receive(self, self.device, node)
        elif node.tag == "ack":
            self.world.confirmed(self.device, node.attrs.get("class", ""), node.attrs)
        elif node.tag == "receipt":
            await messages.receive_receipt(self, self.device, node)
        elif node.tag in ("presence", "chatstate"):
            messages.receive_presence(self, self.device, node)

    async def _receive_iq(self, node: Node) -> None:
        request = node.attrs.get("id", "")
        if node.attrs.get("type") not in ("get", "set"):
            answer = self._answers.pop(request, None)
            if answer is not None and not answer.done():
                answer.set_result(node)
            return
        attrs = {"from": node.attrs.get("to", SERVER), "id": request}
        try:
            content = await queries.answer(self, node)
        except queries.RefusedError as refusal:
            await self.send(Node("iq", attrs | {"type": "error"}, [refusal.node()]))
        else:
            await self.send(Node("iq", attrs | {"type": "result"}, content))

    def _give_up_waiting(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ClientGoneError("the client left before it answered"))
                answer.exception()  # retrieved: nobody may be waiting any more
        self.pairing.give_up(ClientGoneError("the client left before pairing ended"))
