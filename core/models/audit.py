"""One line of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.models.access import SignInMethod


class Action(StrEnum):
    """What was done, or tried."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    LOCKED_OUT = "locked-out"
    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    CREATED = "created"
    STARTED = "started"
    STOPPED = "stopped"
    RESTARTED = "restarted"
    RENAMED = "renamed"
    PRESENCE = "presence"
    RECEIPTS = "receipts"
    PROFILE = "profile"
    """Name, picture, about or block list of the account itself."""
    CALL_REJECTION = "call-rejection"
    PAIRING_CODE = "pairing-code"
    PAIRING_LINK_MADE = "pairing-link-made"
    PAIRING_LINK_OPENED = "pairing-link-opened"
    PAIRING_LINK_USED = "pairing-link-used"
    """The phone was linked after the link was opened."""
    PAIRING_LINK_REVOKED = "pairing-link-revoked"
    PAIRING_LINK_REFUSED = "pairing-link-refused"
    LOGGED_OUT = "logged-out"
    SESSION_REMOVED = "session-removed"
    DELETED = "deleted"
    RESTORED = "restored"
    MOVED_IN = "moved-in"
    """With its session: from another system, or out of a backup."""
    BACKED_UP = "backed-up"
    MOVED_OUT = "moved-out"
    """Its session was handed out for another system."""
    ERASED = "erased"
    SENT = "sent"
    NEW_CONTACTS_ALLOWED = "new-contacts-allowed"
    ALERT_ADDED = "alert-added"
    ALERT_REMOVED = "alert-removed"

    @property
    def is_sign_in(self) -> bool:
        """Return whether it is about coming in or going out, which strangers can cause too."""
        return self in _SIGN_INS


_SIGN_INS = frozenset(
    {
        Action.SIGNED_IN,
        Action.SIGN_IN_REFUSED,
        Action.LOCKED_OUT,
        Action.SIGNED_OUT,
        Action.SIGNED_OUT_EVERYWHERE,
        Action.PAIRING_LINK_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which instance, from where, when."""

    at: float
    """Seconds since the epoch."""
    how: SignInMethod
    who: str
    """An e-mail address; empty for the password and for this machine."""
    address: str
    """IP address."""
    action: Action
    instance_id: str = ""
    """Empty for what concerns no instance."""
