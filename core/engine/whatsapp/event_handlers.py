"""Handlers of what the core receives: messages, calls, receipts, facts about chats become our events.

They run on the core's threads, which must not wait for the network.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from core.engine.whatsapp.event_translation import (
    chat_timer,
    jid_to_str,
    message_arrived,
    message_withheld,
    receipts,
    typing,
)
from core.engine.whatsapp.from_protobuf import bounded_timer, whole
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import (
    ChatPresenceEvent,
    Client,
    Ephemeral,
    GroupChange,
    GroupDetails,
    Jid,
    JoinedGroup,
    MessageEvent,
    ReceiptEvent,
    UndecryptableEvent,
)
from core.engine.whatsapp.presence import PhoneSigns
from core.engine.whatsapp.profile.calls import IncomingCalls
from core.engine.whatsapp.sealed import SealedMessages
from core.models.recipients import GROUP_SERVER
from core.models.worker_events import (
    AddressPaired,
    ChatTimer,
    GroupNamed,
    MessageArrived,
    WorkerEvent,
)

log = logging.getLogger(__name__)

_NAME: Final = 100
_FACTS_KEPT: Final = 5_000
"""People and chats of which something was reported; after so many, each is reported once more."""
_NAMES_KEPT: Final = 5_000
"""Groups whose name was reported; after so many, each is reported once more."""
_NAMES_ASKED: Final = 100
"""Groups whose name may be asked for at a time; the others wait for their next message."""


class EventHandlers:
    """Receives the core's events of one instance.

    Threading: handlers may run side by side; each touches a table by one step only.
    """

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        *,
        instance_id: str,
        emit: Callable[[WorkerEvent], None],
        keep: Callable[[], Callable[[], None]] = lambda: lambda: None,
    ) -> None:
        """``keep`` has what is being handled kept until what it returns is called."""
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._emit = emit
        self.sealed = SealedMessages(neonize.message, unreadable=neonize.decode_error, emit=emit, keep=keep)
        """Messages that wait for the secret which opens them."""
        self.calls = IncomingCalls(
            client, instance_id, refused=neonize.error, number_of=self.number_behind, emit=emit
        )
        """Calls that ring."""
        self._phone = PhoneSigns(instance_id, emit=emit)
        self._named: set[str] = set()
        self._pairs: dict[str, str] = {}
        self._timers: dict[str, int] = {}
        self._places = threading.BoundedSemaphore(_NAMES_ASKED)
        self._asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")

    def subscribe(self) -> None:
        """Register the handlers. The core takes one for each kind, so call it once, before it connects."""
        event, events = self._client.event, self._neonize.events
        # The core keeps bound methods by weak references: a lambda around each is kept.
        event(events.ReceiptEv)(lambda _, receipt: self._on_receipt(receipt))
        event(events.MessageEv)(lambda _, message: self._on_message(message))
        event(events.UndecryptableMessageEv)(lambda _, message: self._on_withheld(message))
        event(events.ChatPresenceEv)(lambda _, presence: self._on_presence(presence))
        event(events.JoinedGroupEv)(lambda _, joined: self._on_joined(joined))
        event(events.GroupInfoEv)(lambda _, change: self._on_group(change))
        event(events.CallOfferEv)(lambda _, offer: self.calls.ring(offer))
        event(events.CallTerminateEv)(lambda _, ended: self.calls.hang_up(ended))

    def _on_receipt(self, event: ReceiptEvent) -> None:
        self._phone.look(event.MessageSource, event.Timestamp)
        for receipt in receipts(self._id, event, number_of=self.number_behind):
            self._emit(receipt)

    def _on_message(self, event: MessageEvent) -> None:
        self._phone.look(event.Info.MessageSource, event.Info.Timestamp)
        arrived = message_arrived(
            self._id, event, number_of=self.number_behind, options_of=self._options_chosen
        )
        if (timer := chat_timer(self._id, event, number_of=self.number_behind)) is not None:
            self._report_timer(timer)
        if arrived is not None:
            self._report_pair(arrived)
            if not self.sealed.hold(arrived, event):
                self._emit(arrived)
        source = event.Info.MessageSource
        if source.Chat.Server == GROUP_SERVER:
            self._request_name(source.Chat)

    def _on_withheld(self, event: UndecryptableEvent) -> None:
        self._phone.look(event.Info.MessageSource, event.Info.Timestamp)
        withheld = message_withheld(self._id, event, number_of=self.number_behind)
        if withheld is not None:
            self._report_pair(withheld)
            self._emit(withheld)

    def _on_presence(self, event: ChatPresenceEvent) -> None:
        if (doing := typing(self._id, event, number_of=self.number_behind)) is not None:
            self._emit(doing)

    def _on_joined(self, event: JoinedGroup) -> None:
        self._report_group(event.GroupInfo)

    def _on_group(self, event: GroupChange) -> None:
        self._report_name(event.JID, event.Name.Name)
        if event.HasField("Ephemeral"):
            self._report_group_timer(event.JID, event.Ephemeral)

    def _request_name(self, group: Jid) -> None:
        """Ask for a group's name once, in a thread that may wait."""
        address = whole(jid_to_str(group))
        if address and address not in self._named and self._places.acquire(blocking=False):
            self._remember(address)
            self._asking.submit(self._ask_name, group)

    def _ask_name(self, group: Jid) -> None:
        try:
            self._report_group(self._client.get_group_info(group))
        except Exception as error:
            # Top of a thread. The next message of the group asks again.
            self._named.discard(jid_to_str(group))
            log.warning(
                "cannot get the name of a group: %s", type(error).__name__, extra={"instance": self._id}
            )
        finally:
            self._places.release()

    def _report_group(self, group: GroupDetails) -> None:
        self._report_name(group.JID, group.GroupName.Name)
        self._report_group_timer(group.JID, group.GroupEphemeral)

    def _report_group_timer(self, group: Jid, setting: Ephemeral) -> None:
        """Report a group's timer as of now: what is asked for has no time, what is told comes in order."""
        seconds = int(setting.DisappearingTimer) if setting.IsEphemeral else 0
        address, known = whole(jid_to_str(group)), bounded_timer(seconds)
        if address and known is not None:
            self._report_timer(ChatTimer(self._id, address, "", known, at=time.time()))

    def _report_timer(self, timer: ChatTimer) -> None:
        """Report a chat's timer, unless that is what was reported last."""
        if self._timers.get(timer.chat) != timer.seconds:
            if len(self._timers) >= _FACTS_KEPT:
                self._timers.clear()
            self._timers[timer.chat] = timer.seconds
            self._emit(timer)

    def _report_pair(self, arrived: MessageArrived) -> None:
        """Report who is behind a LID, once it is known."""
        lid = arrived.chat if not arrived.group else arrived.sender
        # In a group the contact is the author; elsewhere the other person, also when the owner wrote.
        if arrived.contact and not (arrived.group and arrived.from_me):
            self.report_pair(lid, arrived.contact)

    def report_pair(self, lid: str, number: str) -> None:
        """Report that a LID is the person with a number (digits), once; nothing for another address."""
        if lid.endswith("@lid") and number and self._pairs.get(lid) != number:
            if len(self._pairs) >= _FACTS_KEPT:
                self._pairs.clear()
            self._pairs[lid] = number
            self._emit(AddressPaired(self._id, lid, number))

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

    def number_behind(self, lid: Jid) -> str:
        """Return the phone number that the core has stored for a LID; empty when it has none."""
        try:
            return str(self._client.get_pn_from_lid(lid).User)
        except self._neonize.error:
            return ""
