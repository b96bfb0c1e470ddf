"""Names of people, as the app knows them from their own messages, by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.errors import StorageUnavailableError
from core.models.messages import InboxContact
from core.services import inbox
from core.services.phone_numbers import number_variants
from core.services.visible import seen


def known_names(instance_id: str) -> Mapping[str, str]:
    """Return the names of all who wrote to this instance, by the digits of their numbers.

    None of them while the storage is unavailable. Raises UnknownInstanceError.
    """
    try:
        return names_of(inbox.contacts(instance_id))
    except StorageUnavailableError:
        return {}


def names_of(contacts: Iterable[InboxContact]) -> Mapping[str, str]:
    """Return the names of ``contacts`` by the digits of their numbers, in every form of each number."""
    return {
        digits: contact.name
        for contact in contacts
        if contact.number and not contact.group and seen(contact.name)
        for digits in number_variants(contact.number)
    }
