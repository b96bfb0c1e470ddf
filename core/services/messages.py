"""Sending by hand: one message to one recipient, and no faster than a person would."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from core.errors import AppError, InvalidInputError, NotConnectedError
from core.models.audit import Action
from core.models.codes import InputCode, RefusalCode
from core.models.content import ABOUT_ANOTHER, Content
from core.models.instance import InstanceState
from core.models.messages import SentMessage, upload_seconds
from core.models.recipients import Recipient
from core.services import audit, chats, message_validation, rate_limits
from core.services.phone_numbers import number_variants
from core.services.runtime import current

ANSWER_WITHIN_S: Final = 15.0
"""For WhatsApp's answer to a message; a file takes its own time before."""
SHOWN: Final = 20
FILE_KEPT_S: Final = 14 * 86_400.0
"""WhatsApp's media host keeps files for a month or so; one that is sent late must still be there."""


def send(
    instance_id: str, *, to: Recipient, content: Content, request_id: str = "", account: str = ""
) -> SentMessage:
    """Send ``content`` to a recipient.

    ``account`` is the number (digits) that the caller saw this instance linked to: if it is linked to another
    one meanwhile, it sends nothing.
    Blocks until WhatsApp's server answers, at most 15 s, and for a file as long as its way to the media host
    takes (``upload_seconds``). The file is deleted once the send is settled. A ``request_id`` that was used
    before sends nothing: the outcome of the first call comes back.
    Raises InvalidInputError (those of ``message_validation.check`` and of ``chats.keep_in_chat``),
    NotConnectedError, UnknownInstanceError, LimitReachedError (send-rate, new-contact-rate; detail: seconds
    to wait; send-day, new-contact-day, new-contact-paused: hours), StorageUnavailableError when it cannot be
    written down: then nothing is sent; AppError (account-changed).
    """
    return _send(instance_id, to, content, request_id=request_id, account=account, wait=True)


def send_soon(
    instance_id: str, *, to: Recipient, content: Content, request_id: str = "", account: str = ""
) -> SentMessage:
    """Send as ``send`` does, and return as soon as it is written down and on its way (SendState.SENDING).

    What becomes of it is read with ``recent_messages``; Topic.MESSAGES tells of each step. Raises as ``send``
    does, and only before it is written down: whatever is raised here was not sent.
    """
    return _send(instance_id, to, content, request_id=request_id, account=account, wait=False)


def resend(
    instance_id: str, request_id: str, *, new_request_id: str, account: str = "", wait: bool = True
) -> SentMessage:
    """Send the same content to the same recipient once more, as a new message; ``account`` as in ``send``.

    Without ``wait`` it returns as ``send_soon`` does.

    Raises InvalidInputError (resend-unknown; resend-file: it did not reach WhatsApp's media host, or too long
    ago; resend-kind: a reaction, an edit or a deletion is made anew), and what ``send`` raises.
    """
    sent = current().registry.sent(instance_id)
    message = next((message for message in sent if message.request_id == request_id), None)
    if message is None:
        raise InvalidInputError(InputCode.RESEND_UNKNOWN)
    content = message.content
    if content.kind in ABOUT_ANOTHER:
        raise InvalidInputError(InputCode.RESEND_KIND)
    if content.file is not None:
        if not content.file.remote or time.time() - message.created_at > FILE_KEPT_S:
            raise InvalidInputError(InputCode.RESEND_FILE)
        content = replace(content, file=replace(content.file, path=""))
    to = Recipient(message.to, message.to_name)
    return _send(instance_id, to, content, request_id=new_request_id, account=account, wait=wait)


def recent_messages(instance_id: str) -> tuple[SentMessage, ...]:
    """Return the last 20 sends of this instance, newest first; those before a restart too."""
    return current().registry.sent(instance_id)[:SHOWN]


def is_taken(instance_id: str, request_id: str) -> bool:
    """Return whether one of the last sends of this instance has that request id."""
    return any(message.request_id == request_id for message in current().registry.sent(instance_id))


def verify(instance_id: str, request_id: str) -> SentMessage:
    """Look again for the outcome of an uncertain send; sends nothing. Raises UnknownInstanceError."""
    return current().registry.verify_sent(instance_id, request_id)


def _send(  # noqa: PLR0913  # as the registry's
    instance_id: str, to: Recipient, content: Content, *, request_id: str, account: str, wait: bool
) -> SentMessage:
    registry = current().registry
    sent = registry.sent(instance_id)
    content = message_validation.check(content, sent=sent, now=time.time())
    is_new = request_id not in {message.request_id for message in sent}
    if is_new:
        _require(instance_id, account)
        content = chats.keep_in_chat(instance_id, to.address, content)
    new_contact = is_new and is_stranger(instance_id, to)
    if new_contact:
        rate_limits.require_new_contacts(instance_id)
    message = registry.send(
        instance_id,
        to=to.address,
        to_name=to.name,
        content=content,
        stranger=new_contact,
        request_id=request_id,
        timeout=ANSWER_WITHIN_S + _upload_s(content),
        admit=lambda before: rate_limits.check(before, stranger=new_contact),
        wait=wait,
    )
    if is_new:
        audit.note(Action.SENT, instance_id)
    return message


def is_stranger(instance_id: str, to: Recipient) -> bool:
    """Return whether it is a person whom this instance neither wrote to nor heard from; its owner is none.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    if not to.by_number:
        return False
    registry = current().registry
    variants = number_variants(to.address)
    return registry.view(instance_id).phone not in variants and not registry.knows(instance_id, variants)


def _require(instance_id: str, account: str) -> None:
    """Refuse for an instance that is not connected, or to another account than the one that was seen."""
    view = current().registry.view(instance_id)
    if view.state is not InstanceState.CONNECTED:
        raise NotConnectedError
    if account and view.phone != account:
        raise AppError(RefusalCode.ACCOUNT_CHANGED)


def _upload_s(content: Content) -> float:
    """Return how long its file may take; 0 if it lies on WhatsApp's media host already."""
    return 0.0 if content.file is None or content.file.remote else upload_seconds(content.file.size)
