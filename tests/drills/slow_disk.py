"""A disk that takes a tenth of a second and more for each write, or hangs for moments, under traffic.

`dm-delay` would do it where the kernel has a device mapper; here a loop device is throttled by the control
group `blkio` (v1), which hits the journal's thread too. Root only.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.drills.house import House
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.support.fillable_disk import SmallDisk, ext4

THROTTLE: Final = Path("/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device")
SLOW, HANGING = 12, 1
"""Writes a second."""
ANSWER_S: Final = 25.0
"""A text may take so long on a disk that slow, and no longer."""


def run(*, rounds: int = 2, instances: int = 4, seed: int = 463) -> Report:
    """So many rounds: slow for 10 s, hanging for 5 s, well for 2 s."""
    report = Report(f"{rounds} rounds on a slow disk, {instances} instances")
    chance = random.Random(seed)
    slowest = worst = 0.0
    with throttled_disk() as (disk, throttle), House(instances, auth_dir=disk.path) as place:
        place.app.start()
        place.wait_connected(since=time.monotonic())
        traffic = Traffic(place.hands, place.emulator, ids=place.ids, contacts=place.contacts, seed=seed)
        with traffic:
            for _ in range(rounds):
                for writes, seconds in ((SLOW, 10.0), (HANGING, 5.0), (0, 2.0)):
                    throttle(writes)
                    time.sleep(seconds * chance.uniform(0.7, 1.3))
                    asked = time.monotonic()
                    place.hands.ask("views")
                    slowest = max(slowest, time.monotonic() - asked)
                worst = max(worst, place.wait_connected(since=time.monotonic())[0])
        throttle(0)
        place.settle()
        place.count(report, traffic, place.stop())
    report.at_most("the pages' question to the registry, slowest", slowest, 1.0, "s")
    report.at_most("disk well → all connected, worst", worst, 30.0, "s")
    report.at_most("a text pressed → answered, slowest", traffic.slowest, ANSWER_S, "s")
    return report


@contextlib.contextmanager
def throttled_disk() -> Iterator[tuple[SmallDisk, Callable[[int], None]]]:
    """An ext4 on a loop device, and how to say how many writes a second it takes (0: as many as it can)."""
    if not THROTTLE.exists():
        pytest.skip(f"no {THROTTLE}: disks cannot be slowed down here")
    with (
        tempfile.TemporaryDirectory(prefix="drill-disk-") as folder,
        ext4(Path(folder, "disk"), Path(folder, "image")) as disk,
    ):
        device = _device_of(disk.path)

        def throttle(writes: int) -> None:
            THROTTLE.write_text(f"{device} {writes}")

        try:
            yield disk, throttle
        finally:
            throttle(0)


def _device_of(path: Path) -> str:
    """Return its numbers as the kernel writes them: `7:0`."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[4] == str(path):
            return fields[2]
    raise AssertionError(path)
