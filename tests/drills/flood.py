"""Floods: hundreds of messages at once to one instance, online and waiting for it; the others go on."""

from __future__ import annotations

import time
from typing import Final

import psutil

from tests.drills.house import House, house
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.drills.weighing import MB
from tests.emulator.content import Text

MESSAGES: Final = 600
"""Of each flood."""
NEIGHBOUR_S: Final = 3.0
"""So long may a text of another instance take meanwhile."""
GROWTH_MB: Final = 60.0


def run(*, rounds: int = 2, instances: int = 4, seed: int = 463) -> Report:
    """So many floods, every other one while the instance is away."""
    report = Report(f"{rounds} floods of {MESSAGES} messages, {instances} instances")
    neighbour = 0.0
    growth: list[float] = []
    with house(instances) as place:
        flooded, other = list(place.ids)[:2]
        traffic = Traffic(
            place.hands,
            place.emulator,
            ids={one: number for one, number in place.ids.items() if one != flooded},
            contacts=place.contacts,
            seed=seed,
        )
        with traffic:
            for number in range(rounds):
                before = _memory(place)
                away = number % 2 == 1
                if away:
                    place.emulator.drop(place.ids[flooded])
                    place.emulator.faults(network_down=True)
                traffic.note(_pour(place, flooded, number))
                place.emulator.clear_faults()
                if not away:
                    neighbour = max(neighbour, _sent(place, other, f"enquanto isso {number}"))
                place.wait_connected(since=time.monotonic())
                growth.append(_memory(place) - before)
        place.settle()
        place.count(report, traffic, place.stop())
    report.at_most("a text through another instance meanwhile, slowest", neighbour, NEIGHBOUR_S, "s")
    report.at_most("memory of the web process: largest growth by a flood", max(growth), GROWTH_MB, "MB")
    return report


def _pour(place: House, instance_id: str, number: int) -> list[str]:
    return [
        place.emulator.write(
            Text(f"enchente {number} {one} " + "x" * 200),
            sender=place.contacts[one % len(place.contacts)],
            receiver=place.ids[instance_id],
        )
        for one in range(MESSAGES)
    ]


def _sent(place: House, instance_id: str, text: str) -> float:
    """Return the seconds until a text is acknowledged."""
    begin = time.monotonic()
    place.hands.ask("send", instance_id=instance_id, to=place.contacts[0], text=text)
    return time.monotonic() - begin


def _memory(place: House) -> float:
    return float(psutil.Process(place.app.pid).memory_full_info().pss) / MB
