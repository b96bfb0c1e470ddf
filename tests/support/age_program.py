"""Debian's ``age`` program, which asks for a passphrase on a terminal only: it gets one.

``python -m tests.support.age_program`` installs it where that can be done.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import time
from pathlib import Path
from typing import Final

from tests.support.apt import install, may_install

_LONGEST_S: Final = 60.0


def ensure_age() -> str:
    """Return its path, installing it where there is none; empty where that cannot be done."""
    if not (path := shutil.which("age")) and may_install():
        install("age", tries=1)
        path = shutil.which("age")
    return path or ""


def decrypt_with_age(path: Path, passphrase: str) -> bytes:
    """What ``age -d`` makes of the file."""
    return _run(["age", "-d", "-o", str(path) + ".out", str(path)], Path(str(path) + ".out"), passphrase)


def encrypt_with_age(path: Path, passphrase: str) -> bytes:
    """What ``age -p`` makes of the file."""
    target = Path(str(path) + ".age")
    return _run(["age", "-p", "-o", str(target), str(path)], target, passphrase)


def _run(command: list[str], target: Path, passphrase: str) -> bytes:
    """Run it on a terminal of its own and type the passphrase whenever it asks for one."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)  # the test's own program
    shown, deadline = b"", time.monotonic() + _LONGEST_S
    answered = 0
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # its end closes the terminal
                break
        if (asked := shown.lower().count(b"passphrase")) > answered:
            os.write(terminal, passphrase.encode() + b"\n")
            answered = asked
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    return target.read_bytes()


if __name__ == "__main__":
    print(f"age: {ensure_age() or 'not installed: tests that need it are skipped'}")
