"""Whether ``AUTH_DIR`` can be used: what pages are told of it, and the checks that find out.

A folder may become full, read-only, forbidden, deleted or another folder while it is in use, and come back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.storage import Notice, StorageProblem, StorageView
from core.models.topic import Topic
from core.registry.change_notifier import ChangeNotifier
from core.store import storage_health
from core.store.owner_lock import OwnerLock

log = logging.getLogger(__name__)

ELSEWHERE: Final = frozenset({StorageProblem.GONE, StorageProblem.REPLACED})
"""The path does not lead to our folder: it has to be owned anew once it does."""


class StorageStatus:
    """What is known of the folder. Threading: safe from any thread; ``view`` is replaced, never changed."""

    def __init__(self, auth_dir: Path, changes: ChangeNotifier) -> None:
        self.view = StorageView(str(auth_dir), ready=False)
        self._changes = changes

    def require_ready(self) -> None:
        """Raise StorageUnavailableError with the reason while the folder is not in use."""
        view = self.view
        if not view.ready:
            raise StorageUnavailableError(view.problem or "opening", detail=view.detail)

    def require_no_trouble(self) -> None:
        """Raise StorageUnavailableError while the folder in use is known to take no writes; touch no disk."""
        view = self.view
        if view.trouble:
            raise StorageUnavailableError(view.trouble, detail=view.trouble_detail)

    def set_startup_problem(self, problem: StorageUnavailableError) -> None:
        """Publish why the folder cannot be opened; it is tried again."""
        if problem.code != self.view.problem:
            log.error("cannot use %s: %s; trying on", self.view.auth_dir, problem)
        self._replace(replace(self.view, problem=problem.code, detail=problem.detail))

    def opened(self) -> None:
        """Publish that the folder is ours and its instances are loaded."""
        self._replace(replace(self.view, ready=True, problem="", detail=""))

    def set_problem(self, problem: StorageUnavailableError) -> None:
        """Publish why nothing can be stored now; it is checked again and again."""
        self._replace(replace(self.view, trouble=problem.code, trouble_detail=problem.detail))

    def clear_problem(self) -> None:
        """Publish that the problem is over."""
        self._replace(replace(self.view, trouble="", trouble_detail=""))

    def add_notices(self, *notices: Notice) -> None:
        """Publish what happened to stored data that the owner should know."""
        self._replace(replace(self.view, notices=(*self.view.notices, *notices)))

    def _replace(self, view: StorageView) -> None:
        with self._changes:
            if view != self.view:
                self.view = view
                self._changes.publish(Topic.STORAGE)


class StorageMonitor:
    """The checks of the folder. Threading: safe from any thread; ``owner`` is set by the startup's only."""

    def __init__(self, auth_dir: Path, status: StorageStatus) -> None:
        self.owner: OwnerLock | None = None
        """None until the folder is ours."""
        self._auth_dir = auth_dir
        self._status = status

    def check(self) -> StorageUnavailableError | None:
        """Check the folder now and publish the result; return the problem, None when all is well."""
        before = self._status.view.trouble
        try:
            self.require_same_folder()
            storage_health.require_room(
                self._auth_dir,
                storage_health.ROOMY_BYTES
                if before == StorageProblem.DISK_FULL
                else storage_health.ENOUGH_BYTES,
            )
        except StorageUnavailableError as error:
            if error.code != before:
                log.error("%s cannot be used any more: %s", self._auth_dir, error)
            self._status.set_problem(error)
            return error
        if before:
            log.info("%s can be used again", self._auth_dir)
        self._status.clear_problem()
        return None

    def require_same_folder(self) -> None:
        """Raise StorageUnavailableError when the folder at the path is not the one that we own."""
        if self.owner is not None:
            storage_health.require_same(self.owner, self._auth_dir)

    def require_writable(self) -> None:
        """Raise StorageUnavailableError when nothing can be stored now. Checks again, and publishes that."""
        if self.owner is not None and (problem := self.check()) is not None:
            raise problem

    def require_room_for_pairing(self) -> None:
        """Raise StorageUnavailableError (disk-full) when a new session would not fit."""
        storage_health.require_room(self._auth_dir, storage_health.PAIRING_BYTES)

    def can_reacquire(self, instance_ids: Iterable[str]) -> bool:
        """Return whether our folder is back at its path and only its lock has to be taken anew."""
        return self.owner is not None and storage_health.is_same_folder_again(
            self.owner, self._auth_dir, instance_ids
        )
