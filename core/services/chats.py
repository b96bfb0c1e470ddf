"""Which chat a message belongs to: what is said about a message never leaves the chat it stands in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.models.content import ABOUT_ANOTHER, Content, Reference
from core.models.messages import SentMessage
from core.services import inbox
from core.services.phone_numbers import number_variants
from core.services.runtime import current

_BY_NUMBER: Final = "@s.whatsapp.net"


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses (digits, a group's, a LID) mean one chat by themselves.

    The spellings of a Brazilian number are one; a number and a LID are not: see ``same_chat``.
    """
    if one == other:
        return True
    if "@" in one or "@" in other:
        return False
    return bool({*number_variants(one)} & {*number_variants(other)})


def same_chat(instance_id: str, one: str, other: str) -> bool:
    """Return whether two addresses mean one chat of this instance.

    A number and a LID do when the instance has seen them together. Raises StorageUnavailableError.
    """
    one, other = (address.removesuffix(_BY_NUMBER) for address in (one, other))
    if same_address(one, other):
        return True
    lid, number = (one, other) if one.endswith("@lid") else (other, one)
    if not lid.endswith("@lid") or "@" in number:
        return False
    return current().registry.inbox.is_behind(instance_id, lid, number_variants(number))


def keep_in_chat(instance_id: str, address: str, content: Content) -> Content:
    """Return ``content`` with what it is about (a quote, a reaction's target, …) as this instance stores it.

    The caller may be mistaken about author, chat and words; only the id of the message counts.
    Raises InvalidInputError: about-missing, about-unknown (this instance has no such message),
    about-elsewhere (it stands in another chat than ``address``); StorageUnavailableError.
    """
    about = content.about
    if about is None:
        return content
    if not about.message_id:
        raise InvalidInputError(InputCode.ABOUT_MISSING)
    found = [*_of_sent(instance_id, about), *_of_received(instance_id, about)]
    if not found:
        raise InvalidInputError(InputCode.ABOUT_UNKNOWN)
    here = [
        reference
        for reference, addresses in found
        if any(same_chat(instance_id, one, address) for one in addresses)
    ]
    if not here:
        raise InvalidInputError(InputCode.ABOUT_ELSEWHERE)
    # Ids are chosen by those who write: in a group two members may have chosen the same.
    reference = next((one for one in here if one.sender == about.sender), here[0])
    if content.kind in ABOUT_ANOTHER:  # shows no quote
        reference = replace(reference, thumbnail="")
    return replace(content, about=reference)


_Found = tuple[Reference, tuple[str, ...]]
"""What names a message, and the addresses of its chat."""


def reference_to(message: SentMessage) -> Reference:
    """Return what names a message that was sent from here in another one about it."""
    content = message.content
    return Reference(
        message.message_id,
        from_me=True,
        text=inbox.first_words(content),
        kind=content.kind,
        thumbnail=content.small_picture,
    )


def _of_sent(instance_id: str, about: Reference) -> list[_Found]:
    if not about.from_me:  # an id is chosen by who writes: a stranger's may be one of ours
        return []
    sent = current().registry.conversations.sent_as(instance_id, about.message_id)
    return [(reference_to(one), (one.to,)) for one in sent]


def _of_received(instance_id: str, about: Reference) -> list[_Found]:
    return [
        (inbox.reference(one), (one.chat, *((one.contact,) if one.contact and not one.group else ())))
        for one in inbox.find(instance_id, about.message_id)
        if one.from_me == about.from_me
    ]
