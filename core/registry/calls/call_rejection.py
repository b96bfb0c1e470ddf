"""Rejects calls to one instance while its owner wants that, and notes each in the timeline."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Final

from core.errors import InvalidInputError, WorkerLostError
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.timeline import HistoryKind
from core.registry.instance_writer import InstanceWriter

log = logging.getLogger(__name__)

FRESH_S: Final = 120.0
"""A call that began longer ago, and was told of only now, rings no more."""
NOTED_S: Final = 60.0
"""One caller's calls within so long are one entry of the timeline: who calls on and on must not fill it."""
_CALLERS: Final = 500
"""Callers of whom it is known when they were noted."""


class CallRejection:
    """Decides about each call to one account. Threading: the supervisor's only."""

    def __init__(
        self,
        writer: InstanceWriter,
        *,
        send: Callable[[RejectCall], None],
        on_rejected: Callable[[CallRejected], None],
        changed: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """``send`` may raise WorkerLostError; ``on_rejected`` must return at once.

        ``changed`` is called after a change of what pages show.
        """
        self._writer = writer
        self._send = send
        self._on_rejected = on_rejected
        self._changed = changed
        self._clock = clock
        self._noted: dict[str, float] = {}

    def configured(self, *, on: bool | None, text: str | None) -> None:
        """Store what the owner wants, but for what is None."""
        record = self._writer.record
        self._writer.update_record(
            reject_calls=record.reject_calls if on is None else on,
            reject_calls_text=record.reject_calls_text if text is None else text,
        )
        self._changed()

    def offered(self, event: CallOffered) -> None:
        """Have a call rejected, if calls are to be and it still rings."""
        if not self._writer.record.reject_calls:
            return
        ago = self._clock() - event.at
        if abs(ago) > FRESH_S:  # or this machine's clock is wrong
            log.info("call left alone: it began %.0f s ago", ago, extra={"instance": event.instance_id})
            return
        with contextlib.suppress(WorkerLostError, InvalidInputError):  # its end is told by itself
            self._send(RejectCall(event.instance_id, event.call_id))

    def rejected(self, event: CallRejected) -> None:
        """Note a call that was rejected, and pass it on: its caller may get a text."""
        now, caller = self._clock(), event.contact or event.chat
        if now - self._noted.get(caller, -NOTED_S) >= NOTED_S:
            self._noted.pop(caller, None)
            self._noted[caller] = now
            while len(self._noted) > _CALLERS:
                del self._noted[next(iter(self._noted))]
            self._writer.add_timeline_entry(HistoryKind.CALL_REJECTED, detail=event.contact)
        if self._writer.record.reject_calls_text:
            self._on_rejected(event)
