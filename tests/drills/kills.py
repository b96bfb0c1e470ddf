"""Kills under traffic: web process, a worker, the preloader, or all of them at once, at random moments."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import psutil

from tests.drills.house import House, house
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.support.polling import eventually
from tests.support.processes import alive

RECOVERY_S: Final = {"worker": 3.0, "preloader": 5.0, "web": 10.0, "all": 10.0}
"""How soon all must be connected again in the mean; a web process is started anew by the drill, at once."""


def run(*, rounds: int = 12, instances: int = 6, seed: int = 463) -> Report:
    """Kill so many times, among so many instances, four to a worker."""
    report = Report(f"{rounds} kills under traffic, {instances} instances")
    chance = random.Random(seed)
    worst: dict[str, float] = {}
    times: dict[str, list[float]] = {}
    presses = 0
    kills: Counter[str] = Counter()
    with house(instances, env={"INSTANCES_PER_WORKER": "4"}) as place:
        traffic = Traffic(place.hands, place.emulator, ids=place.ids, contacts=place.contacts, seed=seed)
        with traffic:
            for number in range(rounds):
                time.sleep(chance.uniform(0.0, 1.5))
                name = chance.choice(list(BLOWS))
                begin = time.monotonic()
                BLOWS[name](place, chance)
                took, pressed = place.wait_connected(since=begin)
                kills[name] += 1
                presses += pressed
                if not pressed:
                    times.setdefault(name, []).append(took)
                    worst[name] = max(worst.get(name, 0.0), took)
                if number % 25 == 24:
                    print(f"{number + 1} kills", flush=True)
        place.wait_connected(since=time.monotonic())
        place.settle()
        place.count(report, traffic, place.stop())
    for name, found in sorted(times.items()):
        report.at_most(
            f"{name} killed {kills[name]} times → all connected, mean",
            sum(found) / len(found),
            RECOVERY_S[name],
            "s",
        )
        report.tell("— the worst", f"{worst[name]:.2f} s")
    report.tell("instances left alone after crashes, started by a press", presses)
    return report


def _kill_web(place: House, _: random.Random) -> None:
    place.app.kill()
    place.app.start()


def _kill_all(place: House, _: random.Random) -> None:
    family = place.app.descendants()
    os.kill(place.app.pid, signal.SIGKILL)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    eventually(lambda: not place.app.running and not alive(family), timeout=10, seen=lambda: alive(family))
    place.app.start()


def _kill_worker(place: House, chance: random.Random) -> None:
    if workers := place.workers():
        _kill(chance.choice(list(workers)))


def _kill_preloader(place: House, _: random.Random) -> None:
    if (preloader := place.preloader()) is not None:
        _kill(preloader.pid)


def _kill(pid: int) -> None:
    """Kill, and wait until it is seen: else all would seem to be connected still."""
    with contextlib.suppress(psutil.NoSuchProcess):
        victim = psutil.Process(pid)
        victim.kill()
        eventually(lambda: not alive([victim]), timeout=5, seen=lambda: victim)
        time.sleep(0.05)


BLOWS: Final[dict[str, Callable[[House, random.Random], None]]] = {
    "web": _kill_web,
    "worker": _kill_worker,
    "preloader": _kill_preloader,
    "all": _kill_all,
}
