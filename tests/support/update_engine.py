"""`make update-engine`: put a newer WhatsApp core in the place of the installed one, if its tests pass.

Only the core's pin moves, and what the core itself needs. When a step fails, the pins and the packages of
before are put back. ``make update-engine ENGINE=0.5.2`` takes that version instead of the newest: so one goes
back, too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from packaging.version import InvalidVersion, Version

from core.hosting.checks.engine_release import ENGINE, newest_release
from core.settings import ROOT

TESTS: Final = (
    "tests/unit/engine",
    "tests/integration/emulator",
    "tests/integration/registry",
    "tests/e2e/test_main_job.py",
)
"""What says that a core does what the product needs: pairing, sending, receiving, files, crashes."""
_LISTS: Final = ("requirements", "requirements-dev", "requirements-ffmpeg")
_PIN: Final = re.compile(rf"^{ENGINE}==(\S+)", re.MULTILINE)
_INSTALL: Final = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--retries", "10")
_LOCK: Final = ("compile", "--quiet", "--no-header", "--generate-hashes", "--no-emit-index-url")

Run: TypeAlias = Callable[[Sequence[str]], None]
"""Runs a command; raises ``subprocess.CalledProcessError`` when it fails."""


def main(wanted: str = "") -> int:
    """Update to ``wanted``, or to the newest release; 0 when it is installed and tested, else 1."""
    target = _version(wanted) if wanted else newest_release()
    if target is None:
        print(f"engine: {wanted} is no version" if wanted else "engine: the package index does not answer")
        return 1
    current = pinned(ROOT)
    if target == current:
        print(f"engine: {ENGINE} {current} is in place already; nothing to do")
        return 0
    print(f"engine: {ENGINE} {current} -> {target}; then its tests, which take some minutes", flush=True)
    try:
        update(ROOT, target, run=_run)
    except subprocess.CalledProcessError as error:
        print(f"engine: {_words(error.cmd)} failed; {ENGINE} {current} is in place again")
        return 1
    print(f"engine: {ENGINE} {target} passed. Commit the requirements and deploy.")
    print(f"engine: to go back: make update-engine ENGINE={current}")
    return 0


def pinned(root: Path) -> Version:
    """Return the version that ``requirements.in`` names."""
    found = _PIN.search((root / "requirements.in").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"requirements.in does not pin {ENGINE}")
    return Version(found[1])


def update(root: Path, target: Version, *, run: Run) -> None:
    """Pin, lock, install and test ``target``; when a step fails, put everything back and raise its error."""
    with _kept(root, run):
        source = root / "requirements.in"
        source.write_text(
            _PIN.sub(f"{ENGINE}=={target}", source.read_text(encoding="utf-8")), encoding="utf-8"
        )
        for name in _LISTS:
            run(_lock(name))
        _install(run)
        run([sys.executable, "-m", "pytest", "-n", "logical", "--dist", "worksteal", "--maxfail=5", *TESTS])


@contextmanager
def _kept(root: Path, run: Run) -> Iterator[None]:
    """Put the lists of packages back, and install them, when what is done inside fails or is interrupted."""
    files = [root / f"{name}.{kind}" for name in _LISTS for kind in ("in", "txt")]
    before = {path: path.read_bytes() for path in files}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        _install(run)
        raise


def _lock(name: str) -> list[str]:
    uv = str(Path(sys.executable).with_name("uv"))
    files = [f"{name}.in", "-o", f"{name}.txt"]
    return [uv, "pip", *_LOCK, "--python-version", "3.11", "--upgrade-package", ENGINE, *files]


def _install(run: Run) -> None:
    for name in ("requirements", "requirements-dev"):
        run([sys.executable, *_INSTALL, "--require-hashes", "-r", f"{name}.txt"])


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ})


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _words(command: Sequence[str]) -> str:
    return " ".join(Path(word).name if index == 0 else word for index, word in enumerate(command[:5]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
