"""A disk that answers nobody: whoever waits for it cannot even be killed. The others go on."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.store import session
from core.store.session_process import Task
from tests.support.fillable_disk import ext4, needs_mounts, run
from tests.support.polling import eventually
from tests.unit.store.conftest import make_store

pytestmark = [
    needs_mounts,
    pytest.mark.skipif(shutil.which("fsfreeze") is None, reason="util-linux freezes file systems"),
]


@contextmanager
def frozen(disk: Path) -> Iterator[None]:
    """Every write to it waits, in the kernel, until the block ends."""
    run("fsfreeze", "-f", str(disk))
    try:
        yield
    finally:
        run("fsfreeze", "-u", str(disk))


def refused(folder: Path) -> None:
    """A checkpoint there is given up, soon after its deadline."""
    begin = time.monotonic()
    with pytest.raises(StorageUnavailableError, match="no answer in time"):
        session.checkpoint(folder)
    assert time.monotonic() - begin < 15


def test_a_frozen_disk_holds_up_nobody_but_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three processes wait for it for good; another disk is read, and an end is not held up."""
    monkeypatch.setattr(session, "_DEADLINES_S", dict.fromkeys(Task, 3.0))
    make_store(tmp_path, devices=1)
    with ext4(tmp_path / "disk", tmp_path / "image") as disk:
        path = make_store(disk.path, devices=1)
        leave_a_log(path)
        session.has_device(tmp_path)
        with frozen(disk.path):
            waiting = [threading.Thread(target=refused, args=(disk.path,)) for _ in range(2)]
            for thread in waiting:
                thread.start()
            eventually(lambda: len(session._processes._idle) == 1, timeout=5, seen=lambda: None)
            assert session.has_device(tmp_path)
            for thread in waiting:
                thread.join()
            begin = time.monotonic()
            session.close()
            assert time.monotonic() - begin < 10
        session.checkpoint(disk.path)
        assert session.has_device(disk.path)
        session.close()


def leave_a_log(path: Path) -> None:
    """Give the store a log to be folded, as a killed core leaves it."""
    copy = path.with_name("copy.db")
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as core:
        core.execute("INSERT INTO whatsmeow_device VALUES ('new', NULL)")
        core.commit()
        path.with_name("session.db-wal").write_bytes(copy.with_name("copy.db-wal").read_bytes())
