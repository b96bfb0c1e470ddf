"""What was sent by hand since the process started, and what became of it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core.models.events import TextFailed, TextSent, WorkerEvent
from core.models.message import SendState, SentMessage

KEPT_PER_INSTANCE: Final = 200
Admit = Callable[[tuple[SentMessage, ...]], None]
"""Is given the sends so far, newest first; raises when another one is too much. Must return at once."""
_OPEN: Final = frozenset({SendState.SENDING, SendState.UNCERTAIN})


class Outbox:
    """Sends by instance, newest last, the last 200 each.

    Threading: safe from any thread; the lock is held for the look-up only, ``wait`` releases it.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._settled = threading.Condition()
        self._sends: dict[str, deque[SentMessage]] = {}

    def open(self, message: SentMessage, *, admit: Admit = lambda _: None) -> tuple[SentMessage, bool]:
        """Take a send in. A request id seen before gives back the send it stands for, and False.

        ``admit`` sees the instance's sends before it, and may raise: no other send gets in between.
        """
        with self._settled:
            sends = self._sends.setdefault(message.instance_id, deque(maxlen=KEPT_PER_INSTANCE))
            for known in sends:
                if known.request_id == message.request_id:
                    return known, False
            admit(tuple(reversed(sends)))
            sends.append(message)
            return message, True

    def settle(
        self, instance_id: str, request_id: str, state: SendState, *, reason: str = "", message_id: str = ""
    ) -> None:
        """Say what became of a send. A late answer settles an uncertain one; a settled one stays as it is."""
        with self._settled:
            sends = self._sends.get(instance_id, deque())
            for position, known in enumerate(sends):
                if known.request_id == request_id and known.state in _OPEN:
                    sends[position] = replace(
                        known, state=state, reason=reason, message_id=message_id, settled_at=self._clock()
                    )
            self._settled.notify_all()

    def hear(self, event: WorkerEvent) -> bool:
        """Settle what a worker answered. False when the event is no answer to a send."""
        match event:
            case TextSent():
                self.settle(event.instance_id, event.request_id, SendState.SENT, message_id=event.message_id)
            case TextFailed():
                state = SendState.UNCERTAIN if event.reason == "send-timeout" else SendState.FAILED
                self.settle(event.instance_id, event.request_id, state, reason=event.reason)
            case _:
                return False
        return True

    def worker_lost(self, instance_id: str) -> None:
        """Nobody will answer for the open sends of this instance any more."""
        for message in self.recent(instance_id):
            if message.state is SendState.SENDING:
                self.settle(instance_id, message.request_id, SendState.UNCERTAIN, reason="worker-lost")

    def wait(self, instance_id: str, request_id: str, *, timeout: float) -> SentMessage:
        """The send once settled, or after ``timeout`` seconds as uncertain. Raises KeyError if unknown."""

        def current() -> SentMessage:
            for known in self._sends.get(instance_id, ()):
                if known.request_id == request_id:
                    return known
            raise KeyError(request_id)

        with self._settled:
            settled = self._settled.wait_for(lambda: current().state is not SendState.SENDING, timeout)
        if not settled:
            self.settle(instance_id, request_id, SendState.UNCERTAIN, reason="send-timeout")
        with self._settled:
            return current()

    def recent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """Newest first."""
        with self._settled:
            return tuple(reversed(self._sends.get(instance_id, ())))
