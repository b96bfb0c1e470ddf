"""How often a password may be tried: by one client, and by all strangers together.

Two rules, so that guessing gets nowhere and yet no guesser can lock the owner out for good:

- A client that was wrong five times waits 30 s, then twice as long each time, up to 15 minutes.
- All clients that never signed in share a budget of 50 tries that fills up by 5 a minute: however many
  addresses a guesser has, it is not more than 7,250 a day. Its last 10 are for addresses that were not wrong
  within a day: guessers from few addresses do not keep a new browser of the owner's out. A browser that
  signed in here before is known by a cookie of its own and does not share that budget.

A try counts as wrong when it begins and is forgiven when it was right: tries at the same moment cannot
slip past the limit. Times are wall-clock, so that a restart shortens nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from core.models.access import FailedAttempts, SharedAttemptBudget

FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0
FORGOTTEN_AFTER_S: Final = 86_400.0
BUDGET: Final = 50.0
RESERVE: Final = 10.0
"""Of the budget: not for clients that were wrong before."""
REFILL_PER_S: Final = 5 / 60
CLIENTS: Final = 4_096
"""Clients remembered; beyond that the one that was wrong longest ago is forgotten."""


class Lockout:
    """Counts wrong passwords. Threading: the event loop's thread only."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._tallies: OrderedDict[str, FailedAttempts] = OrderedDict()
        self._left = BUDGET
        self._filled_at = clock()

    def begin(self, client: str, *, known: bool) -> float:
        """Count a try. Gives 0 when it may go on, else the seconds to wait; then nothing was counted.

        ``known`` clients have signed in before and do not share the strangers' budget.
        """
        now = self._clock()
        tally = self._tallies.get(client)
        if tally is not None and now - tally.at > FORGOTTEN_AFTER_S:
            tally = None
        # A clock that was set back must not lock anybody out for longer than the rule says.
        if tally is not None and now < tally.until <= now + LONGEST_WAIT_S:
            return tally.until - now
        if not known:
            self._fill(now)
            needed = 1 + (RESERVE if tally else 0)
            if self._left < needed:
                return (needed - self._left) / REFILL_PER_S
            self._left -= 1
        failures = (tally.failures if tally else 0) + 1
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - FREE_TRIES, 10))
        self._remember(client, FailedAttempts(failures, now + wait if failures >= FREE_TRIES else 0.0, now))
        return 0.0

    def succeed(self, client: str, *, known: bool) -> None:
        """Let the client start anew: the try that began was right."""
        self._tallies.pop(client, None)
        self.refund(known=known)

    def take_back(self, client: str, *, known: bool) -> None:
        """Take back the try that began and was not compared; those before it still count."""
        tally = self._tallies.get(client)
        if tally is not None and tally.failures > 1:
            # It was allowed to begin, so no wait of before was running.
            self._tallies[client] = FailedAttempts(tally.failures - 1, 0.0, tally.at)
        else:
            self._tallies.pop(client, None)
        self.refund(known=known)

    def refund(self, *, known: bool) -> None:
        """Return the try that began to the strangers' budget."""
        if not known:
            self._left = min(BUDGET, self._left + 1)

    def locked(self, client: str) -> bool:
        """Return whether that client has to wait now."""
        tally = self._tallies.get(client)
        return tally is not None and self._clock() < tally.until

    def tallies(self) -> tuple[tuple[str, FailedAttempts], ...]:
        """Return the failed attempts of each client, longest ago first."""
        return tuple(self._tallies.items())

    def budget(self) -> SharedAttemptBudget:
        """Return what strangers have left."""
        return SharedAttemptBudget(self._left, self._filled_at)

    def restore(
        self, tallies: Iterable[tuple[str, FailedAttempts]], budget: SharedAttemptBudget | None
    ) -> None:
        """Go on from what an earlier process counted."""
        now = self._clock()
        for client, tally in tallies:
            if now - tally.at <= FORGOTTEN_AFTER_S:
                self._remember(client, tally)
        if budget is not None:
            self._left = min(BUDGET, max(0.0, budget.left))
            self._filled_at = min(now, budget.at)

    def _fill(self, now: float) -> None:
        self._left = min(BUDGET, self._left + max(0.0, now - self._filled_at) * REFILL_PER_S)
        self._filled_at = now

    def _remember(self, client: str, tally: FailedAttempts) -> None:
        self._tallies[client] = tally
        self._tallies.move_to_end(client)
        while len(self._tallies) > CLIENTS:
            self._tallies.popitem(last=False)
