"""What an instance shows of its account, in order, over weeks; and what it stores of its phone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import WorkerLostError
from core.models.instance import DAY_S, InstanceRecord, PresenceMode
from core.models.worker_commands import ShowPresence
from core.models.worker_events import PhoneSeen, PresenceShown, WentOnline
from core.registry.instance_writer import InstanceWriter
from core.registry.presence.own_presence import ANSWER_S, OwnPresence
from core.registry.presence.schedule import FROM_HOUR, LATE_HOUR, PULSE_S

ID = "loja-k7m2xq"
BRAZIL = ZoneInfo("America/Sao_Paulo")
NOON = datetime(2026, 11, 2, 12, tzinfo=BRAZIL).timestamp()
RECORD = InstanceRecord(ID, "Loja", 1.0, wanted=True, phone="5511912345678", linked=True)


@dataclass
class Instance:
    """An instance on a clock that jumps from one thing to do to the next; its worker answers at once."""

    record: InstanceRecord = RECORD
    now: float = NOON
    online: bool = False
    named: bool = True
    """Whether the core knows what the account calls itself."""
    mute: bool = False
    """The worker does not answer."""
    asked: list[tuple[float, ShowPresence]] = field(default_factory=list)
    saved: list[InstanceRecord] = field(default_factory=list)
    changes: int = 0

    def __post_init__(self) -> None:
        self.writer = InstanceWriter(
            self.record, Path("unused"), save=self.saved.append, clock=lambda: self.now
        )
        self.presence = OwnPresence(
            self.writer,
            online=lambda: self.online,
            send=self._send,
            changed=self._changed,
            clock=lambda: self.now,
        )
        self._answers: list[PresenceShown] = []

    def _send(self, command: ShowPresence) -> None:
        self.asked.append((self.now, command))
        if not self.mute:
            error = "" if self.named else "can't send presence without PushName set"
            self._answers.append(PresenceShown(ID, command.available, command.receipts, error=error))

    def _changed(self) -> None:
        self.changes += 1

    def _settle(self) -> None:
        while self._answers:
            self.presence.answered(self._answers.pop(0))

    def connect(self) -> None:
        self.presence.listen()
        self.online = True
        self.presence.connected()
        self._settle()

    def disconnect(self) -> None:
        self.online = False

    def configure(self, mode: PresenceMode | None = None, *, receipts: bool | None = None) -> None:
        self.presence.configured(mode, receipts)
        self._settle()

    def run(self, seconds: float) -> None:
        """Let time pass, from one planned moment to the next."""
        end = self.now + seconds
        for _ in range(10_000):
            due = self.presence.due_at
            if due is None or due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            self.presence.tick()
            self._settle()
        raise AssertionError("it never comes to rest")

    def shown(self) -> list[bool]:
        return [command.available for _, command in self.asked]


@pytest.fixture
def instance() -> Instance:
    return Instance(replace(RECORD, last_shown=NOON - 60, phone_silent_since=NOON, listened_at=NOON))


def moments(instance: Instance) -> list[datetime]:
    """When it was shown as there, in the owner's time."""
    return [datetime.fromtimestamp(at, BRAZIL) for at, command in instance.asked if command.available]


def test_after_each_connection_it_is_shown_as_not_there(instance: Instance) -> None:
    """So the phone rings. Nothing is said before, between or after connections."""
    instance.run(DAY_S)
    assert instance.asked == []
    instance.connect()
    instance.disconnect()
    instance.run(DAY_S / 24)
    instance.connect()
    assert instance.asked == [
        (at, ShowPresence(ID, available=False, receipts=False)) for at in (NOON + DAY_S, instance.now)
    ]


def test_over_weeks_it_is_shown_once_a_day_for_a_moment(instance: Instance) -> None:
    """In the owner's day, at another time each day, and never for longer than a minute."""
    instance.connect()
    instance.run(28.5 * DAY_S)  # to midnight
    assert instance.shown() == [False, *[True, False] * 28]
    shown = moments(instance)
    assert [one.date() for one in shown] == [shown[0].date() + timedelta(days=day) for day in range(28)]
    assert all(FROM_HOUR <= one.hour < LATE_HOUR for one in shown)
    assert len({(one.hour, one.minute) for one in shown}) > 20
    times = [at for at, _ in instance.asked][1:]
    assert {end - begin for begin, end in zip(times[::2], times[1::2], strict=True)} == {PULSE_S}
    assert instance.writer.record.last_shown == times[-2]


def test_a_new_connection_within_the_day_shows_it_no_second_time(instance: Instance) -> None:
    """The record knows, also after a restart of the process."""
    instance.connect()
    instance.run(2.5 * DAY_S)  # to midnight
    count = len(moments(instance))
    again = Instance(instance.writer.record, now=instance.now)
    again.connect()
    again.run(3600)
    assert (count, moments(again)) == (2, [])


def test_one_that_was_never_shown_is_shown_as_soon_as_it_is_connected() -> None:
    """First as not there: that order holds."""
    instance = Instance()
    instance.connect()
    assert instance.shown() == [False, True]
    instance.run(PULSE_S)
    assert instance.shown() == [False, True, False]


@pytest.mark.parametrize("gone", [True, False])
def test_a_stop_in_the_middle_of_its_moment_ends_it(gone: bool) -> None:
    """Offline, nothing is sent; back, it is first shown as not there, and not shown again that day."""
    instance = Instance()
    instance.connect()
    instance.disconnect()
    instance.run(10.0 if not gone else DAY_S / 24)
    assert instance.shown() == [False, True]
    instance.connect()
    instance.run(600)
    assert instance.shown() == [False, True, False]


