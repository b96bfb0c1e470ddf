"""The cost of a message in and out, with nobody looking: how many a second, and processor time for each.

`python -m tests.bench.sends` measures this alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import psutil

from core.models.instance import InstanceState
from core.models.messages import SendState
from core.registry.registry import Registry
from core.settings import read_settings
from tests.bench.inbox import count
from tests.bench.packed import processor_of
from tests.bench.site import Site, own_site
from tests.bench.table import Row, as_markdown, row
from tests.emulator.content import Text
from tests.support.contents import words
from tests.support.pairing import emulated_network
from tests.support.polling import eventually

RUNS: Final = 3
TEXTS: Final = 300
HANDS: Final = 8
"""Threads that send at once through the one instance, as several tabs and tests would."""
MS: Final = 1000


def measure(site: Site) -> list[Row]:
    """Texts through one instance, without the limits that keep a person from sending so many."""
    auth_dir = site.paired(1)
    registry = Registry(read_settings({"AUTH_DIR": str(auth_dir)}))
    each, out, arrived = [], [], []
    with emulated_network(site.emulator, site.core):
        registry.start()
        try:
            instance_id, number = _connected(registry)
            friend = site.number()
            _send(registry, instance_id, friend, 20, hands=1)  # makes the session with the friend
            for _ in range(RUNS):
                took, used = _cost(lambda: _send(registry, instance_id, friend, TEXTS, hands=HANDS))
                each.append(took / TEXTS * MS)
                out.append(used / TEXTS * MS)
                time.sleep(1)  # receipts are still on their way
                _, used = _cost(lambda: _arrive(site, auth_dir / instance_id, friend, number))
                arrived.append(used / TEXTS * MS)
        finally:
            registry.stop()
    return [
        row(f"a text acked, {HANDS} at a time through one instance, limits off", 1 / 0.15, "ms", *each),
        row("— processor time of all processes for it", 5, "ms", *out),
        row("— the same for a text that arrives and is stored, without the sender's", 1.5, "ms", *arrived),
    ]


def _cost(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds that ``work`` took, and those of processor of this process and its workers.

    Without those of this thread, which plays the other side and looks.
    """
    begin, before, own = time.monotonic(), _used(), time.thread_time()
    work()
    return time.monotonic() - begin, _used() - before - (time.thread_time() - own)


def _used() -> float:
    us = psutil.Process()
    children = [one for one in us.children(recursive=True) if "tests.emulator" not in " ".join(one.cmdline())]
    return processor_of(one.pid for one in (us, *children))


def _connected(registry: Registry) -> tuple[str, str]:
    eventually(lambda: registry.storage().ready, timeout=10, seen=registry.storage)
    [view] = registry.views()
    assert registry.wait_for(view.id, lambda view: view.state is InstanceState.CONNECTED, timeout=20)
    return view.id, registry.view(view.id).phone or ""


def _send(registry: Registry, instance_id: str, friend: str, texts: int, *, hands: int) -> None:
    def send(position: int) -> SendState:
        return registry.send(
            instance_id, to=friend, content=words(f"texto {position}"), request_id="", timeout=30.0
        ).state

    with ThreadPoolExecutor(hands) as pool:
        states = list(pool.map(send, range(texts)))
    assert set(states) == {SendState.SENT}, states


def _arrive(site: Site, folder: Path, friend: str, number: str) -> None:
    before = count(folder)
    for position in range(TEXTS):
        site.emulator.write(Text(f"chegou {position}"), sender=friend, receiver=number)
    eventually(lambda: _newest_is_there(folder, before), timeout=60, seen=lambda: count(folder))


def _newest_is_there(folder: Path, before: int) -> bool:
    time.sleep(0.2)  # looking costs, too
    return count(folder) == before + TEXTS


def main() -> None:
    """Measure this alone, and print."""
    with own_site() as site:
        print(as_markdown(measure(site)))


if __name__ == "__main__":
    main()
