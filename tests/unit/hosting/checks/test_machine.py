"""Clock, time zone, descriptors and memory; the machine's own, and trees as other kernels show them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.hosting.checks.machine import (
    ClockWatch,
    Memory,
    descriptors,
    grade,
    memory,
    memory_use,
    size,
    time_zone,
)
from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict
from core.settings import ROOT

MB = 1 << 20
GB = 1 << 30


def of(check: Check) -> tuple[Verdict, str]:
    return check.verdict, check.reason


def plant(root: Path, files: Mapping[str, object]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


MACHINE = {"proc/meminfo": f"MemTotal:  {8 << 20} kB\nMemFree: 9 kB\nMemAvailable: {2 << 20} kB"}


def test_this_machine_tells_its_memory() -> None:
    """Some of it is used, not more than there is."""
    found = memory()
    assert found is not None
    assert 0 < found.used < found.limit
    assert memory_use(found).verdict is not Verdict.UNKNOWN


def test_without_a_group_the_machine_counts(tmp_path: Path) -> None:
    """What can be given up is not used."""
    assert memory(plant(tmp_path, MACHINE)) == Memory(limit=8 * GB, used=6 * GB)


def test_version_2_counts_what_cannot_be_given_up(tmp_path: Path) -> None:
    """Files that the kernel keeps at hand are no use of memory."""
    group = "sys/fs/cgroup/"
    files = {
        "proc/self/cgroup": "0::/",
        f"{group}memory.max": 512 * MB,
        f"{group}memory.current": 500 * MB,
        f"{group}memory.stat": f"anon 1\ninactive_file {400 * MB}\nactive_file 2",
    }
    assert memory(plant(tmp_path, MACHINE | files)) == Memory(limit=512 * MB, used=100 * MB)


def test_version_1_is_read_as_well(tmp_path: Path) -> None:
    """Its figures have other names, and no limit is a very large number."""
    group = "sys/fs/cgroup/memory/"
    files: dict[str, object] = {
        "proc/self/cgroup": "5:cpu:/\n4:memory:/docker/abc",
        f"{group}memory.limit_in_bytes": 256 * MB,
        f"{group}memory.usage_in_bytes": 200 * MB,
        f"{group}memory.stat": f"cache 7\ntotal_inactive_file {50 * MB}",
    }
    assert memory(plant(tmp_path, MACHINE | files)) == Memory(limit=256 * MB, used=150 * MB)
    plant(tmp_path, {f"{group}memory.limit_in_bytes": (1 << 63) - 4096})
    assert memory(tmp_path) == Memory(limit=8 * GB, used=6 * GB)


def test_of_two_limits_the_one_with_less_room_counts(tmp_path: Path) -> None:
    """A pod's limit may be reached before its container's."""
    inner, outer = "sys/fs/cgroup/pod/box/", "sys/fs/cgroup/pod/"
    files = {
        "proc/self/cgroup": "0::/pod/box",
        f"{inner}memory.max": 300 * MB,
        f"{inner}memory.current": 100 * MB,
        f"{inner}memory.stat": "",
        f"{outer}memory.max": 400 * MB,
        f"{outer}memory.current": 390 * MB,
        f"{outer}memory.stat": "",
    }
    assert memory(plant(tmp_path, MACHINE | files)) == Memory(limit=400 * MB, used=390 * MB)


def test_a_group_without_a_limit_is_the_machine(tmp_path: Path) -> None:
    """``max`` is no number."""
    files = {"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": "max"}
    assert memory(plant(tmp_path, MACHINE | files)) == Memory(limit=8 * GB, used=6 * GB)


def test_a_system_that_tells_nothing_is_unknown(tmp_path: Path) -> None:
    """macOS has no such files."""
    assert memory(tmp_path) is None
    assert of(memory_use(None)) == (Verdict.UNKNOWN, "not-told")


@pytest.mark.parametrize(
    ("share", "verdict", "reason"),
    [
        (0.0, Verdict.GOOD, ""),
        (0.799, Verdict.GOOD, ""),
        (0.80, Verdict.WARNING, "memory-80"),
        (0.949, Verdict.WARNING, "memory-80"),
        (0.95, Verdict.BAD, "memory-95"),
        (1.2, Verdict.BAD, "memory-95"),
    ],
)
def test_80_and_95_percent(share: float, verdict: Verdict, reason: str) -> None:
    """The same bounds for everything that can fill up."""
    assert grade(share, SelfCheckReason.MEMORY_80, SelfCheckReason.MEMORY_95) == (verdict, reason)


def test_memory_shows_share_use_and_limit() -> None:
    """In figures that need no language."""
    shown = memory_use(Memory(512 * MB, 450 * MB))
    assert shown == Check(SelfCheck.MEMORY, Verdict.WARNING, "memory-80", "88% (450 MB / 512 MB)")
    assert memory_use(Memory(1000, 990)).reason == "memory-95"


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """A limit of 100 while the test runs."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_open_files_are_counted_against_the_limit(few_descriptors: None) -> None:
    """Opening some is seen; near the limit it is told."""
    before = int(descriptors().value.split(" / ")[0])
    held: list[int] = []
    try:
        for share, reason in ((0, ""), (85, "descriptors-80"), (97, "descriptors-95")):
            while before + len(held) < share:
                held.append(os.open("/dev/null", os.O_RDONLY))
            check = descriptors()
            assert check.reason == reason
            assert check.value == f"{before + len(held)} / 100"
    finally:
        for number in held:
            os.close(number)


