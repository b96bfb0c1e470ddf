"""What this account shows of itself: whether it is there, and, only when asked to, that it is writing.

WhatsApp shows the typing of accounts that are online, and tells only those what others are typing. A linked
device that is online silences the owner's phone: so it is as its supervisor says, and from the first word
until half a minute after the last.

The phone itself is heard of by what it writes, reads or confirms.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from core.engine.whatsapp.event_translation import seconds_of
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid, Source
from core.logs import redact
from core.models.worker_commands import ShowPresence, ShowTyping
from core.models.worker_events import PhoneSeen, PresenceShown, WentOnline

log = logging.getLogger(__name__)

ONLINE_S: Final = 30.0
"""How long the account stays online after it last showed that it writes."""
_AGAIN_S: Final = 3.0
"""Not more often: a phone shows it for longer than that."""
_ERROR: Final = 200
"""Characters of the core's words for a refusal."""


_PHONE: Final = 0
"""The device that is the phone itself. Source: whatsmeow, types/jid.go."""
_SIGNS_S: Final = 600.0
"""What is seen of the phone within so long after the last sign is not worth telling."""


class AccountPresence:
    """Whether one account is shown as there. Threading: safe from any thread; blocks for a moment."""

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        *,
        emit: Callable[[PresenceShown | WentOnline], None],
    ) -> None:
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._emit = emit
        self._lock = threading.Lock()
        self._asked = False
        """What the supervisor asked for last."""
        self._typing = False
        self._receipts = False
        self._online = False

    def show(self, command: ShowPresence) -> None:
        """Show what the supervisor asks for; emits PresenceShown. What is typed goes on until it ends.

        It is sent though it may be shown already: WhatsApp forgets it with each connection.
        """
        with self._lock:
            self._asked = command.available
            if command.receipts != self._receipts:
                self._client.set_force_activate_delivery_receipts(command.receipts)
                self._receipts = command.receipts
            error = self._send(self._asked or self._typing)
        self._emit(PresenceShown(self._id, command.available, command.receipts, error=error))

    def set_typing(self, typing: bool) -> None:
        """Show the account as there while it types; emits WentOnline when it was not before."""
        with self._lock:
            self._typing = typing
            wanted = typing or self._asked
            shown = wanted != self._online and not self._send(wanted)
        if shown and wanted:
            self._emit(WentOnline(self._id))

    def renew(self) -> None:
        """Show again what is shown: others see a new name of the account only with that."""
        with self._lock:
            self._send(self._online)

    def _send(self, online: bool) -> str:
        """Return why it was refused; empty when it was not."""
        try:
            self._client.send_presence(self._neonize.online if online else self._neonize.offline)
        except self._neonize.error as error:
            log.debug("presence not sent: %s", type(error).__name__, extra={"instance": self._id})
            return redact(str(error))[:_ERROR] or "refused"
        self._online = online
        return ""


class TypingDisplay:
    """What one instance shows of its typing. Threading: safe from any thread; blocks for a moment."""

    def __init__(  # noqa: PLR0913  # what it needs of its client
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        *,
        address_of: Callable[[str], Jid | None],
        presence: AccountPresence,
        online_s: float = ONLINE_S,
    ) -> None:
        """``address_of`` gives the address behind digits or an address; None when it is not on WhatsApp."""
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._address_of = address_of
        self._presence = presence
        self._online_s = online_s
        self._lock = threading.Lock()
        self._ends: threading.Timer | None = None
        self._shown = ("", 0.0)
        """In which chat it was shown last, and when."""

    def show(self, command: ShowTyping) -> None:
        """Show it, or that it has ended."""
        with self._lock:
            try:
                if command.on:
                    self._begin(command.to)
                else:
                    self._end(command.to)
            except self._neonize.error as error:
                log.info("typing not shown: %s", type(error).__name__, extra={"instance": self._id})

    def _begin(self, to: str) -> None:
        now = time.monotonic()
        if self._shown[0] == to and now - self._shown[1] < _AGAIN_S:
            return
        chat = self._address_of(to)
        if chat is None:
            return
        self._stay_online()
        self._client.send_chat_presence(chat, self._neonize.composing, self._neonize.typed)
        self._shown = (to, now)

    def _end(self, to: str) -> None:
        if self._shown[0] != to:
            return  # it was not shown there
        self._shown = ("", 0.0)
        if (chat := self._address_of(to)) is not None:
            self._client.send_chat_presence(chat, self._neonize.paused, self._neonize.typed)

    def _stay_online(self) -> None:
        # Fails while the account's own name is not known: what it writes may be shown nevertheless.
        self._presence.set_typing(True)
        if self._ends is not None:
            self._ends.cancel()
        self._ends = threading.Timer(self._online_s, self._go_offline)
        self._ends.daemon = True
        self._ends.start()

    def _go_offline(self) -> None:
        with self._lock:
            self._shown = ("", 0.0)
            self._presence.set_typing(False)


class PhoneSigns:
    """Reports when the phone of one account was last seen. Threading: safe from any thread."""

    def __init__(
        self,
        instance_id: str,
        *,
        emit: Callable[[PhoneSeen], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._id = instance_id
        self._emit = emit
        self._clock = clock
        self._last = 0.0

    def look(self, source: Source, timestamp: int) -> None:
        """Report the phone as seen at ``timestamp``, as WhatsApp gives it, if ``source`` is the phone.

        What waited while this device was away is of the time when the phone did it, not of now.
        """
        if not source.IsFromMe or source.Sender.Device != _PHONE or not source.Sender.User:
            return
        at = min(seconds_of(timestamp), self._clock())
        if at - self._last >= _SIGNS_S:
            self._last = at
            self._emit(PhoneSeen(self._id, at=at))
