"""A real small disk that fills up and is freed again and again, under traffic."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.drills.house import House
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.support.fillable_disk import disk_of

BACK_S: Final = 30.0


def run(*, rounds: int = 4, instances: int = 3, seed: int = 463, kind: str = "ext4-1024") -> Report:
    """Fill the disk so many times, to the last byte or nearly, for up to eight seconds."""
    report = Report(f"{rounds} times a full disk ({kind}), {instances} instances")
    chance = random.Random(seed)
    worst = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="drill-disk-") as folder,
        disk_of(kind, Path(folder, "disk"), Path(folder, "image")) as disk,
        House(instances, auth_dir=disk.path) as place,
    ):
        place.app.start()
        place.wait_connected(since=time.monotonic())
        traffic = Traffic(
            place.hands, place.emulator, ids=place.ids, contacts=place.contacts, seed=seed, pause_s=0.4
        )
        with traffic:
            for _ in range(rounds):
                disk.fill(leave=chance.choice((0, 0, chance.randrange(1, 40) * 1024)))
                time.sleep(chance.uniform(0.5, 8.0))
                disk.free()
                worst = max(worst, place.wait_connected(since=time.monotonic())[0])
                time.sleep(chance.uniform(0.0, 1.0))
        place.settle()
        place.count(report, traffic, place.stop())
    report.at_most("room again → all connected, worst", worst, BACK_S, "s")
    return report
