"""Changes on their way to open pages; over a WebSocket in `tests/unit/web/test_change_stream.py`."""

from __future__ import annotations

import asyncio

from core.models.topic import Topic
from core.services.state.change_bus import ChangeBus


def test_a_change_before_the_loop_runs_is_not_lost() -> None:
    """The registry may start first; what is new is given at once, and the end wakes all that wait."""
    bus = ChangeBus()
    bus.publish(Topic.STORAGE, 3)

    async def run() -> None:
        bus.bind()
        assert await bus.newer(None) == {Topic.STORAGE: 3}
        waiting = asyncio.ensure_future(bus.newer({Topic.STORAGE: 3}))
        await asyncio.sleep(0)
        bus.publish(Topic.STORAGE, 4)
        assert await asyncio.wait_for(waiting, 5) == {Topic.STORAGE: 4}
        waiting = asyncio.ensure_future(bus.newer({Topic.STORAGE: 4}))
        await asyncio.sleep(0)
        bus.close()
        assert await asyncio.wait_for(waiting, 5) == {Topic.STORAGE: 4}

    asyncio.run(run())
    assert bus.closed
