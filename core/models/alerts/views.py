"""Alerts as a page sees them: copies, without anything secret."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.alerts.choices import OFFLINE_MINUTES, QuietHours
from core.models.alerts.deliveries import Delivery
from core.models.alerts.incidents import Incident


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address as a page sees it: without what is secret in it."""

    id: str
    service: str
    """``Telegram``, ``E-Mail``; empty while nothing knows it."""
    label: str
    """Its kind and its last characters, the rest dots."""
    from_setting: bool
    """Whether it comes from ``ALERT_URLS``, and so cannot be removed on the page."""
    instances: tuple[str, ...] = ()
    """Ids of those it is told about; empty for all, and the installation."""
    unrecognised: bool = False
    """Whether nothing can be sent there, as far as is known before anything was."""
    waiting: int = 0
    """Notices that are still on their way to it."""
    last: Delivery | None = None
    """The newest attempt."""


@dataclass(frozen=True, slots=True)
class AlertsView:
    """Everything about alerts at one moment."""

    addresses: tuple[AddressView, ...] = ()
    """Those of the setting first."""
    open: tuple[Incident, ...] = ()
    """Incidents that have not ended, oldest first."""
    recent: tuple[Delivery, ...] = ()
    """Deliveries on their way and the last ones that are over, newest first."""
    offline_minutes: int = OFFLINE_MINUTES
    muted: tuple[str, ...] = ()
    quiet: QuietHours | None = None
    damaged: str = ""
    """Name of the file that was set aside because the stored addresses could not be read."""
    unsaved: bool = False
    """Whether something is kept in memory only, because the disk does not take it now."""
