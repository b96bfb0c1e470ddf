"""A soak: many instances, a network that flaps, texts both ways, a visitor every few seconds."""

from __future__ import annotations

import random
import threading
import time
from typing import Final

from tests.drills.flapping import FlappingProxy
from tests.drills.house import House
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.drills.visiting import Visits
from tests.drills.weighing import Scales

FLAP_EVERY_S: Final = 20.0
VISIT_EVERY_S: Final = 3.0
WEIGH_EVERY_S: Final = 10.0
WORKER_SLOPE, WEB_SLOPE = 1.0, 3.0
"""MB an hour, after the warm-up."""
DESCRIPTORS: Final = 8
"""So many more than after the warm-up are no leak: connections of the moment."""
_INSIDE: Final = ("loops", "threads", "sessions", "scripts")
JUDGED_FROM_S: Final = 40 * 60.0
"""A shorter soak tells its slopes and judges none: the allocator's steps are larger."""


def run(*, hours: float = 0.012, instances: int = 0, seed: int = 463) -> Report:
    """Soak for so long; with fifty instances from half an hour on, else with six."""
    seconds = hours * 3600
    instances = instances or (50 if seconds >= 1800 else 6)
    report = Report(f"{seconds / 60:.0f} min soak, {instances} instances")
    chance = random.Random(seed)
    with House(instances) as place, FlappingProxy(place.emulator.proxy) as network:
        place.route_through(network.url)
        begin = time.monotonic()
        place.app.start()
        place.wait_connected(since=begin)
        _soak(place, network, report, seconds, chance)
    return report


def _soak(
    place: House,
    network: FlappingProxy,
    report: Report,
    seconds: float,
    chance: random.Random,
) -> None:
    def pids() -> dict[int, str]:
        return {place.app.pid: "web process", **dict.fromkeys(place.workers(), "worker")}

    traffic = Traffic(
        place.hands, place.emulator, ids=place.ids, contacts=place.contacts, seed=463, pause_s=0.5
    )
    visits = Visits(place.app.url, place.app.cookie(), list(place.ids), every_s=VISIT_EVERY_S, seed=463)
    warm_up = min(seconds / 3, 900.0)
    recoveries: list[float] = []
    before: dict[str, int] = {}
    with Scales(pids, every_s=WEIGH_EVERY_S) as scales:
        begin = time.monotonic()
        with traffic, visits:
            over = threading.Event()
            while time.monotonic() - begin < seconds:
                over.wait(min(FLAP_EVERY_S, seconds / 3) * chance.uniform(0.5, 1.0))
                network.flap(chance, most_s=8.0)
                recoveries.append(place.wait_connected(since=time.monotonic())[0])
                if not before and time.monotonic() - begin >= warm_up:
                    before = place.descriptors() | {"visits": visits.done}
        place.wait_connected(since=time.monotonic())
        place.settle()
        time.sleep(3)
        scales.weigh()
        after = place.descriptors()
        inside = place.hands.ask("inside")
        web = scales.slopes("web process", after=warm_up)
        workers = scales.slopes("worker", after=warm_up)
    report.at_most(f"network back → all connected, worst of {len(recoveries)}", max(recoveries), 60.0, "s")
    report.tell("visits", visits.done)
    report.none_of("visits that failed", visits.failed)
    report.tell("— the slowest until drawn", f"{visits.slowest:.2f} s")
    visited = visits.done - before.get("visits", 0)
    for name in ("web process", "worker"):
        grown = after[name] - before.get(name, after[name])
        report.at_most(f"descriptors of the fullest {name}: growth over {visited} visits", grown, DESCRIPTORS)
    report.tell("left inside", ", ".join(f"{inside[name]} {name}" for name in _INSIDE))
    for name, slopes, bound in (("web process", web, WEB_SLOPE), ("worker", workers, WORKER_SLOPE)):
        steepest = max(slopes, default=0.0)
        if seconds >= JUDGED_FROM_S:
            report.at_most(f"memory slope of a {name}, steepest of {len(slopes)}", steepest, bound, "MB/h")
        else:
            report.tell(f"memory slope of a {name}, steepest of {len(slopes)}", f"{steepest:.1f} MB/h")
    report.tell("memory of the web process, MB, over time", _course(scales, "web process"))
    report.tell("— of a worker", _course(scales, "worker"))
    place.count(report, traffic, place.stop())


def _course(scales: Scales, name: str) -> str:
    """Return eight figures from the first to the last, of the process that was there for longest."""
    points = max((found for (_, what), found in scales.memory.items() if what == name), key=len)
    return ", ".join(f"{points[one * (len(points) - 1) // 7][1]:.0f}" for one in range(8))
