"""An instance: what is stored about it, and what a page sees of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.models.pairing import ShowPairingCode, ShowQr


class InstanceState(StrEnum):
    """Where an instance stands. Allowed changes: ``core.registry.lifecycle.ALLOWED``."""

    STOPPED = "stopped"
    STARTING = "starting"
    PAIRING = "pairing"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    FAILED = "failed"

    @property
    def running(self) -> bool:
        """Return True while a worker exists or the supervisor is about to start one."""
        return self in RUNNING


RUNNING = frozenset(
    {InstanceState.STARTING, InstanceState.PAIRING, InstanceState.CONNECTED, InstanceState.RECONNECTING}
)


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """What ``instance.json`` holds: the part of an instance that outlives the process."""

    id: str
    name: str
    created_at: float
    """Seconds since the epoch."""
    wanted: bool
    """True when the instance should run: it starts with the process and is restarted when it dies."""
    phone: str = ""
    """Digits of the number that was linked last, country code first; empty before the first pairing."""
    linked: bool = False
    """True from a pairing until WhatsApp or the owner unlinks the device."""


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One instance as a page or ``/api/instances`` sees it; a copy, never live."""

    id: str
    name: str
    state: InstanceState
    reason: str
    """Stable code of why it is in this state (``wa-logged-out``); empty when there is nothing to explain."""
    detail: str
    """A short fact for the reason (a file name, an error); may be empty. Never a secret."""
    phone: str
    since: float
    """When ``state`` began, in seconds since the epoch."""
    restarts: int
    """Workers started after the first one since the instance was last started by a person or the process."""
    worker_pid: int | None
    qr: ShowQr | None
    """The QR to scan now; None unless the state is pairing."""
    next_try_at: float | None
    """When the next attempt is made, in seconds since the epoch; None when none is planned."""
    linked: bool
    created_at: float
    pairing_code: ShowPairingCode | None = None
    """The code to type on the phone instead; None unless one was asked for in this batch of QRs."""
    proof_at: float | None = None
    """When data from WhatsApp last came in, in seconds since the epoch; None before any did."""
    worker_bytes: int | None = field(default=None, compare=False)
    """Memory of its worker (PSS) as last reported; None without a worker, or before its first report."""
