"""Incidents over time: one message each, a reminder a day, never a flood."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from core.alerts.incidents import DAY_S, GAP_S, STEADY_MOST_S, STEADY_S, Watch, advance
from core.models.alerts.incidents import Condition, Incident, Notice, NoticeKind, Sign, Trouble

OFFLINE_S = 300.0
WELL = Sign("loja", "Loja", Condition.WELL)
LEFT = Sign("loja", "Loja", Condition.LEFT)
TENDED = Sign("loja", "Loja", Condition.TENDED)


def trouble(kind: Trouble, subject: str = "loja", name: str = "Loja") -> Sign:
    return Sign(subject, name, Condition.TROUBLED, kind)


class Time:
    """Looks one after another, and what they tell."""

    def __init__(self, watch: Watch | None = None, *, now: float = 1_800_000_000.0) -> None:
        self.watch = watch or Watch()
        self.now = now
        self.notices: list[Notice] = []
        self.incidents: dict[str, Incident] = {}
        self._ids: Iterator[int] = count()

    def pass_with(self, *signs: Sign, seconds: float = 0.0, step: float = 10.0) -> list[NoticeKind]:
        """Look now and every `step` seconds until `seconds` have passed; the kinds of notices meanwhile."""
        before, end = len(self.notices), self.now + seconds
        while True:
            result = advance(
                self.watch, signs, now=self.now, offline_s=OFFLINE_S, new_id=lambda: f"id-{next(self._ids)}"
            )
            self.watch = result.watch
            self.notices += result.notices
            self.incidents |= {each.id: each for each in result.changed}
            if self.now + step > end:
                return [each.kind for each in self.notices[before:]]
            self.now += step


def test_it_is_told_once_and_once_that_all_is_well() -> None:
    """However long it lasts within a day, and only when it has been well for a minute."""
    time = Time()
    assert time.pass_with(WELL, seconds=600) == []
    assert time.pass_with(trouble(Trouble.LOGGED_OUT), seconds=3_600) == [NoticeKind.OPENED]
    assert time.pass_with(WELL, seconds=STEADY_S - 10) == []
    assert time.pass_with(WELL, seconds=3_600) == [NoticeKind.CLOSED]
    assert time.notices[0].incident_id == time.notices[1].incident_id
    (incident,) = time.incidents.values()
    assert incident.closed_at is not None
    assert not time.watch.open


def test_offline_counts_after_the_minutes_of_its_owner() -> None:
    """Not a second before; a short drop is nobody's business."""
    time = Time()
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=OFFLINE_S - 10) == []
    assert time.pass_with(WELL, seconds=60) == []
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=OFFLINE_S - 10) == []
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=20) == [NoticeKind.OPENED]


def test_a_reminder_a_day() -> None:
    """A week of it is one message and seven reminders."""
    time = Time()
    kinds = time.pass_with(trouble(Trouble.FAILED), seconds=7 * DAY_S + 60, step=30)
    assert kinds == [NoticeKind.OPENED] + [NoticeKind.REMINDER] * 7


def test_only_worse_is_told_within_one_incident() -> None:
    """From offline to logged out is news; from there back to offline while it is mended is not."""
    time = Time()
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=600) == [NoticeKind.OPENED]
    assert time.pass_with(trouble(Trouble.LOGGED_OUT), seconds=600) == [NoticeKind.WORSE]
    assert time.pass_with(TENDED, seconds=600) == []
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=600) == []
    assert time.pass_with(WELL, seconds=600) == [NoticeKind.CLOSED]
    assert len(time.incidents) == 1


