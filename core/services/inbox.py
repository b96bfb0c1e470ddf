"""What arrived at the instances."""

from __future__ import annotations

from typing import Final

from core.models.received import ReceivedMessage
from core.services.runtime import current

SHOWN: Final = 20


def received_messages(instance_id: str) -> tuple[ReceivedMessage, ...]:
    """The last 20 messages that arrived at this instance, newest first; those before a restart too."""
    return current().registry.received(instance_id)[:SHOWN]
