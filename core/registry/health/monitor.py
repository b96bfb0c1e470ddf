"""Follows the health of one instance: its light, failing sends and self-tests; notes what begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from core.messages.outbox import Outbox
from core.models.health.sending import (
    Ban,
    Restriction,
    RestrictionLight,
    SelfTest,
    SelfTestStep,
    SendingHealth,
    SendingTrouble,
)
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage
from core.models.timeline import HistoryKind
from core.registry.commands import AllowNewContacts, HealthCommand, SendGivenUp, SetDailyTest
from core.registry.health import restriction, self_test, trouble
from core.registry.instance_writer import InstanceWriter
from core.registry.lifecycle import BANNED, BANNED_AGAIN, Status

_BANS: Final = frozenset({BANNED, BANNED_AGAIN})
_SETTLED: Final = frozenset({SelfTestStep.PASSED, SelfTestStep.NOT_SENT})
"""A late answer may still change the others."""
_LATE_S: Final = 600.0
"""From then on such an answer is found with the next look, and not at once."""
LOOK_S: Final = 5.0
"""Between two looks at a health that may become another without an event, by time alone."""
_LATELY_S: Final = max(restriction.PAUSE_S, trouble.WINDOW_S)
"""So long a send that failed says something of now."""
_NOT_SENT: Final = frozenset({SendState.FAILED, SendState.UNCERTAIN})


class HealthMonitor:
    """Reads the health of an instance from its sends, its bans and its record.

    Threading: the supervisor's only.
    """

    def __init__(self, writer: InstanceWriter, outbox: Outbox, *, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._outbox = outbox
        self._clock = clock
        self._loaded = False
        """Whether the sends may be read: an instance that never connected costs no look at the disk."""
        self.health = SendingHealth(
            restriction=self._restriction(()),
            self_test=writer.record.self_test,
            daily_since=writer.record.daily_test,
        )
        """As of the last ``observe``."""
        self._look_at: float | None = clock()

    @property
    def due_at(self) -> float | None:
        """Return when to ``observe`` next though nothing happens, in seconds since the epoch.

        None while all is well: then only an event can change that, and an instance at rest costs nothing.
        """
        return self._look_at

    @property
    def is_due(self) -> bool:
        """Return whether that moment has come."""
        return self._look_at is not None and self._clock() >= self._look_at

    @property
    def is_open(self) -> bool:
        """Return whether a message that gets through, or a receipt, would change something."""
        test = self.health.self_test
        return bool(
            self.health.trouble
            or self.health.restriction.light
            or (test is not None and test.step not in _SETTLED and self._clock() - test.at < _LATE_S)
        )

    def observe(self, status: Status, *, ban_code: int = 0) -> SendingHealth:
        """Return the health now; note in record and timeline what began and ended since the last call.

        ``ban_code``: cause of the ban that has just put the instance into ``status``.
        """
        self._follow_ban(status, ban_code)
        connected = status.state is InstanceState.CONNECTED
        self._loaded = self._loaded or connected
        sends = self._outbox.recent(self._writer.record.id) if self._loaded else ()
        before = self.health
        self.health = SendingHealth(
            trouble=self._trouble(sends, status) if connected else None,
            restriction=self._restriction(sends),
            self_test=self._self_test(sends),
            daily_since=self._writer.record.daily_test,
        )
        self._note_restriction(before.restriction)
        if connected:
            self._note_trouble(before.trouble)
        self._look_at = None if self._is_calm(sends) else self._clock() + LOOK_S
        return self.health

    def handle(self, command: HealthCommand) -> None:
        """Store what the owner wants, if it is that; ``observe`` shows it."""
        match command:
            case SendGivenUp():
                pass  # the outbox has it
            case AllowNewContacts():
                self._writer.update_record(new_contacts_allowed=self._clock())
            case SetDailyTest():
                if command.on != bool(self._writer.record.daily_test):
                    self._writer.update_record(daily_test=self._clock() if command.on else 0.0)
            case _:
                assert_never(command)

    # -- bans ------------------------------------------------------------------------------------------------
    def _follow_ban(self, status: Status, code: int) -> None:
        ban = self._writer.record.ban
        if status.reason in _BANS:
            if ban is None or ban.lifted_at is not None or ban.phone != status.phone:
                ban = Ban(status.since, status.phone)
            # Told again, after a restart or a try too early, it is the same one with a newer end.
            until = _seconds(status.detail)
            ban = replace(ban, until=ban.until if until is None else until, code=code or ban.code)
            self._writer.update_record(ban=ban)
        elif status.state is InstanceState.CONNECTED and ban is not None and ban.lifted_at is None:
            self._writer.update_record(ban=replace(ban, lifted_at=self._clock()))

    def _is_calm(self, sends: tuple[SentMessage, ...]) -> bool:
        """Return whether time alone changes nothing: nothing is told, and nothing failed lately."""
        health, now = self.health, self._clock()
        told = health.trouble or health.restriction.light or health.restriction.paused_until
        test = health.self_test
        if told or (test is not None and test.step not in _SETTLED):
            return False
        return not any(
            send.state in _NOT_SENT and now - (send.settled_at or now) < _LATELY_S for send in sends
        )

    # -- what is known now -----------------------------------------------------------------------------------
    def _restriction(self, sends: tuple[SentMessage, ...]) -> Restriction:
        record = self._writer.record
        if not self._loaded and record.restricted_since:
            return Restriction(RestrictionLight.SUSPECTED, since=record.restricted_since)
        assessed = restriction.assess(
            sends,
            phone=record.phone,
            ban=record.ban,
            allowed_at=record.new_contacts_allowed,
            now=self._clock(),
        )
        if assessed.light is RestrictionLight.SUSPECTED and record.restricted_since:
            # Older refusals drop out of what is looked at; it began when it was first told.
            return replace(assessed, since=record.restricted_since)
        return assessed

    def _trouble(self, sends: tuple[SentMessage, ...], status: Status) -> SendingTrouble | None:
        return trouble.find(sends, phone=status.phone, connected_at=status.since, now=self._clock())

    def _self_test(self, sends: tuple[SentMessage, ...]) -> SelfTest | None:
        stored, send = self._writer.record.self_test, self_test.newest(sends)
        if send is None or (
            stored is not None
            and (send.created_at < stored.at or (send.created_at == stored.at and stored.step in _SETTLED))
        ):
            return stored
        judged = self_test.judge(send, now=self._clock())
        if judged.step.ended and judged != stored:
            self._writer.update_record(self_test=judged)
            self._writer.add_timeline_entry(HistoryKind.SELF_TEST, reason=judged.step)
        return judged

    # -- the timeline ----------------------------------------------------------------------------------------
    def _note_restriction(self, before: Restriction) -> None:
        now, stored = self.health.restriction, self._writer.record.restricted_since
        if now.light is RestrictionLight.SUSPECTED and not stored:
            self._writer.update_record(restricted_since=now.since)
            self._writer.add_timeline_entry(HistoryKind.RESTRICTION_BEGAN, reason=now.light)
        elif now.light is not RestrictionLight.SUSPECTED and stored and self._loaded:
            self._writer.update_record(restricted_since=0.0)
            self._writer.add_timeline_entry(HistoryKind.RESTRICTION_ENDED, reason=RestrictionLight.SUSPECTED)
        if before.light is RestrictionLight.BANNED and now.light is not RestrictionLight.BANNED:
            self._writer.add_timeline_entry(HistoryKind.RESTRICTION_ENDED, reason=RestrictionLight.BANNED)

    def _note_trouble(self, before: SendingTrouble | None) -> None:
        now = self.health.trouble
        if now is not None and before is None:
            self._writer.add_timeline_entry(HistoryKind.SENDING_FAILS, reason=now.reason)
        elif now is None and before is not None:
            self._writer.add_timeline_entry(HistoryKind.SENDING_WORKS)


def _seconds(moment: str) -> float | None:
    """Return an ISO 8601 time in seconds since the epoch; None for anything else."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None
