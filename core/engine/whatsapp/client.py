"""One neonize client: connect, report what happens, send.

docs/measured.md lists neonize's traps; each rule below names the reason it is there.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.engine.arrival_journal import ArrivalJournal, take_unhandled
from core.engine.in_flight import InFlight
from core.engine.protocol import WorkerSpec
from core.engine.whatsapp.event_handlers import EventHandlers
from core.engine.whatsapp.event_translation import TRANSLATIONS, Translation
from core.engine.whatsapp.history_sync import HistorySync
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Part
from core.engine.whatsapp.presence import AccountPresence, TypingDisplay
from core.engine.whatsapp.profile.own_profile import OwnProfileQueries
from core.engine.whatsapp.queries import QueryHandler
from core.engine.whatsapp.sender import MessageSender
from core.logs import redact
from core.models.profile.commands import RejectCall
from core.models.worker_commands import AskPairingCode, LogOut, Query, UseSecret
from core.models.worker_events import (
    Connected,
    LoginOutcome,
    LogOutResult,
    PairingCode,
    PairingCodeFailed,
    QrCode,
    WorkerEvent,
)

log = logging.getLogger(__name__)

# The core appends "?_foreign_keys=on" to the name it is given; the open "&_x=" swallows that. By default it
# would sync each of 812 pre-key inserts to disk (seconds); with WAL and NORMAL a pairing takes 0.3 s, and a
# commit survives the death of the process, only not that of the machine (checkpoints bound that). Immediate
# transactions wait for their turn; a deferred one that turns from reading to writing fails as "locked".
# Keys that are used up or deleted are overwritten with zeros in the file.
_STORE_OPTIONS: Final = (
    "?_foreign_keys=on&_journal_mode=WAL&_busy_timeout=10000&_synchronous=NORMAL&_txlock=immediate"
    "&_secure_delete=on&_x="
)


_SETTLED_S: Final = 0.1
"""Without an event for so long after the connection was closed, none is on its way any more."""
_SETTLING_S: Final = 1.5
"""The longest wait for that; with what comes before, less than a supervisor waits for an end."""
_QR: Final = 2_953
"""Bytes that the largest QR holds. Source: ISO/IEC 18004, version 40-L."""


_APART_S: Final = 0.01
"""The least time between two clients that come to the core."""


class Entrance:
    """Lets clients of one process in one after the other. Threading: safe from any thread.

    The core notes each in maps without a lock: two that come at the same instant end the process, and all
    that are in it ("concurrent map writes"; neonize 0.5.2, main.go:620), as one start of a hundred
    instances did.
    """

    def __init__(self, apart_s: float = _APART_S) -> None:
        self._apart_s = apart_s
        self._turn = threading.Lock()
        self._open_at = 0.0

    def pass_through(self) -> None:
        """Return when it is this thread's turn; the first one does not wait."""
        with self._turn:
            time.sleep(max(0.0, self._open_at - time.monotonic()))
            self._open_at = time.monotonic() + self._apart_s


_entrance: Final = Entrance()


def store_address(path: str) -> str:
    """Return what to give neonize as ``name`` so that it opens ``path`` with our settings.

    The core puts ``file:`` before it, which makes it a URI: ``?``, ``#`` and ``%`` in a path must be escaped.
    """
    return quote(path) + _STORE_OPTIONS


