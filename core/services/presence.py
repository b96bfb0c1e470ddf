"""Who is typing now, and whether the other side may see that we are.

Threading: safe from any thread; nothing here waits.
"""

from __future__ import annotations

from core.models.messages import Activity
from core.models.recipients import number_variants
from core.services.runtime import current


def typing(instance_id: str, address: str) -> Activity:
    """Return what the other side of a chat is doing now; false when it is nothing that is known.

    ``address`` is that of the conversation. From memory, for some seconds after WhatsApp last told; and
    WhatsApp tells only while this account is online, as ``show_typing`` makes it. Topic.TYPING is published
    at each change.
    """
    addresses = (address,) if "@" in address else number_variants(address)
    return current().registry.typing.find(instance_id, addresses)


def show_typing(instance_id: str, address: str, on: bool) -> None:
    """Show the other side of a chat that the owner is writing, or no longer is. Only if the owner wants that.

    Say it again every few seconds while it lasts; it need not be ended before a message is sent. From the
    first word until half a minute after the last, WhatsApp takes the account for online: its phone may stay
    silent meanwhile. Nothing happens while the instance is not connected. Raises UnknownInstanceError.
    """
    current().registry.show_typing(instance_id, address, on=on)
