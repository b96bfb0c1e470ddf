"""Who is typing or recording in which chat: in memory only, and only for some seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from core.models.messages import Activity
from core.models.worker_events import Typing

LASTS_S: Final = 15.0
"""Without another word, the other side is taken to have stopped."""
_CHATS: Final = 200
"""Of one instance; those that were heard of last."""


@dataclass(frozen=True, slots=True)
class _Seen:
    doing: Activity
    until: float


class TypingMemory:
    """What the other sides of all instances are doing now. Threading: safe from any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, _Seen]] = {}

    def handle_event(self, event: Typing) -> bool:
        """Take in what the other side does; return whether a page shows something else now."""
        with self._lock:
            chats = self._seen.setdefault(event.instance_id, {})
            before = [self._doing(chats.pop(address, None)) for address in _addresses(event)]
            if event.doing:
                seen = _Seen(event.doing, self._clock() + LASTS_S)
                chats.update(dict.fromkeys(_addresses(event), seen))
            while len(chats) > 2 * _CHATS:
                del chats[next(iter(chats))]
            return before[0] is not event.doing

    def forget(self, instance_id: str) -> bool:
        """Forget all about an instance whose worker is gone; return whether there was anything."""
        with self._lock:
            return bool(self._seen.pop(instance_id, None))

    def expire(self, instance_id: str) -> bool:
        """Forget what is too long ago; return whether there was anything."""
        with self._lock:
            chats = self._seen.get(instance_id, {})
            gone = [address for address, seen in chats.items() if seen.until <= self._clock()]
            for address in gone:
                del chats[address]
            return bool(gone)

    def time_left(self, instance_id: str) -> float | None:
        """Return the seconds until ``expire`` has something to do; None while nothing is known."""
        with self._lock:
            chats = self._seen.get(instance_id)
            return max(0.0, min(seen.until for seen in chats.values()) - self._clock()) if chats else None

    def find(self, instance_id: str, addresses: Collection[str]) -> Activity:
        """Return what the person or the group with one of these addresses does now."""
        with self._lock:
            chats = self._seen.get(instance_id, {})
            return next(
                (doing for one in addresses if (doing := self._doing(chats.get(one)))), Activity.NOTHING
            )

    def _doing(self, seen: _Seen | None) -> Activity:
        return seen.doing if seen is not None and seen.until > self._clock() else Activity.NOTHING


def _addresses(event: Typing) -> tuple[str, ...]:
    return (event.chat, event.contact) if event.contact else (event.chat,)