def test_what_becomes_less_bad_says_so_and_is_not_told_anew() -> None:
    """A backup that failed is made without one instance, then fails again: one message until it is complete.

    The reminder tells what is true by then, and the last message is about what was told first.
    """
    time = Time()
    assert time.pass_with(trouble(Trouble.BACKUP, name=""), seconds=600) == [NoticeKind.OPENED]
    for names in ("Loja", "Loja, Balcão"):
        assert time.pass_with(trouble(Trouble.BACKUP_INSTANCES, name=names), seconds=600) == []
        (incident,) = time.watch.open.values()
        assert (incident.trouble, incident.name) == (Trouble.BACKUP_INSTANCES, names)
        assert time.incidents[incident.id] == incident
    assert time.pass_with(trouble(Trouble.BACKUP, name=""), seconds=600) == []
    (incident,) = time.watch.open.values()
    assert (incident.trouble, incident.name) == (Trouble.BACKUP, "")
    missing = trouble(Trouble.BACKUP_HISTORY, name="Loja")
    assert time.pass_with(missing, seconds=DAY_S) == [NoticeKind.REMINDER]
    assert (time.notices[-1].trouble, time.notices[-1].name) == (Trouble.BACKUP_HISTORY, "Loja")
    well = Sign("loja", "", Condition.WELL)
    assert time.pass_with(well, seconds=600) == [NoticeKind.CLOSED]
    assert time.notices[-1].trouble is Trouble.BACKUP


def test_what_was_told_ends_though_something_less_bad_stayed_longer() -> None:
    """Its reader waits to hear that messages get out again."""
    time = Time()
    time.pass_with(trouble(Trouble.CANNOT_SEND), seconds=60)
    time.pass_with(trouble(Trouble.PHONE_SILENT), seconds=600)
    assert time.pass_with(WELL, seconds=600) == [NoticeKind.CLOSED]
    assert time.notices[-1].trouble is Trouble.CANNOT_SEND


def test_what_its_owner_ends_ends_without_a_word() -> None:
    """Stopped by hand, or deleted: nobody has to be told of that."""
    time = Time()
    time.pass_with(trouble(Trouble.FAILED))
    assert time.pass_with(LEFT) == []
    assert not time.watch.open
    time.pass_with(trouble(Trouble.FAILED))
    assert time.pass_with() == []
    assert not time.watch.open


def test_coming_and_going_does_not_flood() -> None:
    """A day of two minutes up, six minutes down: each time it has to stay up for longer."""
    time = Time()
    for _ in range(180):
        time.pass_with(WELL, seconds=120)
        time.pass_with(trouble(Trouble.OFFLINE), seconds=360)
    assert len(time.notices) <= 6
    assert time.pass_with(WELL, seconds=STEADY_MOST_S + 60) == [NoticeKind.CLOSED]


def test_a_restart_neither_repeats_nor_forgets() -> None:
    """What was stored is gone on with; the time offline is counted anew."""
    time = Time()
    time.pass_with(trouble(Trouble.LOGGED_OUT), seconds=60)
    again = Time(Watch(open=time.watch.open), now=time.now + 300)
    assert again.pass_with(trouble(Trouble.LOGGED_OUT), seconds=600) == []
    assert again.pass_with(WELL, seconds=120) == [NoticeKind.CLOSED]


def test_time_asleep_is_not_time_offline() -> None:
    """A machine that wakes up gets the same minutes to reconnect as any."""
    time = Time()
    time.pass_with(trouble(Trouble.OFFLINE), seconds=120)
    time.now += GAP_S + 3_600
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=OFFLINE_S - 10) == []
    assert time.pass_with(trouble(Trouble.OFFLINE), seconds=20) == [NoticeKind.OPENED]


def test_subjects_do_not_mix() -> None:
    """Two instances and the disk: an incident each."""
    time = Time()
    time.pass_with(trouble(Trouble.FAILED, "a"), trouble(Trouble.FAILED, "b"), trouble(Trouble.DISK, "disk"))
    assert len(time.notices) == len({each.incident_id for each in time.notices}) == 3
    assert {each.subject for each in time.notices} == {"a", "b", "disk"}


@given(st.lists(st.sampled_from([WELL, LEFT, TENDED, *map(trouble, Trouble)]), max_size=60))
def test_every_story_adds_up(story: list[Sign]) -> None:
    """Whatever happens: an incident opens once, ends once at most, and is never told after its end."""
    time = Time()
    for sign in story:
        time.pass_with(sign, seconds=400, step=50)
    for incident in time.incidents.values():
        kinds = [each.kind for each in time.notices if each.incident_id == incident.id]
        assert kinds[0] is NoticeKind.OPENED
        assert kinds.count(NoticeKind.OPENED) == 1
        assert NoticeKind.CLOSED not in kinds[:-1]
    assert sum(each.closed_at is None for each in time.incidents.values()) == len(time.watch.open) <= 1
