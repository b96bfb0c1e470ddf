"""Which instances may share a worker, and which run apart for a while after a crash. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

PROBATION_S: Final = 60.0
"""How long an instance runs apart after a crash of the worker that it shared; five times longer each time."""
LONGEST_PROBATION_S: Final = 3600.0
QUARANTINE_S: Final = 24 * 3600.0
"""How long an instance stays alone that crashed alone; and how long its crashes are remembered."""
_LONGER: Final = 5.0


class Placement:
    """Who runs apart. Threading: its caller's lock. Times in seconds, of one clock.

    A crash ends a process and does not say whose it was. So all that were in it run apart at first: the one
    that crashes again, alone now, is found out, and the others share a worker again.
    """

    def __init__(self) -> None:
        self._apart_until: dict[str, float] = {}
        self._crashed_at: dict[str, float] = {}
        self._crashes: dict[str, int] = {}

    def runs_apart(self, instance_id: str, *, now: float) -> bool:
        """Return whether the instance must have a worker to itself."""
        return self._apart_until.get(instance_id, 0.0) > now

    def crashed(self, instance_ids: Collection[str], *, now: float, most_apart: int) -> None:
        """Note the crash of the worker that these instances shared.

        At most ``most_apart`` run apart at a time: the others, as after a crash of everything, share again
        at once.
        """
        self._forget(now)
        for instance_id in instance_ids:
            if self._count_apart(now) >= most_apart:
                return
            if not self.runs_apart(instance_id, now=now):
                self._put_on_probation(instance_id, now)

    def crashed_alone(self, instance_id: str, *, now: float) -> bool:
        """Note a crash of an instance that had a worker to itself; return True when that quarantines it."""
        self._forget(now)
        if self.runs_apart(instance_id, now=now):
            self._apart_until[instance_id] = now + QUARANTINE_S
            self._crashed_at[instance_id] = now
            return True
        self._put_on_probation(instance_id, now)
        return False

    def _put_on_probation(self, instance_id: str, now: float) -> None:
        crashes = self._crashes.get(instance_id, 0)
        self._crashes[instance_id], self._crashed_at[instance_id] = crashes + 1, now
        self._apart_until[instance_id] = now + min(LONGEST_PROBATION_S, PROBATION_S * _LONGER**crashes)

    def _count_apart(self, now: float) -> int:
        return sum(until > now for until in self._apart_until.values())

    def _forget(self, now: float) -> None:
        """Drop crashes of more than a day ago."""
        for instance_id in [one for one, at in self._crashed_at.items() if now - at >= QUARANTINE_S]:
            for table in (self._apart_until, self._crashed_at, self._crashes):
                table.pop(instance_id, None)
