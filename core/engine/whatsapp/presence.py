"""Shows the other side of a chat that this account is writing, and only while it was asked to.

WhatsApp shows that of accounts that are online, and tells only those what others are typing. A linked device
that is online silences the owner's phone: so it is, from the first word until half a minute after the last,
and never by itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid
from core.models.worker_commands import ShowTyping

log = logging.getLogger(__name__)

ONLINE_S: Final = 30.0
"""How long the account stays online after it last showed that it writes."""
_AGAIN_S: Final = 3.0
"""Not more often: a phone shows it for longer than that."""


class TypingDisplay:
    """What one instance shows of itself. Threading: safe from any thread; blocks for a moment."""

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        *,
        address_of: Callable[[str], Jid | None],
        online_s: float = ONLINE_S,
    ) -> None:
        """``address_of`` gives the address behind digits or an address; None when it is not on WhatsApp."""
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._address_of = address_of
        self._online_s = online_s
        self._lock = threading.Lock()
        self._online = False
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
        if not self._online:
            # Fails while the account's own name is not known: what it writes may be shown nevertheless.
            self._set_online(True)
        if self._ends is not None:
            self._ends.cancel()
        self._ends = threading.Timer(self._online_s, self._go_offline)
        self._ends.daemon = True
        self._ends.start()

    def _go_offline(self) -> None:
        with self._lock:
            self._shown = ("", 0.0)
            if self._online:
                self._set_online(False)

    def _set_online(self, online: bool) -> None:
        try:
            self._client.send_presence(self._neonize.online if online else self._neonize.offline)
            self._online = online
        except self._neonize.error as error:
            log.info("presence not sent: %s", type(error).__name__, extra={"instance": self._id})
