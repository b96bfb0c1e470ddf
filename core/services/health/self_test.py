"""A message of an instance to its own number: it proves that the instance can send.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from core.errors import NotConnectedError
from core.models.content import Content, Kind
from core.models.health.sending import SELF_TEST
from core.models.recipients import Recipient
from core.services import messages
from core.services.runtime import current


def start(instance_id: str, *, text: str, request_id: str, account: str) -> None:
    """Send ``text`` to the instance's own number, and return as soon as it is on its way.

    How far it came is in ``InstanceView.sending.self_test``, which Topic.INSTANCES tells of. Nothing is sent
    while a test is under way, nor for a ``request_id`` that was used before. ``account`` (digits) is the
    number that the caller saw this instance linked to. Raises what ``messages.send`` raises.
    """
    view = current().registry.view(instance_id)
    test = view.sending.self_test
    if test is not None and not test.step.ended:
        return
    if not account:
        raise NotConnectedError
    content = Content(Kind.TEXT, text=text)
    request_id = f"{SELF_TEST}{request_id}"
    messages.send_soon(
        instance_id, to=Recipient(account), content=content, request_id=request_id, account=account
    )


def set_daily(instance_id: str, *, on: bool) -> None:
    """Have the instance test itself once a day, or no longer. Idempotent. Raises UnknownInstanceError.

    At a random time, in a quiet moment, and only while it is connected.
    """
    current().registry.set_daily_test(instance_id, on=on)
