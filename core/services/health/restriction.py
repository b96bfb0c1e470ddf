"""The pause of new contacts after WhatsApp restricted an account, or seems to."""

from __future__ import annotations

from core.models.audit import Action
from core.services import audit
from core.services.runtime import current


def allow_new_contacts(instance_id: str) -> None:
    """End the pause: new people may be written to, within the limits. A further refusal pauses them again.

    Idempotent. Raises UnknownInstanceError.
    """
    current().registry.allow_new_contacts(instance_id)
    audit.note(Action.NEW_CONTACTS_ALLOWED, instance_id)
