"""The table of instances: their supervisors, their names, and waiting until one of them changes."""

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

    def __init__(self, changes: ChangeNotifier, context: SupervisorContext) -> None:
        self.changes = changes
        """Hold it to keep the table as it is for a moment."""
        self._context = context
        self._supervisors: dict[str, Supervisor] = {}
        self._requests: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._supervisors)

    def add(self, record: InstanceRecord, *, loaded: bool = False) -> Supervisor:
        """Make the supervisor of a stored instance, stopped; ``loaded`` from an earlier process."""
        with self.changes:
            supervisor = self._supervisors[record.id] = Supervisor(record, self._context, loaded=loaded)
            self.changes.publish(Topic.INSTANCES)
        return supervisor

    def remove(self, instance_id: str) -> Supervisor:
        """Take a supervisor out of the table; it runs on until it is closed. Raises UnknownInstanceError."""
        with self.changes:
            supervisor = self._supervisors.pop(instance_id, None)
            self.changes.publish(Topic.INSTANCES)
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        return supervisor

    def get(self, instance_id: str) -> Supervisor:
        """Return the supervisor of an instance. Raises UnknownInstanceError."""
        with self.changes:
            supervisor = self._supervisors.get(instance_id)
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        return supervisor

    def all(self) -> list[Supervisor]:
        """Return those there are now, in no order."""
        with self.changes:
            return list(self._supervisors.values())

    def view(self, instance_id: str) -> InstanceView:
        """Return one instance as a page sees it. Raises UnknownInstanceError."""
        return self.get(instance_id).snapshot().as_view()

    def views(self) -> tuple[InstanceView, ...]:
        """Return every instance, oldest first."""
        views = [supervisor.snapshot().as_view() for supervisor in self.all()]
        return tuple(sorted(views, key=lambda view: (view.created_at, view.id)))

    def wait_for(self, instance_id: str, test: Callable[[InstanceView], bool], *, timeout: float) -> bool:
        """Wait until ``test`` holds for the instance; return False after ``timeout`` seconds.

        Raises UnknownInstanceError.
        """
        supervisor = self.get(instance_id)
        with self.changes:
            return self.changes.wait_for(lambda: test(supervisor.snapshot().as_view()), timeout)

    def is_taken(self, name: str, *, but: Supervisor | None = None) -> bool:
        """Return whether an instance other than ``but`` has that name, small letters or capitals."""
        with self.changes:
            return name.casefold() in self._names(but)

    def free_name(self, name: str) -> str:
        """Return ``name``, with a number when another instance has it."""
        with self.changes:
            taken = self._names(None)
        numbered = (f"{name} ({number})" for number in itertools.count(2))
        candidates = itertools.chain((name,), numbered)
        return next(candidate for candidate in candidates if candidate.casefold() not in taken)

    def find_by_request(self, request_id: str) -> InstanceView | None:
        """Return the instance that a request has made already; None if there is none, or it is gone."""
        with self.changes:
            supervisor = self._supervisors.get(self._requests.get(request_id, ""))
        return supervisor.snapshot().as_view() if supervisor else None

    def remember_request(self, request_id: str, instance_id: str) -> None:
        """Note which instance a request has made. Keeps the newest 1,000; nothing for an empty id."""
        with self.changes:
            if request_id:
                self._requests[request_id] = instance_id
            while len(self._requests) > KEPT_REQUESTS:
                del self._requests[next(iter(self._requests))]

    def _names(self, but: Supervisor | None) -> set[str]:
        others = (supervisor for supervisor in self._supervisors.values() if supervisor is not but)
        return {supervisor.snapshot().record.name.casefold() for supervisor in others}
