"""What is followed of one instance: each beginning and end is noted once, and survives a restart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from core.messages.outbox import Outbox
from core.models.health.sending import RestrictionLight, SelfTestStep, SendingHealth
from core.models.instance import InstanceRecord, InstanceState
from core.models.messages import SendState, SentMessage, Tick
from core.models.worker_events import Receipt
from core.registry.commands import AllowNewContacts, SetDailyTest
from core.registry.health.monitor import LOOK_S, HealthMonitor
from core.registry.health.restriction import PAUSE_S
from core.registry.health.self_test import RETURN_S
from core.registry.instance_writer import InstanceWriter
from core.registry.lifecycle import Status
from core.store import timeline
from core.store.instance_file import create_folder, read_record, write_record
from tests.unit.registry.health.sends import KNOWN, NOW, PHONE, new_person, send

ID: Final = "loja-k7m2xq"
S = InstanceState
UP: Final = Status(S.CONNECTED, since=NOW - 3600, linked=True, phone=PHONE)
BANNED: Final = Status(
    S.FAILED,
    since=NOW,
    reason="wa-temporary-ban",
    detail="2023-11-15T00:13:20+00:00",
    linked=True,
    phone=PHONE,
)
"""Two hours from NOW."""


@dataclass
class House:
    """An instance on a disk; ``restart`` gives what a new process makes of it."""

    auth_dir: Path
    now: float = NOW
    status: Status = UP

    def restart(self) -> None:
        """Open what is on the disk."""
        self.outbox = Outbox(clock=lambda: self.now, folder_of=self.auth_dir.joinpath)
        self.writer = InstanceWriter(
            read_record(self.auth_dir, ID),
            self.auth_dir / ID,
            save=lambda record: write_record(self.auth_dir, record),
            clock=lambda: self.now,
        )
        self.monitor = HealthMonitor(self.writer, self.outbox, clock=lambda: self.now)

    def look(self, *, ban_code: int = 0) -> SendingHealth:
        health = self.monitor.observe(self.status, ban_code=ban_code)
        self.writer.flush_timeline()
        return health

    def take(self, message: SentMessage) -> str:
        """Write a send down as it is before its answer."""
        new = send(
            message.to,
            at=0,
            request_id=message.request_id,
            stranger=message.stranger,
            state=SendState.SENDING,
            settled_at=None,
            created_at=self.now,
        )
        self.outbox.record(new)
        return new.request_id

    def send(self, to: str, *, reason: str = "", request_id: str = "") -> str:
        """Send, and settle it now."""
        given = {"request_id": request_id} if request_id else {}
        planned = send(to, at=0, reason=reason, **given)
        key = self.take(planned)
        self.outbox.set_outcome(ID, key, planned.state, reason=reason, message_id=f"3E{key}")
        self.outbox.flush(ID)
        return key

    def told(self) -> list[tuple[str, str]]:
        """The timeline, oldest first."""
        entries = timeline.entries(self.auth_dir / ID, limit=50)
        return [(one.kind.value, one.reason) for one in reversed(entries)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    create_folder(tmp_path, InstanceRecord(ID, "Loja", 1.0, wanted=True, phone=PHONE, linked=True))
    made = House(tmp_path)
    made.restart()
    return made


def suspect(house: House) -> None:
    """What makes a suspicion."""
    for number in (1, 2):
        house.send(new_person(number), reason="wa-error-463")
        house.now += 10
    house.send(KNOWN)


def test_a_suspicion_is_noted_once_and_outlives_the_process(house: House) -> None:
    """With the time at which it began; it ends with a new person who is reached."""
    suspect(house)
    assert house.look().restriction.light is RestrictionLight.SUSPECTED
    since = house.look().restriction.since
    house.restart()
    assert house.monitor.health.restriction.light is RestrictionLight.SUSPECTED
    house.now += 60
    assert house.look().restriction.since == since
    assert house.told() == [("restriction_began", "suspected")]
    house.send(new_person(3))
    assert not house.look().restriction.light
    house.look()
    assert house.told()[1:] == [("restriction_ended", "suspected")]
    house.restart()
    assert not house.monitor.health.restriction.light


def test_a_stopped_instance_costs_no_look_at_its_sends(house: House) -> None:
    """What was stored is shown until it connects."""
    suspect(house)
    house.look()
    house.restart()
    house.status = Status(S.STOPPED, since=NOW, linked=True, phone=PHONE)
    assert house.look().restriction.light is RestrictionLight.SUSPECTED
    assert house.outbox.unwritten(ID) == 0
    house.status = UP
    assert house.look().restriction.refused == 2


def test_the_press_that_ends_a_pause_is_stored(house: House) -> None:
    """The next refusal pauses again."""
    suspect(house)
    assert house.look().restriction.paused_until
    house.now += 1
    house.monitor.handle(AllowNewContacts())
    assert house.look().restriction.paused_until is None
    house.restart()
    assert house.look().restriction.paused_until is None
    house.now += 1
    house.send(new_person(3), reason="wa-error-463")
    assert house.look().restriction.paused_until == house.now + PAUSE_S


def test_a_ban_is_remembered_until_the_account_connects(house: House) -> None:
    """With its end and its cause, also over a restart; then new people wait for a day."""
    house.status = BANNED
    known = house.look(ban_code=2).restriction
    assert (known.light, known.since, known.until, known.code) == (
        RestrictionLight.BANNED,
        NOW,
        NOW + 7200,
        2,
    )
    house.restart()
    house.status = Status(S.STARTING, since=NOW + 60, linked=True, phone=PHONE)
    assert house.look().restriction.light is RestrictionLight.BANNED
    house.status = replace(BANNED, since=NOW + 70, detail="2023-11-15T00:15:00+00:00")
    again = house.look().restriction
    assert (again.since, again.until, again.code) == (NOW, NOW + 7300, 2)
    house.now, house.status = NOW + 7300, Status(S.CONNECTED, since=NOW + 7300, linked=True, phone=PHONE)
    over = house.look().restriction
    assert (over.light, over.paused_until) == (RestrictionLight.NONE, NOW + 7300 + PAUSE_S)
    assert house.told() == [("restriction_ended", "banned")]


def test_a_connection_that_does_not_send_is_noted_with_its_end(house: House) -> None:
    """A message that gets through ends it; a connection that is gone says nothing of it."""
    for _ in range(3):
        house.send(KNOWN, reason="send-timeout")
    trouble = house.look().trouble
    assert trouble is not None
    assert (trouble.failures, trouble.reason) == (3, "send-timeout")
    house.look()
    assert house.monitor.is_open
    house.now += 1
    house.send(KNOWN)
    assert house.look().trouble is None
    assert house.told() == [("sending_fails", "send-timeout"), ("sending_works", "")]
    house.send(KNOWN, reason="send-timeout")
    house.status = Status(S.RECONNECTING, since=house.now, linked=True, phone=PHONE)
    assert house.look().trouble is None


def test_a_test_is_followed_to_its_end_and_stored(house: House) -> None:
    """Each step is seen; the end is in the record, and once in the timeline."""
    key = house.take(send(PHONE, at=0, request_id="self-test-1"))
    steps = [house.look().self_test]
    assert house.monitor.is_open
    house.now += 0.25
    house.outbox.set_outcome(ID, key, SendState.SENT, message_id="3EB0")
    steps.append(house.look().self_test)
    house.now += 0.25
    house.outbox.handle_event(Receipt(ID, "3EB0", (PHONE,), tick=Tick.DELIVERED, at=NOW))
    steps.append(house.look().self_test)
    house.outbox.flush(ID)
    assert [one.step for one in steps if one] == [
        SelfTestStep.SENDING,
        SelfTestStep.RETURNING,
        SelfTestStep.PASSED,
    ]
    assert not house.monitor.is_open
    passed = steps[-1]
    assert passed is not None
    assert (passed.accepted_s, passed.returned_s) == (0.25, 0.5)
    house.now += 3600
    assert house.look().self_test == passed
    house.restart()
    assert house.monitor.health.self_test == passed
    assert house.look().self_test == passed
    assert house.told() == [("self_test", "passed")]


def test_a_late_confirmation_still_passes_a_test(house: House) -> None:
    """First it is said that the phone is silent, then that it confirmed it."""
    key = house.take(send(PHONE, at=0, request_id="self-test-1"))
    house.outbox.set_outcome(ID, key, SendState.SENT, message_id="3EB0")
    house.now += RETURN_S
    first = house.look().self_test
    assert first is not None
    assert first.step is SelfTestStep.NO_RETURN
    house.outbox.handle_event(Receipt(ID, "3EB0", (PHONE,), tick=Tick.DELIVERED, at=NOW))
    last = house.look().self_test
    assert last is not None
    assert last.step is SelfTestStep.PASSED
    assert house.told() == [("self_test", "no-return"), ("self_test", "passed")]


def test_a_failed_test_is_trouble_at_once(house: House) -> None:
    """The own number is always there; nothing else explains it."""
    house.send(PHONE, reason="send-timeout", request_id="self-test-1")
    health = house.look()
    assert health.self_test is not None
    assert health.self_test.step is SelfTestStep.NO_ANSWER
    assert health.trouble is not None


def test_the_daily_test_is_kept_with_the_instance(house: House) -> None:
    """Since when it is wanted; switching it on again does not begin anew."""
    house.monitor.handle(SetDailyTest(on=True))
    house.now += 60
    house.monitor.handle(SetDailyTest(on=True))
    assert house.look().daily_since == NOW
    house.restart()
    assert house.monitor.health.daily_since == NOW
    house.monitor.handle(SetDailyTest(on=False))
    assert house.look().daily_since == 0


def test_an_instance_at_rest_is_never_looked_at(house: House) -> None:
    """Once it was, and while all that it sent went out: then only an event can change its health."""
    assert house.monitor.is_due, "what was stored may be over by now"
    house.send(KNOWN)
    house.look()
    assert house.monitor.due_at is None
    house.now += 10 * PAUSE_S
    assert not house.monitor.is_due


@pytest.mark.parametrize("reason", ["wa-error-463", "send-timeout", "wa-error-500"])
def test_what_failed_is_followed_for_as_long_as_it_says_anything(house: House, reason: str) -> None:
    """A look every few seconds: what begins or ends by time alone is found."""
    house.send(KNOWN, reason=reason)
    house.look()
    assert house.monitor.due_at == house.now + LOOK_S
    assert not house.monitor.is_due
    house.now += LOOK_S
    assert house.monitor.is_due
    house.now += PAUSE_S
    house.look()
    assert house.monitor.due_at is None


def test_a_test_is_followed_until_it_came_back_or_will_not(house: House) -> None:
    """That nothing came back is told by the clock alone."""
    house.send(PHONE, request_id="self-test-1")
    house.look()
    house.now += RETURN_S
    assert house.monitor.is_due
    found = house.look().self_test
    assert found is not None
    assert found.step is SelfTestStep.NO_RETURN
    assert house.monitor.due_at is not None, "its confirmation may still come"


@pytest.mark.parametrize("status", [UP, BANNED])
def test_a_ban_is_followed_until_its_pause_is_over(house: House, status: Status) -> None:
    """Also one that has ended: new people are left alone for a while."""
    house.status = BANNED
    house.look(ban_code=101)
    house.status = status
    house.look()
    assert house.monitor.due_at == house.now + LOOK_S
