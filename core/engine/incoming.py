"""What the core hears of others, told as our events: messages, calls, receipts, names of groups.

Its handlers run on the core's threads, which must not wait for the network.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from core.engine.arriving import address_of, call_missed, message_arrived, receipts
from core.models.events import GroupNamed, WorkerEvent

log = logging.getLogger(__name__)

_GROUP: Final = "g.us"
_NAME: Final = 100
_CALLS_KEPT: Final = 100


class Incoming:
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
        self._video[event.basicCallMeta.callID] = any(node.Tag == "video" for node in event.data.Nodes)
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
        address = address_of(group)
        if address not in self._named:
            self._named.add(address)
            self._asking.submit(self._ask_name, group)

    def _ask_name(self, group: Any) -> None:
        try:
            self._tell_name(group, self._client.get_group_info(group).GroupName.Name)
        except Exception as error:
            # Top of a thread. The next message of the group asks again.
            self._named.discard(address_of(group))
            log.warning("no name of a group: %s", type(error).__name__, extra={"instance": self._id})

    def _tell_name(self, group: Any, name: str) -> None:
        if shown := " ".join(name.split())[:_NAME]:
            self._named.add(address_of(group))
            self._emit(GroupNamed(self._id, address_of(group), name=shown))

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
