"""What became of every press and every arrival: pure, so that the counting itself can be tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

NEVER_WRITTEN = ""
"""The state of a press that the app does not know: it ended before it wrote it down."""
_ARRIVED_ONCE = {"sent", "delivered", "read", "played"}
_MUST_NOT_ARRIVE = {"failed", NEVER_WRITTEN}


@dataclass(frozen=True, slots=True)
class Press:
    """A text that somebody had sent; ``key`` is both its text and its request id."""

    key: str
    instance_id: str
    told: str = NEVER_WRITTEN
    """The state in the answer; empty when none came."""


@dataclass(frozen=True, slots=True)
class Sends:
    """Keys of presses that did not end as they must."""

    doubled: list[str]
    """The contact has it twice."""
    lost: list[str]
    """Called sent, now or when it was pressed, and not there; or called failed, or not known, and there."""
    unsettled: list[str]
    """Still on its way when all is calm."""
    ends: Counter[str]


def count_sends(presses: Iterable[Press], known: Mapping[str, str], arrived: Mapping[str, int]) -> Sends:
    """Compare what the app says of each press (``known``, by key) with how often it ``arrived``."""
    found = Sends([], [], [], Counter())
    for press in presses:
        state, copies = known.get(press.key, NEVER_WRITTEN), arrived.get(press.key, 0)
        found.ends[f"{state or 'never written'}, {copies} arrived"] += 1
        if copies > 1:
            found.doubled.append(press.key)
        if state == "sending":
            found.unsettled.append(press.key)
        called_sent = {state, press.told} & _ARRIVED_ONCE
        if (called_sent and not copies) or (state in _MUST_NOT_ARRIVE and copies):
            found.lost.append(f"{press.key} of {press.instance_id}: {state!r}, told {press.told!r}, {copies}")
    return found


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Ids of messages that did not end as they must."""

    lost: list[str]
    """Handed over to Python, and not stored."""
    in_core: list[str]
    """Not stored, and Python never had them: the core confirmed them and died."""
    doubled: list[str]


def count_arrivals(written: Iterable[str], had: Collection[str], stored: Mapping[str, int]) -> Arrivals:
    """Compare what was ``written`` to instances with what is ``stored``, and how often.

    ``had`` are those whose event was handled in a worker.
    """
    missing = [one for one in written if not stored.get(one)]
    return Arrivals(
        lost=[one for one in missing if one in had],
        in_core=[one for one in missing if one not in had],
        doubled=[one for one, copies in stored.items() if copies > 1],
    )


def slope_per_hour(points: Iterable[tuple[float, float]]) -> float:
    """Return how fast a figure grows, by least squares; ``points`` are seconds and figures."""
    points = list(points)
    if len(points) < 2:
        return 0.0
    middle = sum(at for at, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    return 3600 * sum((at - middle) * (value - mean) for at, value in points) / spread if spread else 0.0
