"""A full disk may end a process that opens a store; never the one that asked for it, and nothing is lost.

`make drill` runs 100 rounds on each kind of disk, these tests a sample.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.integration.store.caller import SECRET
from tests.support.fillable_disk import DISKS, SmallDisk, disk_of, needs_mounts
from tests.support.stores import integrity, look

pytestmark = needs_mounts
ROUNDS: Final = int(os.environ.get("DRILL_RUNS", "12"))
ROOT: Final = Path(__file__).resolve().parents[3]
WHOLE: Final = ["True", "True", "'3EB0'"]
_DIED: Final = "session-unreadable: reading it failed"
# As the core writes: everything is in the log when the process is killed, the device and a message's id too.
_WRITER: Final = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=NORMAL")
store.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY)")
store.execute("CREATE TABLE whatsmeow_pre_keys (id INTEGER PRIMARY KEY, key BLOB)")
store.execute("CREATE TABLE whatsmeow_message_secrets (message_id TEXT, key BLOB)")
store.execute("INSERT INTO whatsmeow_device VALUES ('one')")
store.execute("INSERT INTO whatsmeow_message_secrets VALUES ('3EB0', ?)", (bytes.fromhex(sys.argv[2]),))
store.executemany("INSERT INTO whatsmeow_pre_keys VALUES (NULL, zeroblob(2000))", [()] * 100)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a killed core leaves: a store and its log, without the `-shm` that the next one makes anew."""
    folder = tmp_path_factory.mktemp("template")
    command = [sys.executable, "-c", _WRITER, str(folder / "session.db"), SECRET]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        writer.kill()
    (folder / "session.db-shm").unlink()
    return folder


class Caller:
    """A process that calls `core.store.session`; one bus error in it is the end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.store.caller"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, folder: Path) -> list[str]:
        """What came of its calls on that folder's store."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"ended with {self._process.wait()}"
        outcomes: list[str] = json.loads(line)
        return outcomes

    def end(self) -> int:
        """Close its input and wait; gives its exit code."""
        self._process.communicate(timeout=20)
        return self._process.returncode


@contextmanager
def calling() -> Iterator[Caller]:
    """A caller that must live to the end."""
    caller = Caller()
    try:
        yield caller
    finally:
        code = caller.end()
    assert code == 0


def one_round(disk: SmallDisk, caller: Caller, template: Path, leave: int) -> list[str]:
    """Call while so many bytes are left, and again with room; gives what came of the first calls."""
    folder = disk.path / "loja-k7m2xq"
    shutil.copytree(template, folder)
    disk.fill(leave=leave)
    outcomes = caller.ask(folder)
    disk.free()
    assert caller.ask(folder) == WHOLE
    assert look(folder / "session.db", "SELECT count(*) FROM whatsmeow_pre_keys") == "100"
    assert integrity(folder / "session.db") == "ok"
    shutil.rmtree(folder)
    return outcomes


@pytest.mark.timeout(60 + 4 * ROUNDS)
@pytest.mark.parametrize("kind", DISKS)
def test_whoever_looks_into_a_store_lives(kind: str, template: Path, tmp_path: Path) -> None:
    """Filled to a few kilobytes and freed again and again: every call says what it found or why not.

    With blocks smaller than a page, processes that look do die of bus errors here: the disk is a real trap.
    """
    tally: Counter[str] = Counter()
    with disk_of(kind, tmp_path / "disk", tmp_path / "image") as disk, calling() as caller:
        for number in range(ROUNDS):
            tally.update(one_round(disk, caller, template, leave=(number * 3 % 40 + 1) * 1024))
    print(f"\n{kind}, {ROUNDS} rounds: {dict(tally)}")
    strange = {one for one in tally if one not in WHOLE and "StorageUnavailableError session-" not in one}
    assert not strange
    if kind == "ext4-1024" and mmap.PAGESIZE == 4096:
        assert any(_DIED in one for one in tally), "the trap did not snap"
