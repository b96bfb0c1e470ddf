"""What a worker reports of the account's profile, its block list and calls."""

from __future__ import annotations

from core.models.pipe_message import WorkerMessage
from core.models.profile.own_profile import BlockedPerson


class ProfileRead(WorkerMessage, frozen=True):
    """What the account shows of itself, and whom it blocks."""

    request_id: str
    name: str
    """What it calls itself, as the core knows it from the phone; empty before that."""
    about: str | None
    """None when WhatsApp did not say; as the next."""
    picture_url: str
    """Address of the small version of its picture; empty when there is none."""
    blocked: tuple[BlockedPerson, ...] | None


class ProfileChanged(WorkerMessage, frozen=True):
    """WhatsApp took a change of the profile or of the block list."""

    request_id: str


class CallOffered(WorkerMessage, frozen=True):
    """A person calls this account; of groups' calls nothing is told."""

    call_id: str
    at: float
    """Seconds since the epoch, as WhatsApp's server says."""


class CallRejected(WorkerMessage, frozen=True):
    """WhatsApp was told that this account does not take a call; the call itself comes as MessageArrived."""

    call_id: str
    chat: str
    """The caller's address."""
    contact: str
    """Digits of the caller's number; empty when WhatsApp hides them."""
    at: float
    """When the call came; seconds since the epoch, as WhatsApp's server says."""
