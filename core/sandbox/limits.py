"""What a sandboxed process may use, and what it is told about us: the least that it can work with."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024**2
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
_DESCRIPTORS: Final = 64


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
    """How far it stands behind everything else that wants the processor; 0 when somebody waits for it."""


def plain_environment() -> dict[str, str]:
    """Return an environment that holds no secret: where programs lie, the language, the time zone."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def apply_limits(limits: Limits) -> None:
    """Bound this very process; call it before any stranger's byte is read."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415  # not on Windows

    for which, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(which, most)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + limits.nice)


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
