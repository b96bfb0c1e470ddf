"""The self-test once a day, of the instances whose owner wants it: at a random time, in a quiet moment."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import AppError
from core.models.health.sending import DAILY_TEST
from core.models.instance import InstanceState, InstanceView

log = logging.getLogger(__name__)

DAY_S: Final = 86_400.0
QUIET_S: Final = 600.0
"""Without a message sent or received for so long, no conversation is under way."""
LONGEST_WAIT_S: Final = 6 * 3600.0
"""For a quiet moment; an account that is never quiet is tested all the same."""
SETTLED_S: Final = 60.0
"""A connection is tested once it has lasted so long."""


def request_id(day: int) -> str:
    """Return the request id of the test of that day (since the epoch, UTC): it is never sent twice."""
    return f"{DAILY_TEST}{day}"


def due_at(instance_id: str, day: int) -> float:
    """Return when the test of that day is due, in seconds since the epoch.

    Random, and another time each day; the same after a restart, since nothing of it is stored.
    """
    drawn = hashlib.sha256(f"{instance_id} {day}".encode()).digest()
    return (day + int.from_bytes(drawn[:4], "big") / 2**32) * DAY_S


def day_of_last_due(instance_id: str, now: float) -> int:
    """Return the day whose test was the last to become due."""
    day = int(now // DAY_S)
    return day if due_at(instance_id, day) <= now else day - 1


def is_due(view: InstanceView, *, talked_at: float, now: float) -> bool:
    """Return whether the instance is to be tested now.

    ``talked_at``: when a message was last sent or received; 0 for never. Times are in seconds since the
    epoch. Only while it is connected, and once for each time that is due; a test on a press counts too.
    """
    health = view.sending
    due = due_at(view.id, day_of_last_due(view.id, now))
    tested_at = health.self_test.at if health.self_test else 0.0
    if not health.daily_since or due <= max(health.daily_since, tested_at):
        return False
    connected = view.state is InstanceState.CONNECTED and now - view.since >= SETTLED_S
    quiet = now - talked_at >= QUIET_S or now - due >= LONGEST_WAIT_S
    return connected and bool(view.phone) and quiet


class DailyTests:
    """Sends the tests that are due. Threading: one thread at a time."""

    def __init__(
        self,
        *,
        views: Callable[[], Sequence[InstanceView]],
        talked_at: Callable[[str], float],
        send: Callable[[InstanceView, str], object],
        clock: Callable[[], float],
    ) -> None:
        """``send`` gets the instance and the request id, and returns before the answer is there."""
        self._views = views
        self._talked_at = talked_at
        self._send = send
        self._clock = clock

    def run_due(self) -> None:
        """Send each test that is due; one that cannot be sent is tried again with the next call."""
        for view in self._views():
            if not view.sending.daily_since:
                continue
            now = self._clock()
            if is_due(view, talked_at=self._talked_at(view.id), now=now):
                try:
                    self._send(view, request_id(day_of_last_due(view.id, now)))
                except AppError as error:
                    log.warning("no daily test: %s", error.code, extra={"instance": view.id})