class CoreClient:
    """The genuine core for one instance.

    neonize stops a client when Python collects it, by its uuid: that would stop a successor of the same uuid.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        neonize: Neonize,
        *,
        uuid: str,
        emit: Callable[[WorkerEvent], None],
        journal: ArrivalJournal | None = None,
    ) -> None:
        """Build the client; it is not connected yet. ``uuid``: no other client of this process has it."""
        self._journal = journal
        self._folder = Path(spec.store_path).parent
        self._neonize = neonize
        self._id = spec.instance_id
        self._give = emit
        self._in_flight = InFlight()
        emit = self._emit
        self._qr_index = 0
        self.connected = False
        """True once the session was logged in; only then may ``stop`` be called."""
        self._history = self._history_sync() if spec.history else None
        self._client = self._neonize.new_client(
            store_address(spec.store_path),
            uuid=uuid,
            device_name=spec.device_name,
            on_login_outcome=lambda outcome: emit(LoginOutcome(self._id, outcome=outcome)),
            on_history=self._history.take if self._history else None,
            in_flight=self._in_flight.counted,
            journal=journal,
        )
        self._handlers = EventHandlers(
            self._neonize,
            self._client,
            instance_id=self._id,
            emit=emit,
            keep=journal.keep if journal else lambda: lambda: None,
        )
        self._subscribe()
        self.sender = MessageSender(
            self._neonize, self._client, self._id, emit=emit, on_pair=self._handlers.report_pair
        )
        """Sends messages."""
        self.presence = AccountPresence(self._neonize, self._client, self._id, emit=emit)
        """Shows that this account is there, or not."""
        self.typing = TypingDisplay(
            self._neonize,
            self._client,
            self._id,
            address_of=self.sender.resolve_address,
            presence=self.presence,
        )
        """Shows that this account is writing."""
        profile = OwnProfileQueries(
            self._neonize,
            self._client,
            self._id,
            number_of=self._handlers.number_behind,
            on_named=self.presence.renew,
        )
        self._queries = QueryHandler(self._neonize, self._client, self._id, self.sender, profile)

    def _history_sync(self) -> HistorySync:
        return HistorySync(
            self._neonize,
            lambda: self._client,
            self._id,
            number_of=lambda lid: self._handlers.number_behind(lid),  # noqa: PLW0108  # not made yet
            emit=self._emit,
        )

    def _subscribe(self) -> None:
        """Register one handler for each kind of event; the set is fixed once the core connects."""
        client, events = self._client, self._neonize.events
        client.event.qr(lambda _, code: self._on_qr(code))
        client.event(events.ConnectedEv)(lambda _, __: self._on_connected())
        for name, translate in TRANSLATIONS.items():
            client.event(getattr(events, name))(self._emitting(translate))
        self._handlers.subscribe()
        if self._history is not None:
            client.event(events.HistorySyncEv)(lambda _, __: None)  # its bytes go to ``on_history``

    def _emitting(self, translate: Translation) -> Callable[[Client, Part], None]:
        return lambda _, event: self._emit(translate(self._id, event))

    def run(self) -> None:
        """Connect and stay until the core ends. Blocks. Raises neonize's error when the first dial fails."""
        _entrance.pass_through()
        self._client.connect()

    def stop(self) -> None:
        """Close the connection for good. Not before the first event: the core may not know this client yet.

        The core is never told to forget the client: a call that comes later, of a timer say, would end the
        process then.
        """
        self._client.disconnect()
        self.settle()

    def settle(self) -> None:
        """Wait until what came in is emitted: the core has acknowledged it, and forgets it when it ends.

        At most 1.5 s: then what is left is emitted later. For a connection that has ended.
        """
        self._in_flight.wait_until_quiet(_SETTLED_S, timeout=_SETTLING_S)
        self._handlers.sealed.release()

    def drain(self, timeout: float) -> None:
        """Wait until nothing is being emitted, at most ``timeout`` seconds."""
        self._in_flight.wait_until_quiet(0.0, timeout=timeout)

    def answer(self, query: Query) -> None:
        """Answer a query; emits what it asks for, or QueryFailed. Blocks until WhatsApp answers."""
        self._emit(self._queries.answer(query))

    def use_secret(self, command: UseSecret) -> None:
        """Open a sealed message; emits MessageArrived."""
        self._handlers.sealed.open(command)

    def reject_call(self, command: RejectCall) -> None:
        """Reject a call that rings; emits CallRejected."""
        self._handlers.calls.reject(command)

    def ask_pairing_code(self, command: AskPairingCode) -> None:
        """Ask for a code to type on the phone; emits PairingCode or PairingCodeFailed. While a QR shows."""
        try:
            code = self._client.PairPhone(command.number, True)  # with a notification on the phone
        except self._neonize.error as error:
            self._emit(PairingCodeFailed(self._id, detail=redact(str(error))[:200]))
            return
        self._emit(PairingCode(self._id, code=code.replace("-", ""), number=command.number))

    def log_out(self, _command: LogOut) -> None:
        """Remove the device from the account; emits LogOutResult. Blocks until the server answers."""
        try:
            self._client.logout()
        except self._neonize.error as error:
            self._emit(LogOutResult(self._id, error=redact(str(error))[:200] or "refused"))
            return
        self._emit(LogOutResult(self._id, error=""))

    def _emit(self, event: WorkerEvent) -> None:
        with self._in_flight.counted():
            self._give(event)

    def _on_qr(self, code: bytes) -> None:
        if len(code) > _QR:
            log.error("dropped a QR of %d bytes", len(code), extra={"instance": self._id})
            return
        self._qr_index += 1
        self._emit(QrCode(self._id, code=code.decode(), index=self._qr_index, at=time.time()))

    def _on_connected(self) -> None:
        self.connected = True
        self._emit(Connected(self._id, phone=self._client.get_me().JID.User))
        if self._journal is not None:
            self._handle_unhandled(self._journal)

    def _handle_unhandled(self, journal: ArrivalJournal) -> None:
        """Handle what reached a process before this one that ended while it was about to."""
        try:
            with journal.again():
                for code, body in take_unhandled(self._folder):
                    buffer = ctypes.create_string_buffer(body, len(body))
                    self._client.event.execute(0, ctypes.addressof(buffer), len(body), code)
        except Exception:
            # It was written by another process, perhaps of another version. The connection goes on.
            log.exception("an arrival of before was not handled", extra={"instance": self._id})
