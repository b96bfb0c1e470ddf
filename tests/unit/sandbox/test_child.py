"""A child process may die of any request; its parent goes on, and so does the next call."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.sandbox.child import CallTimeoutError, ChildDiedError, ChildProcess
from tests.support.polling import eventually
from tests.support.processes import is_alive

_LIMIT = 4 * 1024**2
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    """A child of the tests' own, ended afterwards."""
    running = ChildProcess("tests.unit.sandbox.moody", answer_limit=_LIMIT)
    yield running
    running.close()


def ask(child: ChildProcess, request: bytes) -> bytes:
    return child.call(request, timeout_s=20)


def test_one_process_answers_one_call_after_the_other(child: ChildProcess) -> None:
    """It stays warm: a start costs more than most answers."""
    assert ask(child, b"pid") == ask(child, b"pid") == str(child.pid).encode()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 3_000_000])
def test_requests_and_answers_of_any_size_arrive_whole(child: ChildProcess, size: int) -> None:
    """Pipes hold 64 kB; both directions are read and written in turns."""
    assert ask(child, b"echo " + b"x" * size) == b"x" * size


@pytest.mark.parametrize("request_", [b"bus", b"spin", b"exit 3", b"exit 0"])
def test_a_death_is_an_error_of_that_call_only(child: ChildProcess, request_: bytes) -> None:
    """A bus error, endless work, an exit: the next call finds a new child."""
    before = ask(child, b"pid")
    with pytest.raises(ChildDiedError):
        ask(child, request_)
    assert ask(child, b"pid") != before


def test_memory_is_refused_inside_the_child(child: ChildProcess) -> None:
    """A request for a gigabyte is a MemoryError there, which ends it."""
    with pytest.raises(ChildDiedError):
        ask(child, b"eat")
    assert ask(child, b"echo fine") == b"fine"


def test_a_call_that_takes_too_long_ends_its_child(child: ChildProcess) -> None:
    """Nobody waits for longer than was said, and nothing goes on in the background."""
    pid = int(ask(child, b"pid"))
    began = time.monotonic()
    with pytest.raises(CallTimeoutError):
        child.call(b"sleep", timeout_s=0.5)
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(pid)


def test_an_answer_over_the_limit_counts_as_a_death(child: ChildProcess) -> None:
    """A child that was taken over cannot fill its parent's memory."""
    with pytest.raises(ChildDiedError):
        ask(child, b"large %d" % (_LIMIT + 1))
    assert ask(child, b"echo fine") == b"fine"


def test_what_a_library_prints_comes_into_no_answer(child: ChildProcess) -> None:
    """Standard output is not the pipe any more."""
    assert ask(child, b"print") == b"done"
    assert ask(child, b"echo fine") == b"fine"


def test_the_child_is_told_no_secret(child: ChildProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment holds what it needs to start and nothing else."""
    monkeypatch.setenv("APP_PASSWORD", "a password of ours")
    told = ask(child, b"environment").decode()
    assert "a password of ours" not in told
    assert {line.partition("=")[0] for line in told.splitlines()} <= {
        *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
    }


def test_calls_from_many_threads_get_their_own_answers(child: ChildProcess) -> None:
    """They wait for each other; nobody gets another's answer."""
    requests = [b"echo %d" % number for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda request: ask(child, request), requests))
    assert answers == [request.partition(b" ")[2] for request in requests]


def test_a_child_that_ended_while_idle_is_replaced_without_a_word(
    child: ChildProcess,
) -> None:
    """It went by itself, having been asked for nothing; the next call does not fail for that."""
    process = psutil.Process(int(ask(child, b"pid")))
    child._process.stdin.close()  # type: ignore[union-attr]  # the way that its parent's end looks to it
    process.wait(10)
    assert ask(child, b"echo fine") == b"fine"


def test_no_process_and_no_descriptor_is_left(child: ChildProcess) -> None:
    """Fifty children later everything is as it was."""
    ask(child, b"pid")
    child.close()
    before = psutil.Process().num_fds()
    for _ in range(50):
        ask(child, b"pid")
        child.close()
    assert psutil.Process().num_fds() == before
    assert child.pid == 0


_PARENT = """
from core.sandbox.child import ChildProcess
child = ChildProcess("tests.unit.sandbox.moody", answer_limit=100)
print(child.call(b"pid", timeout_s=20).decode(), flush=True)
child.call(b"sleep", timeout_s=60)
"""


def test_a_child_ends_with_its_parent_in_the_middle_of_a_request() -> None:
    """A parent that is killed leaves nobody behind who works on: the next one may begin at once."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        eventually(
            lambda: child.status() == psutil.STATUS_SLEEPING and child.num_threads() == 2,
            timeout=10,
            seen=child.status,
        )
        time.sleep(0.2)  # it has its next request by now
        parent.kill()
    eventually(lambda: not is_alive(child), timeout=5, seen=child.status)


def test_a_child_keeps_no_file_of_its_parent_open(child: ChildProcess, tmp_path: Path) -> None:
    """A lock that it held for its parent would outlive it."""
    with (tmp_path / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pid = int(ask(child, b"pid"))
        held = [entry.path for entry in psutil.Process(pid).open_files()]
    assert str(tmp_path / "owner.lock") not in held


def test_a_child_that_cannot_be_killed_holds_nobody_up(
    child: ChildProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that waits for a dead disk: its caller is told in time, and the next call finds another."""
    monkeypatch.setattr("core.sandbox.child._ENDED_S", 0.2)
    stubborn = int(ask(child, b"pid"))
    process = child._process
    assert process is not None
    monkeypatch.setattr(process, "kill", lambda: None)
    os.kill(stubborn, signal.SIGSTOP)
    begin = time.monotonic()
    with pytest.raises(CallTimeoutError):
        child.call(b"sleep", timeout_s=0.3)
    assert time.monotonic() - begin < 5
    assert int(ask(child, b"pid")) != stubborn
    os.kill(stubborn, signal.SIGKILL)
    ask(child, b"pid")


def test_a_child_that_dribbles_is_not_waited_for_any_longer(child: ChildProcess) -> None:
    """Always a byte ready, never an end: the deadline counts all the same."""
    began = time.monotonic()
    with pytest.raises(CallTimeoutError):
        child.call(b"dribble", timeout_s=0.5)
    assert time.monotonic() - began < 5
