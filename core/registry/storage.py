"""Noticing that ``AUTH_DIR`` became full, read-only, forbidden, deleted or another folder, and came back."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.registry.standing import StorageStatus
from core.store import storage_health
from core.store.owner_lock import OwnerLock

log = logging.getLogger(__name__)

ELSEWHERE: Final = frozenset({"auth-dir-gone", "auth-dir-replaced"})
"""The path does not lead to our folder: it has to be owned anew once it does."""


class StorageMonitor:
    """Threading: safe from any thread; ``owner`` is replaced by the opener's."""

    def __init__(self, auth_dir: Path, standing: StorageStatus) -> None:
        self.owner: OwnerLock | None = None
        """None until the folder is ours."""
        self._auth_dir = auth_dir
        self._standing = standing

    def check(self) -> StorageUnavailableError | None:
        """Look now; gives what is wrong, None when all is well, and tells the pages."""
        before = self._standing.view.trouble
        try:
            self.require_same_folder()
            storage_health.require_room(
                self._auth_dir,
                storage_health.ROOMY_BYTES if before == "disk-full" else storage_health.ENOUGH_BYTES,
            )
        except StorageUnavailableError as error:
            if error.code != before:
                log.error("%s cannot be used any more: %s", self._auth_dir, error)
            self._standing.set_problem(error)
            return error
        if before:
            log.info("%s can be used again", self._auth_dir)
        self._standing.clear_problem()
        return None

    def require_same_folder(self) -> None:
        """Raises StorageUnavailableError when the folder at the path is not the one that we own."""
        if self.owner is not None:
            storage_health.require_same(self.owner, self._auth_dir)

    def require_writable(self) -> None:
        """Raises StorageUnavailableError when nothing can be stored now. Looks again, and tells the pages."""
        if self.owner is not None and (problem := self.check()) is not None:
            raise problem

    def require_room_for_pairing(self) -> None:
        """Raises StorageUnavailableError (disk-full) when a new session would not fit."""
        storage_health.require_room(self._auth_dir, storage_health.PAIRING_BYTES)

    def can_reacquire(self, instance_ids: Iterable[str]) -> bool:
        """Whether our folder is back at its path and only its lock has to be taken anew."""
        return self.owner is not None and storage_health.is_same_folder_again(
            self.owner, self._auth_dir, instance_ids
        )
