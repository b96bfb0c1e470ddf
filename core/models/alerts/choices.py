"""What the owner chose about alerts: ``alerts.json``."""

from __future__ import annotations

from dataclasses import dataclass, field

OFFLINE_MINUTES = 5
"""How long an instance may be offline before that is told, unless the owner says otherwise."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nothing is to be sent: what is due then waits for the end."""

    start: int
    """Minutes after midnight, in ``zone``."""
    end: int
    """Minutes after midnight; before ``start`` when midnight lies between."""
    zone: str
    """Name of the visitor's time zone (``America/Sao_Paulo``)."""


@dataclass(frozen=True, slots=True)
class StoredAddress:
    """An address that was added on the page."""

    address: str = field(repr=False)
    """As apprise takes it. It opens the way to a person's inbox: never shown, never logged."""
    service: str
    """What kind of service it is (``Telegram``)."""
    instances: tuple[str, ...] = ()
    """Ids of those it is told about; empty for all, and the installation."""


@dataclass(frozen=True, slots=True)
class AlertChoices:
    """Everything that the page of alerts keeps."""

    addresses: tuple[StoredAddress, ...] = ()
    offline_minutes: int = OFFLINE_MINUTES
    muted: tuple[str, ...] = ()
    """Ids of instances that nothing is told about."""
    quiet: QuietHours | None = None
    zone: str = ""
    """The time zone in which notices say when something was; empty for UTC."""
