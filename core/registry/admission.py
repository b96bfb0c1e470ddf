"""Whether another instance may come in now: the folder, its name, the number of instances, the room."""

from __future__ import annotations

import threading

from core.errors import InvalidInputError, LimitReachedError, StorageUnavailableError
from core.models.codes import InputCode, RefusalCode
from core.models.storage import StorageProblem
from core.registry.storage import StorageMonitor, StorageStatus
from core.registry.supervisors import Supervisors


class Admission:
    """The questions in their order.

    Threading: safe from any thread; hold the lock of the supervisors' changes until the instance is in.
    """

    def __init__(
        self,
        supervisors: Supervisors,
        status: StorageStatus,
        monitor: StorageMonitor,
        *,
        max_instances: int,
        closing: threading.Event,
    ) -> None:
        """``closing`` is set when the process is about to end."""
        self._supervisors = supervisors
        self._status = status
        self._monitor = monitor
        self._max_instances = max_instances
        self._closing = closing

    def require_open(self) -> None:
        """Raise StorageUnavailableError while nothing can be stored."""
        if self._closing.is_set():
            raise StorageUnavailableError(StorageProblem.CLOSING)
        self._status.require_ready()
        self._monitor.require_writable()

    def require_place(self, name: str) -> None:
        """Raise when an instance called ``name`` cannot be added.

        InvalidInputError (name-taken), LimitReachedError (instance-limit), StorageUnavailableError
        (disk-full).
        """
        if self._supervisors.is_taken(name):
            raise InvalidInputError(InputCode.NAME_TAKEN, detail=name)
        if len(self._supervisors) >= self._max_instances:
            raise LimitReachedError(RefusalCode.INSTANCE_LIMIT, detail=str(self._max_instances))
        self._monitor.require_room_for_pairing()
