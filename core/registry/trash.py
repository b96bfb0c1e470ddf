"""Deleting instances, and taking them back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.models.instance import DeletedInstance, InstanceView
from core.models.timeline import HistoryKind
from core.models.topic import Topic
from core.registry.standing import StorageStatus
from core.registry.storage import StorageMonitor
from core.registry.supervisors import Supervisors, snapshot
from core.store import timeline, trash
from core.store.layout import instance_dir
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

_CLOSE_S: Final = 6.0
_RENAME_S: Final = 2.0


class Trash:
    """Threading: every method is safe from any thread."""

    def __init__(  # it touches all of them
        self,
        auth_dir: Path,
        roster: Supervisors,
        standing: StorageStatus,
        watch: StorageMonitor,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._auth_dir = auth_dir
        self._roster = roster
        self._standing = standing
        self._watch = watch
        self._clock = clock

    def delete(self, instance_id: str) -> None:
        """Stop it and move it to the trash, session and all.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._watch.require_same_folder()
        supervisor = self._roster.remove(instance_id)
        supervisor.close()
        supervisor.join(_CLOSE_S)
        try:
            trash.move_to_trash(self._auth_dir, instance_id, now=self._clock())
        except OSError as error:
            again = self._roster.add(supervisor.record)
            if again.record.wanted:
                again.start()
            raise storage_error(error) from error
        self._roster.changed.publish(Topic.TRASH)
        log.info("moved to the trash", extra={"instance": instance_id})

    def deleted(self) -> tuple[DeletedInstance, ...]:
        """What lies in the trash, newest first; empty while the storage is not ready."""
        return trash.deleted(self._auth_dir) if self._standing.view.ready else ()

    def restore(self, trash_name: str) -> InstanceView:
        """Take an instance out of the trash, stopped. Its name gets a number when another one has it now.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._watch.require_same_folder()
        item = trash.find_deleted(self._auth_dir, trash_name)
        try:
            record = trash.restore(self._auth_dir, item)
        except OSError as error:
            raise storage_error(error) from error
        name = self._roster.free_name(record.name)
        supervisor = self._roster.add(record)
        self._roster.changed.publish(Topic.TRASH)
        supervisor.stop()
        if name != record.name:
            supervisor.rename(name)
            self._roster.wait_for(item.id, lambda view: view.name == name, timeout=_RENAME_S)
        timeline.append(instance_dir(self._auth_dir, item.id), HistoryKind.RESTORED, at=self._clock())
        return snapshot(supervisor)

    def purge(self, trash_name: str) -> None:
        """Erase a deleted instance for good. Raises UnknownInstanceError, StorageUnavailableError."""
        self._watch.require_same_folder()
        try:
            trash.purge(self._auth_dir, trash.find_deleted(self._auth_dir, trash_name))
        except OSError as error:
            raise storage_error(error) from error
        self._roster.changed.publish(Topic.TRASH)
