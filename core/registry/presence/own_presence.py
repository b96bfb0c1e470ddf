"""What one instance shows of its account, step by step, and what it knows of its phone."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import InvalidInputError, WorkerLostError
from core.models.instance import DAY_S, PresenceMode
from core.models.worker_commands import ShowPresence
from core.models.worker_events import PhoneSeen, PresenceShown, WentOnline
from core.registry.instance_writer import InstanceWriter
from core.registry.presence import phone_silence
from core.registry.presence.owner_zone import owner_zone
from core.registry.presence.phone_silence import Listening
from core.registry.presence.schedule import PULSE_S, next_pulse, retry_wait

log = logging.getLogger(__name__)

ANSWER_S: Final = 90.0
"""A worker that has not answered by then is asked again."""
_NOTED_S: Final = 3600.0
"""While an account types all day, that it was shown is stored once in so long."""


@dataclass(frozen=True, slots=True)
class _Shown:
    available: bool
    receipts: bool


class OwnPresence:
    """Asks the worker to show the account, one step after the other.

    After each connection it is first shown as not there, so that its phone rings. Threading: the supervisor's
    only.
    """

    def __init__(
        self,
        writer: InstanceWriter,
        *,
        online: Callable[[], bool],
        send: Callable[[ShowPresence], None],
        changed: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """``online`` tells whether the instance is connected; ``changed`` is called after a change of the
        record that pages show; ``send`` may raise WorkerLostError.
        """
        self.due_at: float | None = None
        """When ``tick`` has something to do, in seconds since the epoch; None when nothing is planned."""
        self._writer = writer
        self._online = online
        self._send = send
        self._changed = changed
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        """Forget what was shown: WhatsApp does with each connection."""
        self._shown: _Shown | None = None
        self._asked_at: float | None = None
        self._failures = 0
        self._not_before = 0.0
        self._until: float | None = None
        """The end of the moment in which it is shown."""

    # -- what happens ----------------------------------------------------------------------------------------
    def paired(self) -> None:
        """Begin anew with another phone, or the same one: pairing is a sign of it."""
        now = self._clock()
        self._writer.update_record(last_shown=None, phone_silent_since=now, listened_at=now)

    def listen(self) -> None:
        """Begin to hear the phone: a connection begins. Stores that, and tells no page."""
        self._listen(phone_silence.on_connect(self._known(), now=self._clock()))

    def connected(self) -> None:
        """Show the account as not there; or as there, if it is always to be."""
        self._begin()
        self._act()

    def configured(self, mode: PresenceMode | None, receipts: bool | None) -> None:
        """Store what its owner wants, but for what is None, and show it."""
        record = self._writer.record
        self._writer.update_record(
            presence=record.presence if mode is None else mode,
            receipts=record.receipts if receipts is None else receipts,
        )
        self._changed()
        self._act()

    def tick(self) -> None:
        """Do what is due."""
        now = self._clock()
        if self.due_at is None or now < self.due_at:
            return
        if self._online():
            self._listen(phone_silence.on_listening(self._known(), now=now))
        self._act()

    def answered(self, event: PresenceShown) -> None:
        """Take the worker's answer: what is shown now, or when to ask again."""
        now, self._asked_at = self._clock(), None
        if event.error:
            self._failures += 1
            self._not_before = now + retry_wait(self._failures)
            instance = {"instance": self._writer.record.id}
            log.debug(
                "not shown, again in %.0f s: %s", retry_wait(self._failures), event.error, extra=instance
            )
        else:
            self._failures, self._not_before = 0, 0.0
            self._shown = _Shown(event.available, event.receipts)
            if event.available:
                self._until = now + PULSE_S if self._until is None else self._until
                self._note_shown(now)
            else:
                self._until = None
        self._act()

    def went_online(self, _event: WentOnline) -> None:
        """Note that the account was shown because it writes: that day needs no other showing."""
        now, last = self._clock(), self._writer.record.last_shown
        if last is None or not 0 <= now - last < _NOTED_S:
            self._note_shown(now)
        self._plan()

    def phone_seen(self, event: PhoneSeen) -> None:
        """Note a sign of the phone."""
        before = self._known()
        after = phone_silence.on_sign(before, event.at, now=self._clock())
        if after != before:
            self._listen(after)
            self._changed()

    # -- what to do ------------------------------------------------------------------------------------------
    def _act(self) -> None:
        """Ask the worker for what is not shown yet, unless it is busy or has just refused; plan the rest."""
        now = self._clock()
        if self._online() and now >= self._busy_until() and self._needs(now):
            wanted, record = self._wanted(now), self._writer.record
            self._asked_at = now
            with contextlib.suppress(WorkerLostError, InvalidInputError):  # its end is told by itself
                self._send(ShowPresence(record.id, wanted.available, wanted.receipts))
        self._plan()

    def _plan(self) -> None:
        now = self._clock()
        if not self._online():
            self.due_at = None
        elif self._needs(now) or self._asked_at is not None:
            self.due_at = max(now, self._busy_until())
        else:
            self.due_at = max(min(self._coming(now)), self._not_before)

    def _coming(self, now: float) -> list[float]:
        listened = self._writer.record.listened_at
        times = [now + DAY_S if listened is None else listened + DAY_S]
        if self._mode is not PresenceMode.NEVER:
            times.append(self._next_pulse(now))
        if self._until is not None and now < self._until:
            times.append(self._until)
        return times

    def _busy_until(self) -> float:
        return self._not_before if self._asked_at is None else self._asked_at + ANSWER_S

    def _needs(self, now: float) -> bool:
        """Return whether the worker has something to do; what is always shown is shown again each day."""
        renewed = self._mode is PresenceMode.ALWAYS and self._next_pulse(now) <= now
        return renewed or self._wanted(now) != self._shown

    def _wanted(self, now: float) -> _Shown:
        return _Shown(self._is_wanted(now), self._writer.record.receipts)

    def _is_wanted(self, now: float) -> bool:
        if self._mode is not PresenceMode.AUTOMATIC:
            return self._mode is PresenceMode.ALWAYS
        if self._shown is None:
            return False
        return now < self._until if self._until is not None else self._next_pulse(now) <= now

    @property
    def _mode(self) -> PresenceMode:
        return self._writer.record.presence

    def _next_pulse(self, now: float) -> float:
        record = self._writer.record
        return next_pulse(record.last_shown, now=now, seed=record.id, zone=owner_zone(record.phone))

    # -- what is stored --------------------------------------------------------------------------------------
    def _note_shown(self, now: float) -> None:
        self._writer.update_record(last_shown=now, listened_at=now)
        self._changed()

    def _known(self) -> Listening:
        record = self._writer.record
        return Listening(record.phone_silent_since, record.listened_at)

    def _listen(self, known: Listening) -> None:
        self._writer.update_record(phone_silent_since=known.silent_since, listened_at=known.listened_at)
