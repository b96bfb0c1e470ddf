"""Calls to one account: told of when they ring, rejected when its supervisor says so, and told of as missed.

Source: whatsmeow, call.go. A call is rejected on the connection that heard it ring.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from msgspec import structs

from core.engine.whatsapp.event_translation import call_missed, incoming_call
from core.engine.whatsapp.from_protobuf import whole
from core.engine.whatsapp.neonize_types import CallOffer, CallTerminate, Client, Jid
from core.models.content import REJECTED, VIDEO_CALL
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.worker_events import MessageArrived, WorkerEvent

log = logging.getLogger(__name__)

_CALLS_KEPT: Final = 100
_GROUP: Final = "group-jid"
"""What an offer carries that calls a whole group."""


@dataclass(frozen=True, slots=True)
class _Call:
    caller: Jid
    arrived: MessageArrived
    """As what it stands in the conversation when it is not taken."""
    rejected: bool = False


class IncomingCalls:
    """The calls that ring at one account.

    Threading: handlers run on the core's threads, beside ``reject``; each touches the table by one step only.
    """

    def __init__(
        self,
        client: Client,
        instance_id: str,
        *,
        refused: type[Exception],
        number_of: Callable[[Jid], str],
        emit: Callable[[WorkerEvent], None],
    ) -> None:
        """``refused`` is the base of the core's errors; ``number_of`` gives the digits behind a LID."""
        self._client = client
        self._id = instance_id
        self._refused = refused
        self._number_of = number_of
        self._emit = emit
        self._calls: dict[str, _Call] = {}

    def ring(self, event: CallOffer) -> None:
        """Report a call that begins to ring; emits CallOffered, once for each, unless it calls a group."""
        video = any(node.Tag == "video" for node in event.data.Nodes)
        arrived = incoming_call(self._id, event.basicCallMeta, video=video, number_of=self._number_of)
        if arrived is None or arrived.message_id in self._calls:
            return
        self._calls[arrived.message_id] = _Call(event.basicCallMeta.callCreator, arrived)
        while len(self._calls) > _CALLS_KEPT:
            self._calls.pop(next(iter(self._calls)), None)
        if not any(attribute.name == _GROUP for attribute in event.data.Attrs):
            self._emit(CallOffered(self._id, arrived.message_id, at=arrived.at))

    def hang_up(self, event: CallTerminate) -> None:
        """Report a call that ended without being taken; emits MessageArrived, unless it was rejected here."""
        call = self._calls.pop(whole(event.basicCallMeta.callID), None)
        if call is not None and call.rejected:
            return
        video = call is not None and call.arrived.content.name == VIDEO_CALL
        missed = call_missed(self._id, event, video=video, number_of=self._number_of)
        if missed is not None:
            self._emit(missed)

    def reject(self, command: RejectCall) -> None:
        """Reject a call; emits MessageArrived (the call) and CallRejected. Blocks for a moment.

        Nothing for one that is not known (any more), was rejected before, or that the core refuses to reject.
        """
        call = self._calls.get(command.call_id)
        if call is None or call.rejected:
            return
        try:
            self._client.reject_call(call.caller, command.call_id)
        except self._refused as error:
            log.warning("call not rejected: %s", type(error).__name__, extra={"instance": self._id})
            return
        self._calls[command.call_id] = replace(call, rejected=True)
        arrived = call.arrived
        content = replace(arrived.content, name=REJECTED[arrived.content.name])
        self._emit(structs.replace(arrived, content=content))
        self._emit(CallRejected(self._id, command.call_id, arrived.chat, arrived.contact, at=arrived.at))
