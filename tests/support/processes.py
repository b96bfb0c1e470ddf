"""Knowing which processes are ours, and ending only those.

A process is its id *and* its creation time: ids are given again, so an id alone could be a stranger's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import psutil
import pytest

_CAP_SYS_PTRACE: Final = 19
"""Source: linux/capability.h."""
MARKER: Final = "TEST_PROCESS_FAMILY"
"""An environment variable that every descendant inherits, so that orphans can be found too."""


def _may_look_inside() -> bool:
    """Whether this process has CAP_SYS_PTRACE, without which it sees nothing inside the app's processes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return True  # not Linux: they hide nothing
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) & (1 << _CAP_SYS_PTRACE))


looks_inside: Final = pytest.mark.skipif(
    not _may_look_inside(), reason="the app's processes hide what is in them from any user but root"
)
"""Marks a test that counts descriptors, or reads what is written in another process of the app."""


def is_alive(process: psutil.Process) -> bool:
    """Whether that very process still runs; a zombie has ended and only waits to be counted."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    return [process for process in processes if is_alive(process)]


def descendants(pid: int) -> list[psutil.Process]:
    """Children, their children and so on, now; empty when the process is gone."""
    try:
        return alive(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def family(marker: str) -> list[psutil.Process]:
    """Every running process that carries the marker, whoever its parent is by now.

    The app's processes hide their environment: only with root's rights (CAP_SYS_PTRACE) are they found here.
    """
    return [process for process in psutil.process_iter() if _marker_of(process) == marker]


def end(processes: Iterable[psutil.Process], *, patience_s: float = 5.0) -> None:
    """Ask, wait, then kill; done with those that have ended already."""
    running = alive(processes)
    for process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(running, timeout=patience_s)
    for process in alive(stubborn):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience_s)


def _marker_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARKER, "") if is_alive(process) else ""
    except (psutil.Error, OSError):  # a stranger's process, or gone meanwhile
        return ""
