"""The table of instances: who is there, what they are called, and waiting until one of them changes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

from core.errors import UnknownInstanceError
from core.models.instance import InstanceRecord, InstanceView
from core.models.topic import Topic
from core.registry.change_notifier import ChangeNotifier
from core.registry.context import SupervisorContext
from core.registry.supervisor import Supervisor

KEPT_REQUESTS: Final = 1_000
"""Request ids remembered; a press that is repeated later than that many others is a new one."""


class Supervisors:
    """The supervisors by id.

    Threading: safe from any thread; the lock guards the table only.
    """

    def __init__(self, changed: ChangeNotifier, around: SupervisorContext) -> None:
        self.changed = changed
        """Held by whoever needs the table to stay as it is for a moment."""
        self._around = around
        self._supervisors: dict[str, Supervisor] = {}
        self._requests: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._supervisors)

    def add(self, record: InstanceRecord, *, loaded: bool = False) -> Supervisor:
        """A supervisor for a stored instance, standing still; ``loaded`` from an earlier process."""
        with self.changed:
            supervisor = self._supervisors[record.id] = Supervisor(record, self._around, loaded=loaded)
            self.changed.publish(Topic.INSTANCES)
        return supervisor

    def remove(self, instance_id: str) -> Supervisor:
        """Take one out of the table; it runs on until it is closed. Raises UnknownInstanceError."""
        with self.changed:
            supervisor = self._supervisors.pop(instance_id, None)
            self.changed.publish(Topic.INSTANCES)
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        return supervisor

    def get(self, instance_id: str) -> Supervisor:
        """Raises UnknownInstanceError."""
        with self.changed:
            supervisor = self._supervisors.get(instance_id)
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        return supervisor

    def all(self) -> list[Supervisor]:
        """Those there are now, in no order."""
        with self.changed:
            return list(self._supervisors.values())

    def view(self, instance_id: str) -> InstanceView:
        """One instance. Raises UnknownInstanceError."""
        return snapshot(self.get(instance_id))

    def views(self) -> tuple[InstanceView, ...]:
        """Every instance, oldest first."""
        views = [snapshot(supervisor) for supervisor in self.all()]
        return tuple(sorted(views, key=lambda view: (view.created_at, view.id)))

    def wait_for(self, instance_id: str, test: Callable[[InstanceView], bool], *, timeout: float) -> bool:
        """Wait until ``test`` holds for the instance; False after ``timeout`` seconds.

        Raises UnknownInstanceError.
        """
        supervisor = self.get(instance_id)
        with self.changed:
            return self.changed.wait_for(lambda: test(snapshot(supervisor)), timeout)

    def is_taken(self, name: str, *, but: Supervisor | None = None) -> bool:
        """Whether an instance other than ``but`` has that name, small letters or capitals."""
        with self.changed:
            return name.casefold() in self._names(but)

    def free_name(self, name: str) -> str:
        """``name``, with a number when another instance has it."""
        with self.changed:
            taken = self._names(None)
        numbered = (f"{name} ({number})" for number in itertools.count(2))
        return next(one for one in itertools.chain((name,), numbered) if one.casefold() not in taken)

    def find_by_request(self, request_id: str) -> InstanceView | None:
        """The instance that a request has made already, if it is still there."""
        with self.changed:
            known = self._supervisors.get(self._requests.get(request_id, ""))
        return snapshot(known) if known else None

    def remember_request(self, request_id: str, instance_id: str) -> None:
        """That request has made that instance. Keeps the newest 1,000; nothing for an empty id."""
        with self.changed:
            if request_id:
                self._requests[request_id] = instance_id
            while len(self._requests) > KEPT_REQUESTS:
                del self._requests[next(iter(self._requests))]

    def _names(self, but: Supervisor | None) -> set[str]:
        return {one.record.name.casefold() for one in self._supervisors.values() if one is not but}


def snapshot(supervisor: Supervisor) -> InstanceView:
    """What a page sees of it now."""
    record, status = supervisor.record, supervisor.status
    return InstanceView(
        id=record.id,
        name=record.name,
        state=status.state,
        reason=status.reason,
        detail=status.detail,
        phone=status.phone,
        since=status.since,
        restarts=supervisor.restarts,
        worker_pid=supervisor.worker_pid,
        qr=status.qr,
        next_try_at=status.next_try_at,
        linked=status.linked,
        created_at=record.created_at,
        pairing_code=status.pairing_code,
        last_data_at=supervisor.last_data_at,
        worker_bytes=supervisor.worker_bytes,
    )
