"""Texts both ways at once while a drill goes on, each of them noted."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final, Self

from tests.drills.counting import Press
from tests.drills.hands import Hands, RefusedError
from tests.emulator.content import Text
from tests.emulator.handle import Emulator, EmulatorError

SENDERS: Final = 3
PAUSE_S: Final = 0.15
"""Between two texts of one sender, and between two arrivals, in the mean."""


class Traffic:
    """People who press send and people who write; as a context it begins and ends them."""

    def __init__(
        self,
        hands: Hands,
        emulator: Emulator,
        *,
        ids: Mapping[str, str],
        contacts: Sequence[str],
        seed: int,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._hands = hands
        self._emulator = emulator
        self._ids = dict(ids)
        self._contacts = contacts
        self._seed = seed
        self._pause_s = pause_s
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._presses: list[Press] = []
        self._written: list[str] = []
        self.slowest = 0.0
        """Seconds that the slowest answer to a press took."""
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        works = [*(self._press for _ in range(SENDERS)), self._write]
        for number, work in enumerate(works):
            chance = random.Random(self._seed + number)
            self._threads.append(threading.Thread(target=work, args=(chance,), daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def presses(self) -> list[Press]:
        """Texts that were pressed, with what was told of each."""
        with self._lock:
            return list(self._presses)

    def written(self) -> list[str]:
        """Ids of what people wrote to the instances."""
        with self._lock:
            return list(self._written)

    def note(self, written: Sequence[str]) -> None:
        """Add what somebody else wrote to instances."""
        with self._lock:
            self._written += written

    def _press(self, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0, 2 * self._pause_s)):
            instance_id = chance.choice(list(self._ids))
            key = f"texto {next(self._numbers)}"
            told, begin = "", time.monotonic()
            try:
                to = chance.choice(self._contacts)
                told = self._hands.ask("send", instance_id=instance_id, to=to, text=key)
            except (OSError, RefusedError):
                pass  # no app, or no connection: what became of it is looked up at the end
            with self._lock:
                self._presses.append(Press(key, instance_id, told))
                self.slowest = max(self.slowest, time.monotonic() - begin)

    def _write(self, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0, 2 * self._pause_s)):
            number = chance.choice(list(self._ids.values()))
            try:
                text = Text(f"chegou {next(self._numbers)}")
                key = self._emulator.write(text, sender=chance.choice(self._contacts), receiver=number)
            except (EmulatorError, OSError):
                continue
            with self._lock:
                self._written.append(key)
