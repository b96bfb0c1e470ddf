"""Memory of processes and containers, as recorded from systems of each kind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.hosting.checks.memory import (
    MemoryRoom,
    container_limit,
    free_memory,
    memory_room,
    proportional_bytes,
)
from tests.support.polling import eventually

MIB = 1024**2
MEMINFO = "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    4000000 kB\n"


def system(root: Path, files: dict[str, str]) -> Path:
    """A machine of 8 GB with those files."""
    for name, text in {"proc/meminfo": MEMINFO, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


V2 = "sys/fs/cgroup"
V1 = "sys/fs/cgroup/memory"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "536870912\n"}, 512 * MIB, id="v2-container"
        ),
        pytest.param({"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "max\n"}, None, id="v2-unlimited"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/kubepods/pod1/c1\n",
                f"{V2}/kubepods/pod1/c1/memory.max": "max\n",
                f"{V2}/kubepods/pod1/memory.max": f"{300 * MIB}\n",
                f"{V2}/kubepods/memory.max": f"{900 * MIB}\n",
            },
            300 * MIB,
            id="v2-the-pod-above-decides",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n",
                f"{V1}/docker/abc/memory.limit_in_bytes": f"{256 * MIB}\n",
                f"{V1}/memory.limit_in_bytes": "9223372036854771712\n",
            },
            256 * MIB,
            id="v1-seen-from-outside",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "9:memory,hugetlb:/docker/abc\n",
                f"{V1}/memory.limit_in_bytes": f"{128 * MIB}\n",
            },
            128 * MIB,
            id="v1-seen-from-inside",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:memory:/\n",
                f"{V1}/memory.limit_in_bytes": "9223372036854771712\n",
            },
            None,
            id="v1-unlimited",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/unified/memory.max": f"{64 * MIB}\n"}, 64 * MIB, id="hybrid"
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "99999999999999\n"},
            None,
            id="above-the-machine",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/../../etc\n", f"{V2}/memory.max": "77\n"},
            None,
            id="outside-what-is-seen",
        ),
        pytest.param({"proc/self/cgroup": "nonsense\n::::\n\n"}, None, id="nonsense"),
        pytest.param({}, None, id="nothing-to-read"),
    ],
)
def test_the_smallest_limit_counts(tmp_path: Path, files: dict[str, str], expected: int | None) -> None:
    """Of the group and those above it, where it is below the machine's memory."""
    assert container_limit(system(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, 4_000_000 * 1024, id="the-machine"),
        pytest.param({"proc/meminfo": ""}, None, id="nothing-is-told"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/\n",
                f"{V2}/memory.max": f"{512 * MIB}\n",
                f"{V2}/memory.current": f"{500 * MIB}\n",
                f"{V2}/memory.stat": f"anon 7\ninactive_file {30 * MIB}\n",
            },
            42 * MIB,
            id="v2-files-at-hand-are-free",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "9:memory:/docker/abc\n",
                f"{V1}/docker/abc/memory.limit_in_bytes": f"{128 * MIB}\n",
                f"{V1}/docker/abc/memory.usage_in_bytes": f"{130 * MIB}\n",
                f"{V1}/memory.limit_in_bytes": "9223372036854771712\n",
                f"{V1}/memory.usage_in_bytes": f"{900 * MIB}\n",
            },
            0,
            id="v1-full",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "max\n", f"{V2}/memory.current": "7\n"},
            4_000_000 * 1024,
            id="v2-unlimited",
        ),
    ],
)
def test_what_may_still_be_used(tmp_path: Path, files: dict[str, str], expected: int | None) -> None:
    """The least of what the machine has and what each limit leaves."""
    assert free_memory(system(tmp_path, files)) == expected


def test_room_is_told_as_the_system_tells_it(tmp_path: Path) -> None:
    """Limit, what the machine has to give, and this process; each None where it is not told."""
    root = system(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            f"{V2}/memory.max": "536870912\n",
            "proc/self/smaps_rollup": "55-7f ---p 00000000 00:00 0 [rollup]\nRss: 9 kB\nPss: 140000 kB\n",
        },
    )
    assert memory_room(root) == MemoryRoom(512 * MIB, 4_000_000 * 1024, 140_000 * 1024)
    assert memory_room(tmp_path / "nowhere") == MemoryRoom(None, None, None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the proportional size")
def test_a_process_costs_its_proportional_size() -> None:
    """As psutil sees it, for a child and for this process; one that is gone is None."""
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()  # it has loaded what it loads
        _as_psutil_says(child.pid, lambda: proportional_bytes(child.pid))
    finally:
        child.communicate(b"\n")
    assert proportional_bytes(child.pid) is None
    _as_psutil_says(os.getpid(), lambda: memory_room().web_bytes)


def _as_psutil_says(pid: int, ours: Callable[[], int | None]) -> None:
    """The shares change whenever any process that maps the same pages starts or ends: look until calm."""

    def same() -> bool:
        told = psutil.Process(pid).memory_full_info().pss
        return ours() == pytest.approx(told, rel=0.02)

    eventually(same, timeout=10, seen=lambda: (psutil.Process(pid).memory_full_info().pss, ours()))
