"""What a sandboxed process may use, and what it is told about us: the least that it can work with."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
_DESCRIPTORS: Final = 64
_OOM_SCORE: Final = Path("/proc/self/oom_score_adj")
_PR_SET_DUMPABLE: Final = 4
"""Source: prctl(2)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that the kernel keeps (Linux; elsewhere only the caller's deadline holds)."""

    memory: int
    """Bytes of address space: more is refused as MemoryError inside the process."""
    cpu_s: int
    """Seconds of processor time for one call; more ends the process."""
    file_size: int = 0
    """Bytes that a file may be written to; 0 forbids writing files."""
    nice: int = 10
    """How far it stands behind everything else that wants the processor; 0 when a caller waits for it."""


def plain_environment(names: Collection[str] = (), prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    """Return an environment that holds no secret: where programs lie, the language, the time zone.

    Of the others, only those that are named (whole, or by how they begin) are in it.
    """
    kept = {*_KEPT, *names}
    return {name: value for name, value in os.environ.items() if name in kept or name.startswith(prefixes)}


def forbid_dumps() -> None:
    """Keep what this process holds in memory out of core files and from other processes of the same user.

    Only the kernel's administrator may read its memory or its environment from then on. Forked
    processes inherit it; a program that is started does not, and calls it itself.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)


def apply_limits(limits: Limits) -> None:
    """Set the limits of this very process; call it before any foreign byte is read."""
    offer_to_be_ended_first()  # who hides what it holds may not say so any more
    forbid_dumps()
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415  # not on Windows

    for which, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _lower(which, most)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + limits.nice)


def offer_to_be_ended_first() -> None:
    """Have the kernel end this process before any other when memory runs out (Linux).

    Else it takes the largest one, the web process, and everything with it.
    """
    with contextlib.suppress(OSError):
        _OOM_SCORE.write_text("1000")


def limit_memory(most: int) -> None:
    """Refuse this process more than ``most`` bytes of memory of its own (Linux).

    Unlike the limit on address space it does not count what a Go runtime reserves and never uses.
    """
    if sys.platform == "linux":
        import resource  # noqa: PLC0415  # not on Windows

        _lower(resource.RLIMIT_DATA, most)


def allow_cpu(seconds: int) -> None:
    """Give this process that many seconds of processor time from now on; it ends when they are used up."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415  # not on Windows

    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    # Whole seconds: the kernel's limit has no smaller unit.
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + 1 + seconds, hard))


def _lower(which: int, most: int) -> None:
    import resource  # noqa: PLC0415  # not on Windows

    hard = resource.getrlimit(which)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (bound, bound))
