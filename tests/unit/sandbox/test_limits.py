"""What a process is told of us, and what others learn of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from core.media import ffmpeg
from core.sandbox.child import ChildProcess
from core.sandbox.limits import plain_environment
from tests.support.unprivileged import NOBODY, command_as_nobody, core_limit, readable, why_not

ROOT: Final = Path(__file__).resolve().parents[3]
_ROOT_ONLY: Final = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user"
)
_ALONE: Final = """
import json, os, socket
from core.engine.whatsapp.tcp_activity import last_data_received
from core.hosting.checks.memory import memory_room, proportional_bytes
from core.sandbox.limits import forbid_dumps
forbid_dumps()
listener = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(listener.getsockname()) as connection:
    accepted, _ = listener.accept()
    accepted.send(b"x")
    connection.recv(1)
    received = last_data_received()
child = os.fork()  # a worker is forked from a process that hides already
if not child:
    forbid_dumps()
    os._exit(0 if proportional_bytes(os.getpid()) else 1)
print(json.dumps({
    "uid": os.getuid(),
    "own": proportional_bytes(os.getpid()),
    "web": memory_room().web_bytes,
    "received": received is not None,
    "child": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]),
}))
"""


def test_an_environment_is_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the whole name, or by how it begins; everything else stays here."""
    for name in ("APP_PASSWORD", "LC_TIME", "LC", "XLC_TIME", "WANTED", "WANTED_NOT", "PATH_SECRET"):
        monkeypatch.setenv(name, f"value of {name}")
    assert "PATH" in plain_environment()
    assert not {name for name, value in plain_environment().items() if value.startswith("value of")}
    more = plain_environment({"WANTED"}, ("LC_",))
    assert {name for name, value in more.items() if value.startswith("value of")} == {"WANTED", "LC_TIME"}


_FIRST: Final = """
from core.sandbox.limits import Limits, apply_limits
apply_limits(Limits(memory=1 << 40, cpu_s=9))
print(open("/proc/self/oom_score_adj").read())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whom it ends first")
def test_a_sandboxed_process_goes_first_when_memory_runs_out() -> None:
    """The kernel would take the largest one, which is the web process."""
    done = subprocess.run([sys.executable, "-c", _FIRST], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.split() == [b"1000"]


@_ROOT_ONLY
def test_it_goes_first_without_rights_too() -> None:
    """The file is root's as soon as a process hides what it holds."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if reason := why_not(ROOT, environment):
        pytest.skip(reason)
    command = command_as_nobody([sys.executable, "-c", _FIRST])
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert done.stdout.split() == [b"1000"]


def test_ffmpeg_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where programs lie and that it speaks English."""
    monkeypatch.setenv("APP_PASSWORD", "canary")
    with tempfile.TemporaryFile(dir=tmp_path) as out, tempfile.TemporaryFile(dir=tmp_path) as err:
        assert ffmpeg._started(["env"], tmp_path, out.fileno(), err.fileno()).wait(10) == 0
        out.seek(0)
        told = dict(line.split("=", 1) for line in out.read().decode().splitlines())
    assert "canary" not in told.values()
    assert (told["LC_ALL"], told["PATH"]) == ("C", os.environ["PATH"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a limit")
def test_more_memory_than_the_limit_is_refused_where_it_is_asked_for() -> None:
    """And less is not, though much more address space is reserved."""
    script = """
import mmap
from core.sandbox.limits import limit_memory
reserved = mmap.mmap(-1, 4 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)
limit_memory(1 << 30)
bytearray(600 << 20)
try:
    bytearray(1100 << 20)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"refused\n"


@_ROOT_ONLY
def test_a_child_hides_its_memory_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as it serves."""
    monkeypatch.setenv("APP_PASSWORD", "canary")
    child = ChildProcess("tests.unit.sandbox.moody", answer_limit=1024)
    try:
        child.call(b"pid", timeout_s=20)
        assert readable(child.pid, user=0) == {"status"}
        assert core_limit(child.pid) == ["0", "0"]
        assert b"canary" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    finally:
        child.close()


@_ROOT_ONLY
def test_a_hidden_process_still_knows_itself() -> None:
    """Any user's: its memory, its connections, and the same of a process that is forked from it."""
    environment = {"PATH": os.environ["PATH"]}
    if reason := why_not(ROOT, environment):
        pytest.skip(reason)
    done = subprocess.run(
        command_as_nobody([sys.executable, "-c", _ALONE]),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert (found["uid"], found["received"], found["child"]) == (NOBODY, True, 0)
    assert found["own"] > 1_000_000
    assert found["web"] > 1_000_000
