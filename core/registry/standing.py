"""How ``AUTH_DIR`` stands: opening, unusable, in use; and what was mended in it."""

from __future__ import annotations

import logging
from dataclasses import replace

from core.errors import StorageUnavailableError
from core.models.storage import Notice, StorageView
from core.models.topic import Topic
from core.registry.change_notifier import ChangeNotifier
from core.settings import Settings

log = logging.getLogger(__name__)


class StorageStatus:
    """Threading: safe from any thread; ``view`` is replaced, never changed."""

    def __init__(self, settings: Settings, changed: ChangeNotifier) -> None:
        self.view = StorageView(str(settings.auth_dir), ready=False)
        self._changed = changed

    def require_ready(self) -> None:
        """Raises StorageUnavailableError with the reason while the folder is not in use."""
        view = self.view
        if not view.ready:
            raise StorageUnavailableError(view.problem or "opening", detail=view.detail)

    def set_startup_problem(self, problem: StorageUnavailableError) -> None:
        """The folder cannot be opened; it is tried again."""
        if problem.code != self.view.problem:
            log.error("cannot use %s: %s; trying on", self.view.auth_dir, problem)
        self._become(replace(self.view, problem=problem.code, detail=problem.detail))

    def opened(self) -> None:
        """The folder is ours and its instances are loaded."""
        self._become(replace(self.view, ready=True, problem="", detail=""))

    def set_problem(self, problem: StorageUnavailableError) -> None:
        """Nothing can be stored now; it is looked at again and again."""
        self._become(replace(self.view, trouble=problem.code, trouble_detail=problem.detail))

    def clear_problem(self) -> None:
        """What was wrong is over."""
        self._become(replace(self.view, trouble="", trouble_detail=""))

    def add_notices(self, *notices: Notice) -> None:
        """Something happened to stored data that the owner should know."""
        self._become(replace(self.view, notices=(*self.view.notices, *notices)))

    def _become(self, view: StorageView) -> None:
        with self._changed:
            if view != self.view:
                self.view = view
                self._changed.publish(Topic.STORAGE)
