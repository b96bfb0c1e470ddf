"""Measuring what lies on the disk, and what that does to everybody else in the process."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from core.hosting.usage.scan import measure as measure_usage
from tests.bench.site import Site
from tests.bench.table import Row, row

RUNS = 5
INSTANCES = 1_000
_FILES = {
    "session.db": 400_000,
    "session.db-wal": 40_000,
    "session.db-shm": 32_768,
    "history.db": 20_480,
    "instance.json": 200,
    "worker.log": 2_000,
}
_TICK_S = 0.001


def measure(site: Site) -> list[Row]:
    """A thousand instance folders, looked at while another thread wants to run every millisecond."""
    auth_dir = site.folder()
    for number in range(INSTANCES):
        _fill(auth_dir / f"loja-{number:04d}")
    figures = [_scan(auth_dir) for _ in range(RUNS)]
    scans, stalls = (tuple(each) for each in zip(*figures, strict=True))
    return [
        row("usage scan of 1,000 instance folders", 1, "s", *scans),
        row("— longest wait of another thread meanwhile", 0.1, "s", *stalls),
    ]


def _fill(folder: Path) -> None:
    folder.mkdir()
    for name, size in _FILES.items():
        (folder / name).write_bytes(b"\x5a" * size)


def _scan(auth_dir: Path) -> tuple[float, float]:
    """Seconds for one scan, and the longest wait of the other thread in that time."""
    done, waits = threading.Event(), [0.0]

    def tick() -> None:
        while not done.is_set():
            before = time.perf_counter()
            time.sleep(_TICK_S)
            waits.append(time.perf_counter() - before - _TICK_S)

    other = threading.Thread(target=tick)
    other.start()
    begin = time.perf_counter()
    found = measure_usage(auth_dir)
    took = time.perf_counter() - begin
    done.set()
    other.join()
    assert len(found.folders) == INSTANCES
    assert found.total_bytes > INSTANCES * sum(_FILES.values())
    return took, max(waits)
