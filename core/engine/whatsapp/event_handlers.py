"""Handlers of what the core receives: messages, calls, receipts and names of groups become our events.

They run on the core's threads, which must not wait for the network.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from core.engine.whatsapp.event_translation import call_missed, jid_to_str, message_arrived, receipts
from core.engine.whatsapp.from_protobuf import whole
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import (
    CallOffer,
    CallTerminate,
    Client,
    GroupChange,
    Jid,
    JoinedGroup,
    MessageEvent,
    ReceiptEvent,
)
from core.models.recipients import GROUP_SERVER
from core.models.worker_events import GroupNamed, WorkerEvent

log = logging.getLogger(__name__)

_NAME: Final = 100
_CALLS_KEPT: Final = 100
_NAMES_KEPT: Final = 5_000
"""Groups whose name was reported; after so many, each is reported once more."""
_NAMES_ASKED: Final = 100
"""Groups whose name may be asked for at a time; the others wait for their next message."""


class EventHandlers:
    """Receives the core's events of one instance.

    Threading: handlers may run side by side; each touches a table by one step only.
    """

    def __init__(
        self, neonize: Neonize, client: Client, *, instance_id: str, emit: Callable[[WorkerEvent], None]
    ) -> None:
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._emit = emit
        self._named: set[str] = set()
        self._video: dict[str, bool] = {}
        self._places = threading.BoundedSemaphore(_NAMES_ASKED)
        self._asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")

    def subscribe(self) -> None:
        """Register the handlers. The core takes one for each kind, so call it once, before it connects."""
        event, events = self._client.event, self._neonize.events
        # The core keeps bound methods by weak references: a lambda around each is kept.
        event(events.ReceiptEv)(lambda _, receipt: self._on_receipt(receipt))
        event(events.MessageEv)(lambda _, message: self._on_message(message))
        event(events.JoinedGroupEv)(lambda _, joined: self._on_joined(joined))
        event(events.GroupInfoEv)(lambda _, change: self._on_group(change))
        event(events.CallOfferEv)(lambda _, offer: self._on_ring(offer))
        event(events.CallTerminateEv)(lambda _, ended: self._on_hang_up(ended))

    def _on_receipt(self, event: ReceiptEvent) -> None:
        for receipt in receipts(self._id, event):
            self._emit(receipt)

    def _on_message(self, event: MessageEvent) -> None:
        arrived = message_arrived(
            self._id, event, number_of=self._number_behind, options_of=self._options_chosen
        )
        if arrived is not None:
            self._emit(arrived)
        source = event.Info.MessageSource
        if source.Chat.Server == GROUP_SERVER:
            self._request_name(source.Chat)

    def _on_ring(self, event: CallOffer) -> None:
        if call_id := whole(event.basicCallMeta.callID):
            self._video[call_id] = any(node.Tag == "video" for node in event.data.Nodes)
        while len(self._video) > _CALLS_KEPT:
            self._video.pop(next(iter(self._video)), None)

    def _on_hang_up(self, event: CallTerminate) -> None:
        video = self._video.pop(event.basicCallMeta.callID, False)
        missed = call_missed(self._id, event, video=video, number_of=self._number_behind)
        if missed is not None:
            self._emit(missed)

    def _on_joined(self, event: JoinedGroup) -> None:
        self._report_name(event.GroupInfo.JID, event.GroupInfo.GroupName.Name)

    def _on_group(self, event: GroupChange) -> None:
        self._report_name(event.JID, event.Name.Name)

    def _request_name(self, group: Jid) -> None:
        """Ask for a group's name once, in a thread that may wait."""
        address = whole(jid_to_str(group))
        if address and address not in self._named and self._places.acquire(blocking=False):
            self._remember(address)
            self._asking.submit(self._ask_name, group)

    def _ask_name(self, group: Jid) -> None:
        try:
            self._report_name(group, self._client.get_group_info(group).GroupName.Name)
        except Exception as error:
            # Top of a thread. The next message of the group asks again.
            self._named.discard(jid_to_str(group))
            log.warning(
                "cannot get the name of a group: %s", type(error).__name__, extra={"instance": self._id}
            )
        finally:
            self._places.release()

    def _report_name(self, group: Jid, name: str) -> None:
        address, shown = whole(jid_to_str(group)), " ".join(name[: 4 * _NAME].split())[:_NAME]
        if address and shown:
            self._remember(address)
            self._emit(GroupNamed(self._id, address, name=shown))

    def _remember(self, address: str) -> None:
        if len(self._named) >= _NAMES_KEPT:
            self._named.clear()
        self._named.add(address)

    def _options_chosen(self, event: MessageEvent) -> Sequence[bytes] | None:
        """Return the hashes in a vote; None if the core does not hold the poll's secret."""
        try:
            return list(self._client.decrypt_poll_vote(event).selectedOptions)
        except self._neonize.error:
            return None

    def _number_behind(self, lid: Jid) -> str:
        """Return the phone number that the core has stored for a LID; empty when it has none."""
        try:
            return str(self._client.get_pn_from_lid(lid).User)
        except self._neonize.error:
            return ""
