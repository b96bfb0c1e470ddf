"""Records this start in the folder of the sessions, and keeps what it found out for the pages."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.hosting.persistence import start_history
from core.hosting.persistence.assessment import PersistenceFacts, assess
from core.hosting.persistence.host import Host, short_hash
from core.hosting.persistence.mounts import MountEntry, mount_of, read_mounts
from core.models.instance import InstanceRecord
from core.models.persistence import PersistenceStatus, PersistenceView
from core.settings import Settings
from core.store.layout import instance_ids
from core.store.trash import TRASH_DIR

log = logging.getLogger(__name__)

MOUNTS_AGE_S: Final = 10.0
"""The kernel's table is read again after this long; it can change under a running process."""
# Their statfs identity comes from the file system itself; that of others from where it is attached.
_WITH_IDENTITY: Final = frozenset({"ext2", "ext3", "ext4", "btrfs", "zfs"})


class StartRecorder:
    """The recorder of this start, and what is known of the folder.

    Threading: ``record`` and ``close`` come one after the other from the holder of the owner lock; the rest
    is safe from any thread and never waits for the disk.
    """

    def __init__(
        self,
        settings: Settings,
        host: Host,
        *,
        clock: Callable[[], float] = time.time,
        mounts: Callable[[], tuple[MountEntry, ...] | None] = read_mounts,
    ) -> None:
        self._auth_dir = settings.auth_dir
        self._clock = clock
        self._mounts = mounts
        self._read_at = clock()
        self._facts = PersistenceFacts(
            host=host,
            auth_dir=str(settings.auth_dir),
            # Following links would touch the disk, which may hang; ``record`` does it.
            path=str(settings.auth_dir),
            given=bool(settings.auth_dir_as_given),
            default_is_lost=settings.auth_dir_ephemeral,
            mounts=mounts(),
            history=None,
            opened=False,
            recorded=False,
        )

    def record(self, records: Sequence[InstanceRecord]) -> None:
        """Add this start, which found ``records``, to the history. Call once, holding the owner lock.

        Never raises OSError: a full or read-only disk costs the entry, not the start.
        """
        opened = replace(self._facts, path=os.path.realpath(self._auth_dir), mounts=self._mounts())
        history, recorded = self._recorded(records, mount_of(opened.mounts or (), opened.path))
        self._facts = replace(opened, history=history, recorded=recorded, opened=True)
        view = assess(self._facts)
        level = logging.WARNING if view.status is PersistenceStatus.RED else logging.INFO
        log.log(
            level,
            "persistence of %s: %s (%s), %d restarts, %d of them deploys",
            *(self._auth_dir, view.status, view.reason, view.restarts, view.deploys),
        )

    def close(self) -> None:
        """Note which instances are left at an orderly end, so that none of them is missed for nothing."""
        history = self._facts.history
        if history is None or not self._facts.recorded:
            return
        try:
            known = _ids(self._auth_dir)
            if known != history.known:
                start_history.save(self._auth_dir, replace(history, known=known))
        except OSError as error:
            log.warning("start history not updated: %s", error.strerror or type(error).__name__)

    def facts(self) -> PersistenceFacts:
        """Return everything that is known now."""
        now = self._clock()
        if not 0 <= now - self._read_at < MOUNTS_AGE_S:
            self._read_at = now
            # One assignment of a whole: a reader sees the old facts or the new.
            self._facts = replace(self._facts, mounts=self._mounts())
        return self._facts

    def view(self) -> PersistenceView:
        """Return the persistence status with its evidence."""
        return assess(self.facts())

    def _recorded(
        self, records: Sequence[InstanceRecord], mount: MountEntry | None
    ) -> tuple[start_history.StartHistory | None, bool]:
        history: start_history.StartHistory | None = None
        try:
            history, damaged = start_history.load(self._auth_dir)
            start = start_history.StartRecord(
                at=self._clock(),
                machine=self._facts.host.machine,
                deploy=self._facts.host.deploy,
                disk=_disk_identity(self._auth_dir, mount),
                instances=len(records),
                linked=sum(record.linked for record in records),
            )
            history = start_history.append(history, start, known=_ids(self._auth_dir), damaged=damaged)
            start_history.save(self._auth_dir, history)
        except OSError as error:
            log.error("this start is not recorded: %s", error.strerror or type(error).__name__)
            return history, False
        return history, True


def _ids(auth_dir: Path) -> tuple[str, ...]:
    """Return the ids of the instances in the folder and in its trash."""
    trash = auth_dir / TRASH_DIR
    deleted = [path.name.rpartition("-")[0] for path in trash.iterdir()] if trash.is_dir() else []
    return tuple(sorted({*instance_ids(auth_dir), *deleted}))


def _disk_identity(auth_dir: Path, mount: MountEntry | None) -> str:
    if mount is None:
        return ""
    if mount.file_system in _WITH_IDENTITY:
        return short_hash("disk", mount.file_system, str(os.statvfs(auth_dir).f_fsid or ""))
    if mount.file_system == "xfs":  # its folders keep their numbers for life
        return short_hash("folder", mount.file_system, str(auth_dir.stat().st_ino))
    return ""
