"""What pages are told of the folder: each change once, and the reason of a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.storage import Notice
from core.models.topic import Topic
from core.registry.change_notifier import ChangeNotifier
from core.registry.storage import StorageMonitor, StorageStatus

FULL = StorageUnavailableError("disk-full", detail="No space left on device")


class Folder:
    """A status, and the topics that it announced."""

    def __init__(self, path: Path) -> None:
        self.topics: list[Topic] = []
        self.status = StorageStatus(path, ChangeNotifier(lambda topic, _: self.topics.append(topic)))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_folder_is_refused_with_its_reason_until_it_is_open(folder: Folder) -> None:
    """First that it opens, then what is in the way, then nothing."""
    with pytest.raises(StorageUnavailableError, match="opening"):
        folder.status.require_ready()
    folder.status.set_startup_problem(StorageUnavailableError("auth-dir-denied", detail="/data"))
    with pytest.raises(StorageUnavailableError, match="auth-dir-denied: /data"):
        folder.status.require_ready()
    folder.status.opened()
    folder.status.require_ready()
    assert (folder.status.view.ready, folder.status.view.problem) == (True, "")


def test_trouble_that_is_known_is_refused_without_a_look_at_the_disk(folder: Folder) -> None:
    """A full disk may take one small write after another."""
    folder.status.opened()
    folder.status.require_no_trouble()
    folder.status.set_problem(FULL)
    with pytest.raises(StorageUnavailableError, match="disk-full"):
        folder.status.require_no_trouble()
    folder.status.clear_problem()
    folder.status.require_no_trouble()


def test_what_changes_nothing_wakes_no_page(folder: Folder) -> None:
    """The folder is checked every few seconds; only a change is told."""
    for change in (folder.status.clear_problem, lambda: folder.status.set_problem(FULL)):
        change()
        change()
    assert folder.topics == [Topic.STORAGE]
    assert folder.status.view.trouble == "disk-full"
    folder.status.clear_problem()
    assert (folder.topics, folder.status.view.trouble_detail) == ([Topic.STORAGE, Topic.STORAGE], "")


def test_notices_add_up(folder: Folder) -> None:
    """A later one hides no earlier one."""
    first, second = (Notice("session-corrupt", name, detail="", at=1.0) for name in ("a", "b"))
    folder.status.add_notices(first)
    folder.status.add_notices(second)
    assert folder.status.view.notices == (first, second)


def test_a_folder_that_is_not_ours_yet_stops_nothing(folder: Folder, tmp_path: Path) -> None:
    """Before it is opened there is nothing to compare with, and nothing to take anew."""
    monitor = StorageMonitor(tmp_path / "missing", folder.status)
    monitor.require_same_folder()
    monitor.require_writable()
    assert not monitor.can_reacquire(["a"])
