"""What is installed: told by real files, packages and programs."""

from __future__ import annotations

import importlib.metadata
import sys
from datetime import date
from pathlib import Path

import pytest

from core.hosting.checks.installation import engine_age, libmagic, packages, program, python_version
from core.models.diagnostics import Check, SelfCheck, Verdict
from core.settings import ROOT

TODAY = date(2026, 11, 24)
ENDING = " \\\n    --hash=sha256:0\n"


def of(check: Check) -> tuple[Verdict, str]:
    return check.verdict, check.reason


def test_this_python_is_the_tested_one() -> None:
    """Another patch release counts as the same."""
    check = python_version(ROOT / ".python-version")
    assert of(check) == (Verdict.GOOD, "")
    assert check.value == ".".join(map(str, sys.version_info[:3]))


def test_another_python_is_told_with_both_versions(tmp_path: Path) -> None:
    """It may work; nobody has tried. 3.1 is not the beginning of 3.11."""
    (tmp_path / "v").write_text("3.1.7\n")
    check = python_version(tmp_path / "v", (3, 11, 7))
    assert of(check) == (Verdict.WARNING, "python-not-tested")
    assert check.value == "3.11.7 (3.1.7)"


def test_without_the_file_nothing_is_known(tmp_path: Path) -> None:
    """An installation that was copied in parts."""
    assert python_version(tmp_path / "none").verdict is Verdict.UNKNOWN


def test_the_lock_of_this_installation_is_kept() -> None:
    """The real file against the real packages."""
    check = packages(ROOT / "requirements.txt")
    assert of(check) == (Verdict.GOOD, "")
    assert int(check.value) > 20


def test_other_and_missing_packages_are_named(tmp_path: Path) -> None:
    """A missing one outweighs another version; at most five are named."""
    lock = tmp_path / "lock.txt"
    have = importlib.metadata.version("pytest")
    lock.write_text(f"pytest==1.2.3{ENDING}")
    assert packages(lock) == Check(
        SelfCheck.PACKAGES, Verdict.WARNING, "packages-differ", f"pytest {have} (1.2.3)"
    )
    lock.write_text(f"pytest=={have}{ENDING}" + "".join(f"no-such-{n}==1{ENDING}" for n in range(7)))
    check = packages(lock)
    assert of(check) == (Verdict.BAD, "packages-missing")
    assert check.value == "no-such-0, no-such-1, no-such-2, no-such-3, no-such-4, …"


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe"])
def test_without_a_lock_nothing_is_known(tmp_path: Path, content: bytes | None) -> None:
    """No list, no verdict."""
    if content is not None:
        (tmp_path / "lock.txt").write_bytes(content)
    assert of(packages(tmp_path / "lock.txt")) == (Verdict.UNKNOWN, "packages-no-list")


@pytest.mark.parametrize(
    ("made", "verdict", "reason"),
    [
        (date(2026, 11, 1), Verdict.GOOD, ""),
        (date(2026, 8, 26), Verdict.GOOD, ""),
        (date(2026, 8, 25), Verdict.WARNING, "engine-old"),
        (date(2025, 11, 24), Verdict.WARNING, "engine-old"),
        (date(2025, 11, 23), Verdict.BAD, "engine-very-old"),
        (None, Verdict.UNKNOWN, "engine-date-unknown"),
    ],
)
def test_the_core_ages(made: date | None, verdict: Verdict, reason: str) -> None:
    """90 days and a year."""
    assert of(engine_age("0.5.2", made, TODAY)) == (verdict, reason)


def test_the_libmagic_that_the_core_will_load_loads() -> None:
    """The genuine one, with its version."""
    check = libmagic()
    assert of(check) == (Verdict.GOOD, "")
    assert float(check.value) > 5


def test_what_is_no_libmagic_does_not_count(tmp_path: Path) -> None:
    """A damaged file, a missing one, another library."""
    (tmp_path / "libmagic.so").write_bytes(b"\x7fELF" + bytes(100))
    found = libmagic([tmp_path / "libmagic.so", tmp_path / "none", "libc.so.6"])
    assert of(found) == (Verdict.BAD, "libmagic-missing")


def make_program(folder: Path, body: str) -> None:
    (folder / "ffmpeg").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "ffmpeg").chmod(0o755)


def test_a_program_tells_its_version(tmp_path: Path) -> None:
    """As ffmpeg does in its first line."""
    make_program(tmp_path, 'test "$1" = -version && echo "ffmpeg version 7.1-static https://x Copyright"')
    assert program(SelfCheck.FFMPEG, str(tmp_path)) == Check(
        SelfCheck.FFMPEG, Verdict.GOOD, value="7.1-static"
    )


@pytest.mark.parametrize("body", ["exit 127", "kill -SEGV $$", "exec /nonexistent/interpreter"])
def test_a_program_that_does_not_run_is_told(tmp_path: Path, body: str) -> None:
    """Installed for another machine, or half removed."""
    make_program(tmp_path, body)
    assert of(program(SelfCheck.FFMPEG, str(tmp_path))) == (Verdict.WARNING, "program-broken")


def test_a_program_that_is_too_old_is_told(tmp_path: Path) -> None:
    """With its version; wherever it was found."""
    make_program(tmp_path, "echo 'ffmpeg version 3.4.11-0ubuntu0.1 Copyright'")
    found = program(SelfCheck.FFMPEG, place=str(tmp_path / "ffmpeg"))
    assert (*of(found), found.value) == (Verdict.WARNING, "program-old", "3.4.11-0ubuntu0.1")
    make_program(tmp_path, "echo 'ffmpeg version 4.1.11-0+deb10u1 Copyright'")
    assert of(program(SelfCheck.FFMPEG, str(tmp_path))) == (Verdict.GOOD, "")


def test_a_program_that_hangs_is_left(tmp_path: Path) -> None:
    """The page must not hang with it."""
    make_program(tmp_path, "exec sleep 60")
    assert of(program(SelfCheck.FFMPEG, str(tmp_path))) == (Verdict.WARNING, "program-broken")


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    """Also when a file of that name cannot be run."""
    assert of(program(SelfCheck.FFMPEG, str(tmp_path))) == (Verdict.WARNING, "program-missing")
    make_program(tmp_path, "exit 0")
    (tmp_path / "ffmpeg").chmod(0o644)
    assert of(program(SelfCheck.FFMPEG, str(tmp_path))) == (Verdict.WARNING, "program-missing")
