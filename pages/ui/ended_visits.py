"""Sessions of visitors who went away: kept for as long as they may come back, then ended.

Streamlit itself drops such a session without ending it: its event loop (three descriptors here) and
what it refers to stay until the garbage collector finds them, which in a quiet process takes hours.
"""

from __future__ import annotations

import asyncio
from typing import Final

from streamlit.runtime import memory_session_storage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo

_LATER_S: Final = 0.5
"""After its time: a clock that is read twice must not find it alive."""


class EndedVisits(MemorySessionStorage):
    """What Streamlit keeps of visitors who went away. Threading: ``save`` on the event loop only."""

    def __init__(self, maxsize: int = 128, ttl_seconds: int = 120) -> None:
        super().__init__(maxsize, ttl_seconds)
        self._ttl_s = ttl_seconds
        self._kept: dict[str, SessionInfo] = {}

    def save(self, session_info: SessionInfo) -> None:
        """Keep a session, and end it when its time is over or there are too many."""
        super().save(session_info)
        self._kept[session_info.session.id] = session_info
        self._end_dropped()
        asyncio.get_running_loop().call_later(self._ttl_s + _LATER_S, self._end_dropped)

    def delete(self, session_id: str) -> None:
        """Forget a session: its visitor is back, or it is ended by who asked."""
        super().delete(session_id)
        self._kept.pop(session_id, None)

    def _end_dropped(self) -> None:
        """End the sessions that no visitor can come back to."""
        self._cache.expire()  # type: ignore[attr-defined]  # else it holds them until the next visitor goes
        alive = {info.session.id for info in self.list()}
        for session_id in self._kept.keys() - alive:
            self._kept.pop(session_id).session.shutdown()


def end_visits_in_time() -> None:
    """Have Streamlit keep its sessions so. To be called before it makes its runtime; it offers no setting."""
    memory_session_storage.MemorySessionStorage = EndedVisits  # type: ignore[misc]
