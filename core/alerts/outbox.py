"""Notices on their way: what is due where, what comes together, and when it is tried again.

Kept in memory here; ``monitor`` writes each change down before anything follows from it.
Threading: none; its caller holds a lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.alerts.addresses import Address
from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState, Outcome
from core.models.alerts.incidents import Notice, NoticeKind

GATHER_S: Final = 5.0
"""What happens at the same time (the network is gone) comes in one message."""
LINES: Final = 10
"""Notices in one message, at most: short enough for every chat service."""
FIRST_S: Final = 30.0
LONGEST_S: Final = 3_600.0
GIVE_UP_S: Final = 7 * 86_400.0
"""Tried for so long, a notice is not news any more."""
RECENT: Final = 100
"""Deliveries that are over and shown."""
_OF_THE_MESSAGE: Final = frozenset({"", "400", "413", "422"})
"""Answers that may be about what was said: it is said in smaller pieces then. Source: RFC 9110."""
_PATIENT_TRIES: Final = 5
"""What failed so often lets others go first: one message that a service does not like holds up no other."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes to one address in one message."""

    address: Address
    deliveries: tuple[Delivery, ...]

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Return what it tells, oldest first."""
        return tuple(each.notice for each in self.deliveries)


class Outbox:
    """Every delivery that is not over, and the newest that are."""

    def __init__(self, waiting: Iterable[Delivery] = (), settled: Iterable[Delivery] = ()) -> None:
        self._waiting = {each.id: each for each in waiting}
        self._settled = deque(settled, maxlen=RECENT)
        self._busy: set[str] = set()

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """Return what is not over, oldest first."""
        return tuple(self._waiting.values())

    @property
    def settled(self) -> tuple[Delivery, ...]:
        """Return what is over, newest last."""
        return tuple(self._settled)

    def planned(
        self,
        notices: Sequence[Notice],
        addresses: Collection[Address],
        *,
        muted: Collection[str],
        new_id: Callable[[], str],
        gather_s: float = GATHER_S,
    ) -> tuple[Delivery, ...]:
        """Return the deliveries that ``notices`` make; nothing is on its way before ``accept``.

        A reminder is not for an address that does not even have what it recalls.
        """
        untold = {(each.address_id, each.notice.incident_id) for each in self._waiting.values()}
        return tuple(
            Delivery(new_id(), notice, address.id, DeliveryState.WAITING, notice.at + gather_s)
            for notice in notices
            for address in addresses
            if address.wants(notice, muted=muted)
            and not (notice.kind is NoticeKind.REMINDER and (address.id, notice.incident_id) in untold)
        )

    def accept(self, deliveries: Iterable[Delivery]) -> None:
        """Let these be on their way."""
        self._waiting.update({each.id: each for each in deliveries})

    def take(self, addresses: Iterable[Address], *, now: float, quiet: bool, at_once: int) -> list[Batch]:
        """Return what is to be sent now, one message an address at most, none to one that is under way.

        While it is ``quiet`` only tests go out. What is returned is under way until ``settle``; no more than
        ``at_once`` messages are, those that wait longest go first.
        """
        due = [
            Batch(address, deliveries)
            for address in addresses
            if address.id not in self._busy and (deliveries := self._due(address.id, now=now, quiet=quiet))
        ]
        due.sort(key=lambda batch: min(each.due_at for each in batch.deliveries))
        batches = due[: max(0, at_once - len(self._busy))]
        self._busy.update(batch.address.id for batch in batches)
        return batches

    def settle(
        self, batch: Batch, outcome: Outcome, *, now: float, wait: Callable[[int], float]
    ) -> tuple[Delivery, ...]:
        """Return the deliveries of ``batch`` as they are after an attempt; to be written down.

        ``wait`` gives the seconds before the next attempt after so many that failed.
        """
        self._busy.discard(batch.address.id)
        # Those that were dropped meanwhile stay dropped.
        after = tuple(
            _after(each, outcome, now, wait) for each in batch.deliveries if each.id in self._waiting
        )
        self._replace(after)
        return after

    def drop(self, address_ids: Collection[str], *, now: float) -> tuple[Delivery, ...]:
        """Give up what waits for addresses that are gone; to be written down."""
        dropped = tuple(
            replace(each, state=DeliveryState.GIVEN_UP, tried_at=each.tried_at or now)
            for each in self._waiting.values()
            if each.address_id in address_ids
        )
        self._replace(dropped)
        return dropped

    def _due(self, address_id: str, *, now: float, quiet: bool) -> tuple[Delivery, ...]:
        waiting = [each for each in self._waiting.values() if each.address_id == address_id]
        for each in waiting:
            if each.notice.kind is NoticeKind.TEST:
                return (each,)
        if quiet or not any(each.due_at <= now for each in waiting):
            return ()
        waiting.sort(key=lambda each: each.tries // _PATIENT_TRIES)
        disliked = waiting[0].failure is DeliveryFailure.REFUSED and waiting[0].detail in _OF_THE_MESSAGE
        return tuple(waiting[: max(1, LINES >> waiting[0].tries) if disliked else LINES])

    def _replace(self, deliveries: Iterable[Delivery]) -> None:
        for each in deliveries:
            if each.state is DeliveryState.WAITING:
                self._waiting[each.id] = each
            else:
                self._waiting.pop(each.id, None)
                self._settled.append(each)


def wait_s(tries: int, *, jitter: float) -> float:
    """Return how long to wait after ``tries`` attempts that failed: 30 s, doubling to an hour, ± 20 %."""
    return min(FIRST_S * 2.0 ** min(tries - 1, 12), LONGEST_S) * (0.8 + 0.4 * jitter)


def _after(delivery: Delivery, outcome: Outcome, now: float, wait: Callable[[int], float]) -> Delivery:
    tried = replace(
        delivery,
        tries=delivery.tries + 1,
        tried_at=now,
        failure=outcome.failure,
        detail=outcome.detail,
    )
    if outcome.failure is None:
        return replace(tried, state=DeliveryState.DELIVERED)
    stale = now - delivery.notice.at >= GIVE_UP_S
    if stale or delivery.notice.kind is NoticeKind.TEST:
        return replace(tried, state=DeliveryState.GIVEN_UP)
    return replace(tried, due_at=now + wait(tried.tries))
