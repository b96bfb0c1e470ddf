"""Instances that were deleted: moved to the trash, restored, purged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import AppError
from core.models.codes import RefusalCode
from core.models.instance import DeletedInstance, InstanceRecord, InstanceView
from core.models.timeline import HistoryKind
from core.models.topic import Topic
from core.registry.commands import Close, Rename, Start, Stop
from core.registry.moving.devices import Devices
from core.registry.storage import StorageMonitor, StorageStatus
from core.registry.supervisors import Supervisors
from core.store import timeline, trash
from core.store.layout import instance_dir
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

_CLOSE_S: Final = 6.0
_RENAME_S: Final = 2.0


class Trash:
    """The trash of the registry. Threading: every method is safe from any thread."""

    def __init__(  # noqa: PLR0913  # whom it asks, and the time
        self,
        auth_dir: Path,
        supervisors: Supervisors,
        status: StorageStatus,
        monitor: StorageMonitor,
        devices: Devices,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._auth_dir = auth_dir
        self._supervisors = supervisors
        self._status = status
        self._monitor = monitor
        self._devices = devices
        self._clock = clock

    def delete(self, instance_id: str) -> None:
        """Stop an instance and move it to the trash, session and all.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._monitor.require_same_folder()
        with self._devices.moving:
            self._move_out_of_the_way(instance_id)
        self._supervisors.changes.publish(Topic.TRASH)
        log.info("moved to the trash", extra={"instance": instance_id})

    def _move_out_of_the_way(self, instance_id: str) -> None:
        supervisor = self._supervisors.remove(instance_id)
        supervisor.post(Close())
        supervisor.join(_CLOSE_S)
        try:
            trash.move_to_trash(self._auth_dir, instance_id, now=self._clock())
        except OSError as error:
            record = supervisor.snapshot().record
            again = self._supervisors.add(record)
            if record.wanted:
                again.post(Start())
            raise storage_error(error) from error

    def deleted(self) -> tuple[DeletedInstance, ...]:
        """Return what lies in the trash, newest first; nothing while the storage is not ready."""
        return trash.deleted(self._auth_dir) if self._status.view.ready else ()

    def restore(self, trash_name: str) -> InstanceView:
        """Take an instance out of the trash, stopped. Its name gets a number when another one has it now.

        Raises UnknownInstanceError, AppError (device-here, with the name of the instance that has its
        device), StorageUnavailableError.
        """
        self._monitor.require_same_folder()
        with self._devices.moving:
            item = trash.find_deleted(self._auth_dir, trash_name)
            record = self._move_back(item)
            name = self._supervisors.free_name(record.name)
            supervisor = self._supervisors.add(record)
        self._supervisors.changes.publish(Topic.TRASH)
        supervisor.post(Stop())
        if name != record.name:
            supervisor.post(Rename(name))
            self._supervisors.wait_for(item.id, lambda view: view.name == name, timeout=_RENAME_S)
        timeline.append(instance_dir(self._auth_dir, item.id), HistoryKind.RESTORED, at=self._clock())
        return supervisor.snapshot().as_view()

    def _move_back(self, item: DeletedInstance) -> InstanceRecord:
        kept = self._auth_dir / trash.TRASH_DIR / item.trash_name
        if holder := self._devices.holder_of_same(kept, item.phone):
            raise AppError(RefusalCode.DEVICE_HERE, detail=holder)
        try:
            return trash.restore(self._auth_dir, item)
        except OSError as error:
            raise storage_error(error) from error

    def purge(self, trash_name: str) -> None:
        """Erase a deleted instance for good. Raises UnknownInstanceError, StorageUnavailableError."""
        self._monitor.require_same_folder()
        with self._devices.moving:
            item = trash.find_deleted(self._auth_dir, trash_name)
            try:
                trash.purge(self._auth_dir, item)
            except OSError as error:
                raise storage_error(error) from error
        self._supervisors.changes.publish(Topic.TRASH)
