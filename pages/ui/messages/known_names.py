"""Names of people, as the app knows them from their own messages, by their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from core.errors import StorageUnavailableError
from core.models.messages import InboxContact
from core.models.recipients import number_variants
from core.services import conversations
from core.services.visible import seen


def known_names(instance_id: str, numbers: Collection[str]) -> Mapping[str, str]:
    """Return the names of those of ``numbers`` (digits) who wrote to this instance, by number.

    None of them while the storage is unavailable. Raises UnknownInstanceError.
    """
    try:
        found = conversations.names(instance_id, numbers)
    except StorageUnavailableError:
        return {}
    return {number: name for number, name in found.items() if seen(name)}


def names_of(contacts: Iterable[InboxContact]) -> Mapping[str, str]:
    """Return the names of ``contacts`` by the digits of their numbers, in every form of each number."""
    return {
        digits: contact.name
        for contact in contacts
        if contact.number and not contact.group and seen(contact.name)
        for digits in number_variants(contact.number)
    }
