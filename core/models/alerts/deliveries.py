"""How the telling of a notice goes, address by address."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.models.alerts.incidents import Notice


class DeliveryState(StrEnum):
    """Where one notice on its way to one address stands. On disk."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"
    """It was tried for days, or its address was removed."""


class DeliveryFailure(StrEnum):
    """Why an attempt did not succeed. On disk; becomes a sentence."""

    UNREACHABLE = "unreachable"
    """No server answered there."""
    REFUSED = "refused"
    """The service answered, and said no; detail: the number of its answer, if it gave one."""
    TIMEOUT = "timeout"
    """No end within the time that an attempt has."""
    ADDRESS = "address"
    """apprise knows no service for it, or something in it is missing."""
    NO_PROCESS = "no-process"
    """The process that talks to services could not run here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; ``failure`` None for one that succeeded."""

    failure: DeliveryFailure | None = None
    detail: str = ""
    """The number of an answer (``401``), nothing else: what a stranger says is not kept."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to one address."""

    id: str
    notice: Notice
    address_id: str
    state: DeliveryState
    due_at: float
    """When the next attempt may be made, in seconds since the epoch; quiet hours come on top."""
    tries: int = 0
    tried_at: float | None = None
    failure: DeliveryFailure | None = None
    """Of the last attempt."""
    detail: str = ""
