"""Incidents over time: which open, worsen, are recalled and end, from what is seen now and then. Pure.

One message when an incident opens, one if it becomes a worse one, one reminder a day, one when all is well
again. Between them an incident says what is true now; that it became less bad is no message. What comes and
goes does not flood: the more often within a day, the longer it must stay well first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.models.alerts.incidents import Condition, Incident, Notice, NoticeKind, Sign, Trouble

DAY_S: Final = 86_400.0
STEADY_S: Final = 60.0
"""Well for so long ends the first incident of a day; each further one doubles it."""
STEADY_MOST_S: Final = 3_600.0
GAP_S: Final = 60.0
"""Looks further apart than this mean that the machine slept: what was not seen is not counted."""
_REMINDERS: Final = {Trouble.ENGINE: 7 * DAY_S}
"""Where a day is too often: an update can wait a little."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything that is remembered from one look to the next."""

    open: Mapping[str, Incident] = field(default_factory=dict)
    """By subject."""
    closed: tuple[Incident, ...] = ()
    """Those that ended within a day, oldest first."""
    offline_since: Mapping[str, float] = field(default_factory=dict)
    well_since: Mapping[str, float] = field(default_factory=dict)
    looked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one look led to."""

    watch: Watch
    changed: tuple[Incident, ...]
    """Incidents to be written down."""
    notices: tuple[Notice, ...]


def advance(
    watch: Watch, signs: Iterable[Sign], *, now: float, offline_s: float, new_id: Callable[[], str]
) -> Step:
    """Return what follows from ``signs``, which name every subject there is, at ``now``."""
    look = _Look(watch, now, offline_s, new_id)
    seen = set()
    for sign in signs:
        seen.add(sign.subject)
        look.take(sign)
    for subject in [each for each in look.open if each not in seen]:
        look.end(subject, told=False)  # it was deleted
    return look.step(seen)


def steady_s(incident: Incident) -> float:
    """Return for how many seconds its subject has to be well before it ends."""
    return min(STEADY_S * 2.0 ** (incident.turn - 1), STEADY_MOST_S)


class _Look:
    """One look: mutable, used by ``advance`` alone."""

    def __init__(self, watch: Watch, now: float, offline_s: float, new_id: Callable[[], str]) -> None:
        slept = watch.looked_at is None or not 0 <= now - watch.looked_at <= GAP_S
        self.open = dict(watch.open)
        self._closed = [each for each in watch.closed if now - (each.closed_at or 0) < DAY_S]
        self._offline = {} if slept else dict(watch.offline_since)
        self._well = {} if slept else dict(watch.well_since)
        self._now = now
        self._offline_s = offline_s
        self._new_id = new_id
        self._changed: dict[str, Incident] = {}
        self._notices: list[Notice] = []

    def take(self, sign: Sign) -> None:
        if sign.condition is not Condition.WELL:
            self._well.pop(sign.subject, None)
        if sign.trouble is not Trouble.OFFLINE:
            self._offline.pop(sign.subject, None)
        match sign.condition:
            case Condition.WELL:
                self._on_well(sign.subject)
            case Condition.LEFT:
                self.end(sign.subject, told=False)
            case Condition.TROUBLED if sign.trouble is not None and self._counts(sign):
                self._on_trouble(sign, sign.trouble)
        self._remind(sign)

    def end(self, subject: str, *, told: bool) -> None:
        """Close what is open of a subject, with a message or without."""
        incident = self.open.pop(subject, None)
        if incident is None:
            return
        incident = replace(incident, closed_at=self._now)
        self._closed.append(incident)
        self._changed[incident.id] = incident
        if told:
            # The end of what was told, which may have been worse than what it was in the end.
            self._tell(NoticeKind.CLOSED, replace(incident, trouble=incident.worst))

    def step(self, seen: set[str]) -> Step:
        watch = Watch(
            open=self.open,
            closed=tuple(self._closed),
            offline_since={each: at for each, at in self._offline.items() if each in seen},
            well_since={each: at for each, at in self._well.items() if each in seen},
            looked_at=self._now,
        )
        return Step(watch, tuple(self._changed.values()), tuple(self._notices))

    def _counts(self, sign: Sign) -> bool:
        """Whether it is trouble already: offline is, after a while."""
        if sign.trouble is not Trouble.OFFLINE:
            return True
        since = self._offline.setdefault(sign.subject, self._now)
        return self._now - since >= self._offline_s

    def _on_well(self, subject: str) -> None:
        since = self._well.setdefault(subject, self._now)
        incident = self.open.get(subject)
        if incident is not None and self._now - since >= steady_s(incident):
            self.end(subject, told=True)

    def _on_trouble(self, sign: Sign, trouble: Trouble) -> None:
        incident = self.open.get(sign.subject)
        if incident is None:
            turn = 1 + sum(each.subject == sign.subject for each in self._closed)
            incident = Incident(
                self._new_id(), sign.subject, sign.name, trouble, trouble, self._now, self._now, turn=turn
            )
            self._keep(incident)
            self._tell(NoticeKind.OPENED, incident)
        elif trouble.rank > incident.worst.rank:
            incident = replace(incident, trouble=trouble, worst=trouble, name=sign.name, told_at=self._now)
            self._keep(incident)
            self._tell(NoticeKind.WORSE, incident)
        elif (trouble, sign.name) != (incident.trouble, incident.name):
            self._keep(replace(incident, trouble=trouble, name=sign.name))

    def _remind(self, sign: Sign) -> None:
        incident = self.open.get(sign.subject)
        if incident is None or sign.condition is Condition.WELL:
            return
        if self._now - incident.told_at >= _REMINDERS.get(incident.trouble, DAY_S):
            incident = replace(incident, name=sign.name, told_at=self._now)
            self._keep(incident)
            self._tell(NoticeKind.REMINDER, incident)

    def _keep(self, incident: Incident) -> None:
        self.open[incident.subject] = incident
        self._changed[incident.id] = incident

    def _tell(self, kind: NoticeKind, incident: Incident) -> None:
        self._notices.append(
            Notice(
                self._new_id(),
                kind,
                self._now,
                incident.id,
                incident.subject,
                incident.trouble,
                incident.name,
                incident.opened_at,
            )
        )
