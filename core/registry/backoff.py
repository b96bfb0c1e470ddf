"""How long to wait before the next attempt. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STABLE_S: Final = 60.0
"""A connection that lasted this long proves that the trouble is over: the next wait is short again."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits with jitter between ``base_s`` and ``ceiling_s``."""

    base_s: float = 0.5
    ceiling_s: float = 300.0

    def wait(self, attempt: int, *, chance: float) -> float:
        """Seconds to wait before attempt ``attempt`` (from 0); ``chance`` is a random number in [0, 1).

        Half of the wait is certain, half is jitter, so that many instances that failed together do not come
        back together.
        """
        full = min(self.ceiling_s, self.base_s * 2.0 ** min(attempt, 32))
        return full * (0.5 + 0.5 * chance)
