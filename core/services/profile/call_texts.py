"""The text that the caller of a rejected call gets, by itself, once a day at most.

It goes the way of every message: written down first, under the id of its call, so that it goes out once; and
within the limits on sending. That it went out is read from what is stored, so it holds across restarts.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from core.models.content import Content, Kind
from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.profile.events import CallRejected
from core.models.profile.own_profile import CALL_TEXT
from core.models.recipients import Recipient
from core.services import chats, rate_limits
from core.services.messages import ANSWER_WITHIN_S, is_stranger
from core.services.runtime import current

log = logging.getLogger(__name__)

ONCE_IN_S: Final = 86_400.0
"""So long a caller gets no other text, however often the call is repeated."""
LATE_S: Final = 600.0
"""A call that was longer ago gets none: its text would come out of nowhere."""


def send_text(call: CallRejected) -> bool:
    """Send the caller of ``call`` the instance's text; return False when there is nothing to send (any more).

    Raises UnknownInstanceError, StorageUnavailableError, LimitReachedError: then nothing was sent.
    Threading: one call at a time; returns before WhatsApp's answer.
    """
    registry = current().registry
    view = registry.view(call.instance_id)
    to = Recipient(call.contact or call.chat)
    if not (view.reject_calls and view.reject_calls_text and view.state is InstanceState.CONNECTED):
        return False
    if time.time() - call.at > LATE_S or _has_one(call.instance_id, to):
        return False
    stranger = _is_stranger(call.instance_id, to)
    if stranger:
        rate_limits.require_new_contacts(call.instance_id)
    registry.send(
        call.instance_id,
        to=to.address,
        content=Content(Kind.TEXT, text=view.reject_calls_text),
        stranger=stranger,
        request_id=f"{CALL_TEXT}{call.call_id}",
        timeout=ANSWER_WITHIN_S,
        admit=lambda before: rate_limits.check(before, stranger=stranger),
        wait=False,
    )
    return True


def _is_stranger(instance_id: str, to: Recipient) -> bool:
    """Return whether that person only ever called; a caller who hides their number is one as well."""
    if to.by_number:
        return is_stranger(instance_id, to)
    return not current().registry.knows(instance_id, [to.address])


def _has_one(instance_id: str, to: Recipient) -> bool:
    """Return whether that person got the text of another call within a day, or may have."""
    since = time.time() - ONCE_IN_S
    return any(
        chats.same_chat(instance_id, sent.to, to.address)
        for sent in current().registry.sent(instance_id)
        if sent.request_id.startswith(CALL_TEXT)
        and sent.created_at > since
        and sent.state is not SendState.FAILED
    )