def test_a_refusal_is_retried_until_the_name_is_known() -> None:
    """The phone tells it some time after pairing; until then the core refuses. Then all goes its way."""
    instance = Instance(named=False)
    instance.connect()
    instance.run(3_600)
    times = [at - NOON for at, _ in instance.asked]
    assert times[:5] == [0, 5, 15, 35, 75]
    assert instance.shown() == [False] * len(times)
    assert len(times) < 15
    assert instance.writer.record.last_shown is None
    instance.named = True
    instance.run(900 + PULSE_S)
    assert instance.shown()[len(times) :] == [False, True, False]


def test_a_worker_that_does_not_answer_is_asked_again_in_a_while(instance: Instance) -> None:
    """Not in a loop."""
    instance.mute = True
    instance.connect()
    instance.run(3 * ANSWER_S)
    assert [at - NOON for at, _ in instance.asked] == [0, ANSWER_S, 2 * ANSWER_S, 3 * ANSWER_S]


def test_a_worker_that_has_just_died_is_no_error(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is told by itself."""

    def lost(_: ShowPresence) -> None:
        raise WorkerLostError("not-connected")

    monkeypatch.setattr(instance.presence, "_send", lost)
    instance.connect()
    assert instance.asked == []


def test_never_is_never(instance: Instance) -> None:
    """Only that it is not there is said."""
    instance.configure(PresenceMode.NEVER)
    instance.connect()
    instance.run(30 * DAY_S)
    assert instance.shown() == [False]


def test_always_is_shown_at_once_and_again_each_day(instance: Instance) -> None:
    """Nothing in between takes it back."""
    instance.configure(PresenceMode.ALWAYS)
    instance.connect()
    assert instance.shown() == [True]
    instance.run(14 * DAY_S)
    assert set(instance.shown()) == {True}
    assert 13 <= len(instance.asked) <= 15


def test_a_choice_takes_effect_at_once(instance: Instance) -> None:
    """While it is connected; what is switched off is taken back."""
    instance.connect()
    instance.configure(PresenceMode.ALWAYS)
    instance.configure(PresenceMode.NEVER)
    instance.configure(PresenceMode.ALWAYS)
    instance.run(5)
    instance.configure(PresenceMode.AUTOMATIC)
    instance.run(PULSE_S)
    assert instance.shown() == [False, True, False, True, False]
    assert instance.saved[-1].presence is PresenceMode.AUTOMATIC


def test_a_choice_while_stopped_is_stored_and_shown_later(instance: Instance) -> None:
    """And told to the pages."""
    instance.configure(PresenceMode.ALWAYS, receipts=True)
    assert (instance.asked, instance.changes) == ([], 1)
    assert (instance.saved[-1].presence, instance.saved[-1].receipts) == (PresenceMode.ALWAYS, True)
    instance.connect()
    assert instance.asked == [(NOON, ShowPresence(ID, available=True, receipts=True))]


def test_the_ticks_are_switched_while_connected(instance: Instance) -> None:
    """Without showing the account."""
    instance.connect()
    instance.configure(receipts=True)
    instance.configure(receipts=False)
    assert [(command.available, command.receipts) for _, command in instance.asked] == [
        (False, False),
        (False, True),
        (False, False),
    ]


def test_typing_counts_as_being_shown(instance: Instance) -> None:
    """That day needs no other moment. Stored once an hour at most."""
    instance.now = datetime(2026, 11, 3, 8, tzinfo=BRAZIL).timestamp()
    instance.connect()
    stored = len(instance.saved)
    for _ in range(30):
        instance.now += 60
        instance.presence.went_online(WentOnline(ID))
    assert len(instance.saved) == stored + 1
    instance.run(12 * 3600)
    assert instance.shown() == [False]
    instance.run(DAY_S)
    assert instance.shown() == [False, True, False]


def test_signs_of_the_phone_are_stored_once_an_hour(instance: Instance) -> None:
    """However many there are."""
    instance.connect()
    stored = len(instance.saved)
    for _ in range(4 * 60):
        instance.now += 60
        instance.presence.phone_seen(PhoneSeen(ID, at=instance.now))
    assert len(instance.saved) == stored + 4
    assert instance.now - (instance.writer.record.phone_silent_since or 0) < 3600


def test_a_silent_phone_is_silent_since_its_last_sign(instance: Instance) -> None:
    """What this instance does by itself is no sign of it."""
    instance.connect()
    instance.run(11 * DAY_S)
    record = instance.writer.record
    assert record.phone_silent_since == NOON
    assert record.listened_at is not None
    assert instance.now - record.listened_at <= DAY_S
    assert len(instance.saved) < 40, "a record is written a few times a day"


def test_pairing_begins_anew(instance: Instance) -> None:
    """Another phone may have scanned it."""
    instance.now += 5 * DAY_S
    instance.presence.paired()
    record = instance.writer.record
    assert (record.last_shown, record.phone_silent_since) == (None, instance.now)


def test_the_day_is_the_owners_and_not_the_machines() -> None:
    """A server in Europe must not silence a phone in Manaus at night."""
    record = replace(RECORD, phone="5592912345678", last_shown=NOON - 60, listened_at=NOON)
    instance = Instance(record)
    instance.connect()
    instance.run(7 * DAY_S)
    manaus = [one.astimezone(ZoneInfo("America/Manaus")).hour for one in moments(instance)]
    assert len(manaus) == 7
    assert all(FROM_HOUR <= hour < LATE_HOUR for hour in manaus)
    assert datetime.fromtimestamp(NOON, UTC).hour == 15
