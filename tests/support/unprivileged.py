"""Running a program as a user who owns nothing, also where this Python lies in root's own home."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
_AS_NOBODY: Final = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
_EVERYONE_MAY_ENTER: Final = 0o001


def command_as_nobody(command: list[str]) -> list[str]:
    """`command`, to be started by root, as it runs under another user; same process id, same signals.

    When only root may enter a folder above this Python, the process gets mounts of its own in which Python is
    at the same path and that folder holds nothing else. Nobody outside sees them.
    """
    base = Path(sys.base_prefix)
    closed = next(
        (one for one in reversed(base.parents) if not one.stat().st_mode & _EVERYONE_MAY_ENTER), None
    )
    words = [*_AS_NOBODY, *command]
    if closed is None:
        return words
    steps = f"""
        set -e
        mount --bind {shlex.quote(str(base))} /mnt
        mount -t tmpfs -o mode=755,size=1m none {shlex.quote(str(closed))}
        mkdir -p {shlex.quote(str(base))}
        mount --bind /mnt {shlex.quote(str(base))}
        exec {shlex.join(words)}
    """
    return ["unshare", "--mount", "bash", "-c", steps]


def readable(pid: int, *, user: int) -> set[str]:
    """Which of a process's files another process of `user` may open, without an administrator's rights.

    Of the files that tell of any process, `status` is always among them.
    """
    as_user = [
        "setpriv",
        f"--reuid={user}",
        f"--regid={user}",
        "--clear-groups",
        "--bounding-set=-all",
    ]
    names = ("environ", "mem", "maps", "smaps_rollup", "status")
    opened = (
        subprocess.run(
            [*as_user, "bash", "-c", f": < /proc/{pid}/{name}"], capture_output=True, check=False
        ).returncode
        for name in names
    )
    return {name for name, failed in zip(names, opened, strict=True) if not failed}


def core_limit(pid: int) -> list[str]:
    """Bytes of the core file that process may leave: soft limit, hard limit."""
    return limit_of(pid, "Max core file size")


def limit_of(pid: int, name: str) -> list[str]:
    """A limit of that process as proc(5) names it: soft, hard."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith(name))
    return line.removeprefix(name).split()[:2]


def why_not(folder: Path, environment: Mapping[str, str]) -> str:
    """Why the app in `folder` cannot run as nobody here; empty when it can."""
    look = "import streamlit, core.settings, sys; open('app.py').read(); print(sys.version_info[:3])"
    try:
        done = subprocess.run(
            command_as_nobody([sys.executable, "-c", look]),
            cwd=folder,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        return f"another user cannot be tried: {error}"
    if done.returncode != 0:
        return f"another user than root cannot run it here: {done.stderr.strip()[-300:]}"
    # A shared library that cannot be reached may be replaced by the system's, of another version.
    return "" if done.stdout.strip() == str(sys.version_info[:3]) else f"it runs Python {done.stdout.strip()}"
