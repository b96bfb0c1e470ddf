"""What the core hears of others, told as our events: messages, calls, receipts, names of groups.

Its handlers run on the core's threads, which must not wait for the network.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from core.engine.whatsapp.event_translation import call_missed, jid_to_str, message_arrived, receipts
from core.engine.whatsapp.from_protobuf import whole
from core.models.worker_events import GroupNamed, WorkerEvent

log = logging.getLogger(__name__)

_GROUP: Final = "g.us"
_NAME: Final = 100
_CALLS_KEPT: Final = 100
_NAMES_KEPT: Final = 5_000
"""Groups whose name was told; after so many, each is told once more."""
_NAMES_ASKED: Final = 100
"""Groups whose name may be asked for at a time; others are with their next message."""


class EventHandlers:
    """Threading: handlers may run side by side; each touches a table by one step only."""

    def __init__(
        self, module: Any, client: Any, *, instance_id: str, emit: Callable[[WorkerEvent], None]
    ) -> None:
        self._module = module
        self._client = client
        self._id = instance_id
        self._emit = emit
        self._named: set[str] = set()
        self._video: dict[str, bool] = {}
        self._room = threading.BoundedSemaphore(_NAMES_ASKED)
        self._asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")
        # neonize 0.5.2 forgets to unpack this one answer of the core; every other is unpacked like this.
        module.gocode.DecryptPollVote.errcheck = module.gocode.Upload.errcheck

    def subscribe(self) -> None:
        """Hear of everything from now on. One handler a kind, so call it once, before the core connects."""
        events = importlib.import_module("neonize.events")
        for kind, handler in (
            (events.ReceiptEv, self._on_receipt),
            (events.MessageEv, self._on_message),
            (events.JoinedGroupEv, self._on_joined),
            (events.GroupInfoEv, self._on_group),
            (events.CallOfferEv, self._on_ring),
            (events.CallTerminateEv, self._on_hang_up),
        ):
            # A bound method would be held weakly.
            self._client.event(kind)(lambda _, event, handler=handler: handler(event))

    def _on_receipt(self, event: Any) -> None:
        for receipt in receipts(self._id, event):
            self._emit(receipt)

    def _on_message(self, event: Any) -> None:
        arrived = message_arrived(
            self._id, event, number_of=self._number_behind, options_of=self._options_chosen
        )
        if arrived is not None:
            self._emit(arrived)
        source = event.Info.MessageSource
        if source.Chat.Server == _GROUP:
            self._learn_name(source.Chat)

    def _on_ring(self, event: Any) -> None:
        if call_id := whole(event.basicCallMeta.callID):
            self._video[call_id] = any(node.Tag == "video" for node in event.data.Nodes)
        while len(self._video) > _CALLS_KEPT:
            self._video.pop(next(iter(self._video)), None)

    def _on_hang_up(self, event: Any) -> None:
        video = self._video.pop(event.basicCallMeta.callID, False)
        missed = call_missed(self._id, event, video=video, number_of=self._number_behind)
        if missed is not None:
            self._emit(missed)

    def _on_joined(self, event: Any) -> None:
        self._tell_name(event.GroupInfo.JID, event.GroupInfo.GroupName.Name)

    def _on_group(self, event: Any) -> None:
        self._tell_name(event.JID, event.Name.Name)

    def _learn_name(self, group: Any) -> None:
        """Ask for a group's name once, in a thread that may wait."""
        address = whole(jid_to_str(group))
        if address and address not in self._named and self._room.acquire(blocking=False):
            self._remember(address)
            self._asking.submit(self._ask_name, group)

    def _ask_name(self, group: Any) -> None:
        try:
            self._tell_name(group, self._client.get_group_info(group).GroupName.Name)
        except Exception as error:
            # Top of a thread. The next message of the group asks again.
            self._named.discard(jid_to_str(group))
            log.warning("no name of a group: %s", type(error).__name__, extra={"instance": self._id})
        finally:
            self._room.release()

    def _tell_name(self, group: Any, name: str) -> None:
        address, shown = whole(jid_to_str(group)), " ".join(name[: 4 * _NAME].split())[:_NAME]
        if address and shown:
            self._remember(address)
            self._emit(GroupNamed(self._id, address, name=shown))

    def _remember(self, address: str) -> None:
        if len(self._named) >= _NAMES_KEPT:
            self._named.clear()
        self._named.add(address)

    def _options_chosen(self, event: Any) -> Sequence[bytes] | None:
        """The hashes in a vote; None when the core has not the secret of its poll."""
        try:
            return list(self._client.decrypt_poll_vote(event).selectedOptions)
        except self._module.NeonizeError:
            return None

    def _number_behind(self, lid: Any) -> str:
        """The phone number that the core has stored for a LID; empty when it has none."""
        try:
            return str(self._client.get_pn_from_lid(lid).User)
        except self._module.NeonizeError:
            return ""
