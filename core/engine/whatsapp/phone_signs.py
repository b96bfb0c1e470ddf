"""Signs of life of the phone itself: what it writes, reads or confirms, as its linked devices hear of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from core.engine.whatsapp.event_translation import seconds_of
from core.engine.whatsapp.neonize_types import Source
from core.models.worker_events import PhoneSeen

_PHONE: Final = 0
"""The device that is the phone itself. Source: whatsmeow, types/jid.go."""
_EVERY_S: Final = 600.0
"""What is seen of the phone within so long after the last sign is not worth telling."""


class PhoneSigns:
    """Reports when the phone of one account was last seen. Threading: safe from any thread."""

    def __init__(
        self,
        instance_id: str,
        *,
        emit: Callable[[PhoneSeen], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._id = instance_id
        self._emit = emit
        self._clock = clock
        self._last = 0.0

    def look(self, source: Source, timestamp: int) -> None:
        """Report the phone as seen at ``timestamp``, as WhatsApp gives it, if ``source`` is the phone.

        What waited while this device was away is of the time when the phone did it, not of now.
        """
        if not source.IsFromMe or source.Sender.Device != _PHONE or not source.Sender.User:
            return
        at = min(seconds_of(timestamp), self._clock())
        if at - self._last >= _EVERY_S:
            self._last = at
            self._emit(PhoneSeen(self._id, at=at))