def test_the_clock_is_plausible() -> None:
    """Nothing set it since, and it is not before the core was made."""
    today = datetime.now(UTC).date()
    assert of(ClockWatch().check(today)) == (Verdict.GOOD, "")
    assert of(ClockWatch().check(None)) == (Verdict.GOOD, "")


def test_a_clock_before_the_core_was_made_is_wrong() -> None:
    """A board without a battery starts in 1970; this one starts before tomorrow."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    assert of(ClockWatch().check(tomorrow)) == (Verdict.BAD, "clock-in-the-past")


def test_a_clock_that_was_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting the machine's own would hurt everything that runs on it, so only our reading is set."""
    watch = ClockWatch()
    real = __import__("time").time
    monkeypatch.setattr("core.hosting.checks.machine.time.time", lambda: real() + 3600)
    check = watch.check(None)
    assert of(check) == (Verdict.WARNING, "clock-jumped")
    assert check.value == "+3600 s"


@pytest.mark.parametrize(
    ("zone", "verdict", "shown"),
    [
        ("America/Sao_Paulo", "good", "America/Sao_Paulo (UTC-0300)"),
        ("Asia/Kolkata", "good", "Asia/Kolkata (UTC+0530)"),
        ("America/Sao_Paolo", "warning", "America/Sao_Paolo (UTC+0000)"),
        ("", "good", ""),
    ],
)
def test_a_zone_that_nobody_knows_is_told(zone: str, verdict: str, shown: str) -> None:
    """libc says nothing and takes UTC; asked of a real process, as the zone is read at its start."""
    code = (
        "from core.hosting.checks.machine import time_zone as t; c = t(); print(c.verdict, c.value, sep='|')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    found, _, value = done.stdout.strip().partition("|")
    assert found == verdict
    assert value == shown or (not shown and value.endswith("(UTC+0000)"))


def test_a_zone_in_words_of_its_own_is_left_alone() -> None:
    """POSIX rules and paths are no names of zones."""
    for zone in ("BRT3", ":/etc/localtime", "UTC"):
        assert time_zone({"TZ": zone}).verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (5, "5 B"), (1536, "1.5 KB"), (512 * MB, "512 MB"), (GB, "1.0 GB"), (5000 * GB, "5000 GB")],
)
def test_sizes_read_the_same_in_every_language(count: int, text: str) -> None:
    """Units that everybody knows."""
    assert size(count) == text
