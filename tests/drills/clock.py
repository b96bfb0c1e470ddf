"""The clock jumps, under traffic: by minutes, hours, days, both ways, with and without a network.

Only the app's clock: a small library is compiled and put before the system's in its processes, so the machine
keeps its time. The Go core reads its clock past that library, and goes on as if nothing had been.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from tests.drills.house import House
from tests.drills.inside import CLOCK
from tests.drills.report import Report
from tests.drills.traffic import Traffic

JUMPS: Final = (90.0, -90.0, 3_600.0, -3_600.0, 86_400.0, -86_400.0, 30 * 86_400.0, -30 * 86_400.0)
"""Seconds; in pairs, so that the clock stands right again after them."""
BACK_S: Final = 15.0


def run(*, rounds: int = 4, instances: int = 4, seed: int = 463) -> Report:
    """Jump so many times, every other time while the network is down."""
    report = Report(f"{rounds} jumps of the clock, {instances} instances")
    chance = random.Random(seed)
    unseen: list[str] = []
    worst = {"online": 0.0, "without a network": 0.0}
    with House(instances) as place:
        clock = JumpingClock(place.folder)
        place.set_environment(clock.environment())
        place.app.start()
        place.wait_connected(since=time.monotonic())
        traffic = Traffic(place.hands, place.emulator, ids=place.ids, contacts=place.contacts, seed=seed)
        with traffic:
            for number in range(rounds):
                time.sleep(chance.uniform(1.0, 3.0))
                down = number // 2 % 2 == 0
                if down:
                    place.emulator.faults(network_down=True)
                    place.emulator.drop()
                    time.sleep(chance.uniform(0.5, 3.0))
                clock.jump(JUMPS[number % len(JUMPS)])
                time.sleep(1.0)
                if abs(place.hands.ask("now") - time.time() - clock.offset) > 2:
                    unseen.append(f"jump {number}")
                place.emulator.clear_faults()
                took, _ = place.wait_connected(since=time.monotonic())
                when = "without a network" if down else "online"
                worst[when] = max(worst[when], took)
        place.settle()
        report.none_of("jumps that the app's processes did not see", unseen)
        place.count(report, traffic, place.stop())
    for when, took in worst.items():
        report.at_most(f"jump {when} → all connected, worst", took, BACK_S, "s")
    return report


class JumpingClock:
    """The library, and the file with the seconds that it adds."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler: the clock of the app alone cannot be moved")
        self._library = folder / "clock.so"
        self._file = folder / "clock-offset"
        self.offset = 0
        """Seconds that the app's clock is ahead now."""
        self._write()
        source = Path(__file__).with_suffix(".c")
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(command, check=True)

    def environment(self) -> dict[str, str]:
        """Variables for the app's processes."""
        return {
            CLOCK: str(self._library),
            "TEST_PROCESS_CLOCK_FILE": str(self._file),
            "LD_PRELOAD": str(self._library),
        }

    def jump(self, seconds: float) -> None:
        """Move the clock from where it is."""
        self.offset += int(seconds)
        self._write()

    def _write(self) -> None:
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("l", self.offset))
