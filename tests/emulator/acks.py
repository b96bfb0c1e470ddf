"""The server's answer to a message, and everything that can go wrong with it on purpose.

A client sends its next message only after the ack of the one before (whatsmeow, send.go: `messageSendLock` is
held until the answer), so acks of one client cross each other only when one comes late: after its client gave
up, or after a later connection. Receipts may overtake an ack at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulator.nodes import Node, now
from tests.emulator.phone import LinkedDevice

if TYPE_CHECKING:
    from tests.emulator.faults import Faults
    from tests.emulator.world import World

_NOBODYS_ID = "3EB0000000000000000000"


@dataclass(slots=True)
class Acks:
    """Sends acks at once, later, more than once, or when told."""

    held: list[tuple[LinkedDevice, Node]] = field(default_factory=list)
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    async def answer(
        self, world: World, device: LinkedDevice, message_id: str, to: str, *, error: str = ""
    ) -> None:
        """Acknowledge one message, or refuse it with an error code, as the faults of the moment want it."""
        faults = world.faults if world.faults.hits(device.phone.number) else type(world.faults)()
        if faults.mute_acks:
            return
        ack = _ack(message_id, to, error or faults.ack_error)
        if faults.hold_acks:
            self.held.append((device, ack))
        elif faults.ack_delay_s:
            task = asyncio.get_running_loop().create_task(self._send_later(world, device, ack, faults))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        else:
            await _send(world, device, ack, faults)

    async def release(self, world: World, *, newest_first: bool) -> int:
        """Send what is held, to whatever connection each device has now; gives how many."""
        held, self.held = self.held, []
        for device, ack in reversed(held) if newest_first else held:
            await _send(world, device, ack, world.faults)
        return len(held)

    async def _send_later(self, world: World, device: LinkedDevice, ack: Node, faults: Faults) -> None:
        await asyncio.sleep(faults.ack_delay_s)
        await _send(world, device, ack, faults)


async def _send(world: World, device: LinkedDevice, ack: Node, faults: Faults) -> None:
    session = world.online.get(device)
    if session is None:
        return  # gone: an ack is not kept for anybody
    nodes = [ack] * (1 + faults.duplicate_acks)
    if faults.stray_acks:
        nodes.insert(0, Node(ack.tag, ack.attrs | {"id": _NOBODYS_ID}))
    with contextlib.suppress(Exception):  # it may go at any moment
        for node in nodes:
            await session.send(node)


def _ack(message_id: str, to: str, error: str) -> Node:
    attrs = {"class": "message", "id": message_id, "from": to, "t": now()}
    return Node("ack", attrs | ({"error": error} if error else {}))
