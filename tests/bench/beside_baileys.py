"""As many sessions in one process of Baileys as in this app: start, memory, and what a text costs.

`python -m tests.bench.beside_baileys` measures this alone. Needs Node.js and npm; without them it says so and
has no rows. Baileys keeps no messages and has no pages: its rows say what its core costs, no more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.bench.packed import connected_after, memory_of, pids_of, processor_of
from tests.bench.sends import HANDS, MS, TEXTS
from tests.bench.site import Site, own_site
from tests.bench.table import Row, as_markdown, row
from tests.emulator.content import Text
from tests.emulator.state import WorldState
from tests.support.baileys.client import BaileysProcess, unavailable
from tests.support.polling import eventually

SESSIONS: Final = 50
RUNS: Final = 3
VERSION: Final = "7"
WARM_UP: Final = 20
_PAIRED_AT_ONCE: Final = 10


def measure(site: Site) -> list[Row]:
    """Both with the same number of sessions; the texts go through one of them."""
    if reason := unavailable():
        print(f"beside Baileys: not measured: {reason}", file=sys.stderr)
        return []
    ours, our_memory = _ours(site)
    peers = _Peers(site)
    theirs, their_memory, out, arrived = [], [], [], []
    for _ in range(RUNS):
        client, took = peers.start()
        try:
            theirs.append(took)
            their_memory.append(memory_of([client.pid]))
            out.append(peers.cost_of_sending(client))
            arrived.append(peers.cost_of_arriving(client))
        finally:
            client.stop()
    beside = f"— Baileys {VERSION}, all in one process of Node.js"
    return [
        row(f"process start → {SESSIONS} stored sessions connected, beside Baileys", 5, "s", *ours),
        row(beside, None, "s", *theirs),
        row("— PSS of everything, the pages and what is stored included", 450, "MB", *our_memory),
        row(beside, None, "MB", *their_memory),
        row("— Baileys: processor time for a text sent", None, "ms", *out),
        row("— Baileys: for a text that arrives, which it does not store", None, "ms", *arrived),
    ]


def _ours(site: Site) -> tuple[list[float], list[float]]:
    auth_dir = site.paired(SESSIONS)
    took, memory = [], []
    for _ in range(RUNS):
        with site.app(auth_dir) as app:
            took.append(connected_after(app, SESSIONS))
            memory.append(memory_of(pids_of(app)))
    return took, memory


class _Peers:
    """Sessions of Baileys that are linked, each in its folder; nobody runs them."""

    def __init__(self, site: Site) -> None:
        self._emulator = site.emulator
        self._friend = site.number()
        self._numbers = [site.number() for _ in range(SESSIONS)]
        folder = site.folder()
        self._folders = [folder / f"session-{place}" for place in range(SESSIONS)]
        for first in range(0, SESSIONS, _PAIRED_AT_ONCE):
            self._pair(slice(first, first + _PAIRED_AT_ONCE))

    def _pair(self, some: slice) -> None:
        client = self._client(self._folders[some])
        try:
            for place, number in enumerate(self._numbers[some]):
                code = client.wait("qr", where=_of(place))["code"]
                self._emulator.scan(number=number, qr=code)
                client.wait("connected", where=_of(place))
                self._emulator.wait_for(_with_prekeys(number), what="pre-keys")
        finally:
            client.stop()

    def _client(self, folders: list[Path]) -> BaileysProcess:
        first, *others = folders
        return BaileysProcess(VERSION, first, self._emulator, others=others)

    def start(self) -> tuple[BaileysProcess, float]:
        """Return the process of all of them, and the seconds until all were connected."""
        begin = time.monotonic()
        client = self._client(self._folders)
        eventually(
            lambda: _count(client, "connected") == SESSIONS, timeout=120, seen=lambda: client.events[-5:]
        )
        return client, time.monotonic() - begin

    def cost_of_sending(self, client: BaileysProcess) -> float:
        """Return milliseconds of processor for a text that is sent, eight at a time."""
        to = f"{self._friend}@s.whatsapp.net"
        _at_once(client, to, WARM_UP, hands=1)
        return _cost(client, lambda: _at_once(client, to, TEXTS, hands=HANDS))

    def cost_of_arriving(self, client: BaileysProcess) -> float:
        """Return milliseconds of processor for a text that arrives at the first session."""

        def arrive() -> None:
            before = _count(client, "message")
            for position in range(TEXTS):
                text = Text(f"chegou {position}")
                self._emulator.write(text, sender=self._friend, receiver=self._numbers[0])
            eventually(
                lambda: _count(client, "message") == before + TEXTS,
                timeout=60,
                seen=lambda: client.events[-5:],
            )

        return _cost(client, arrive)


def _at_once(client: BaileysProcess, to: str, texts: int, *, hands: int) -> None:
    with ThreadPoolExecutor(hands) as pool:
        list(pool.map(lambda position: client.send(to, f"texto {position}"), range(texts)))


def _cost(client: BaileysProcess, work: Callable[[], None]) -> float:
    time.sleep(1)  # receipts are still on their way
    before = processor_of([client.pid])
    work()
    return (processor_of([client.pid]) - before) / TEXTS * MS


def _count(client: BaileysProcess, name: str) -> int:
    return sum(event["event"] == name and not event.get("mine") for event in client.events)


def _with_prekeys(number: str) -> Callable[[WorldState], bool]:
    return lambda state: any(device.prekeys for device in state.devices_of(number))


def _of(place: int) -> Callable[[dict[str, object]], bool]:
    return lambda event: event["session"] == place


def main() -> None:
    """Measure this alone, and print."""
    with own_site() as site:
        print(as_markdown(measure(site)))


if __name__ == "__main__":
    main()
