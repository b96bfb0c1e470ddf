"""One neonize client: connect, tell what happens, send.

ENGINE.md of the design lists the traps; each rule below names the reason it is there.
"""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from core.engine.protocol import WorkerSpec
from core.engine.whatsapp.error_codes import TRANSLATIONS
from core.engine.whatsapp.event_handlers import EventHandlers
from core.engine.whatsapp.loader import load_library
from core.engine.whatsapp.queries import QueryHandler
from core.engine.whatsapp.sender import MessageSender
from core.logs import redact
from core.models.worker_events import (
    AskPairingCode,
    Connected,
    LoginOutcome,
    LogOut,
    LogOutResult,
    PairingCode,
    PairingCodeFailed,
    QrCode,
    Query,
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


_EVENT: Final = 4 * 1024**2
"""Bytes of the largest event that is looked at; none that a person's phone makes comes near."""
_QR: Final = 2_953
"""Bytes that the largest QR holds. Source: ISO/IEC 18004, version 40-L."""
_WORD: Final = 200


def store_address(path: str) -> str:
    """What to give neonize as ``name`` so that it opens ``path`` with our settings.

    The core puts ``file:`` before it, which makes it a URI: ``?``, ``#`` and ``%`` in a path must be escaped.
    """
    return quote(path) + _STORE_OPTIONS


class CoreClient:
    """The genuine core for one instance. One per process, ever: a forgotten one would stop its successor."""

    def __init__(self, spec: WorkerSpec, *, emit: Callable[[WorkerEvent], None]) -> None:
        self._module = load_library()
        self._id = spec.instance_id
        self._emit = emit
        self._qr_index = 0
        self.connected = False
        """True once the session was logged in; only then may ``stop`` be called."""
        self._client = self._build(spec)
        self.outgoing = MessageSender(self._module, self._client, self._id, emit=emit)
        """Sends messages."""
        self._answers = QueryHandler(self._module, self._client, self._id, self.outgoing)

    def _build(self, spec: WorkerSpec) -> Any:
        module = self._module
        _route_core_log(module)
        outer = self

        class Client(module.NewClient):  # type: ignore[misc, name-defined]
            """neonize's client, with the login outcome decoded instead of printed as a pointer."""

            def _NewClient__onLoginStatus(self, uuid: int, status: int) -> None:  # noqa: N802
                outer._emit(
                    LoginOutcome(outer._id, outcome=ctypes.string_at(status)[:_WORD].decode(errors="replace"))
                )

        props = module.DeviceProps(os=spec.device_name, platformType=module.DeviceProps.DESKTOP)
        client = Client(store_address(spec.store_path), uuid=spec.instance_id, props=props)
        client.event.qr(lambda _, code: self._on_qr(code))
        events = __import__("neonize.events", fromlist=["events"])
        client.event(events.ConnectedEv)(lambda _, __: self._on_connected())
        for name, translate in TRANSLATIONS.items():
            client.event(getattr(events, name))(
                lambda _, event, translate=translate: self._emit(translate(self._id, event))
            )
        client.event.execute = _bounded(client.event.execute)
        EventHandlers(module, client, instance_id=self._id, emit=self._emit).subscribe()
        return client

    def run(self) -> None:
        """Connect and stay until the core ends. Blocks. Raises neonize's error when the first dial fails."""
        self._client.connect()

    def stop(self) -> None:
        """Close the connection. Only when ``connected``: while a QR shows, the core would hang for ever."""
        self._client.stop()

    def answer(self, question: Query) -> None:
        """Answer a question; emits what it asks for, or QuestionFailed. Blocks until WhatsApp answers."""
        self._emit(self._answers.answer(question))

    def ask_pairing_code(self, command: AskPairingCode) -> None:
        """Ask for a code to type on the phone; emits PairingCode or PairingCodeFailed. While a QR shows."""
        try:
            code = self._client.PairPhone(command.number, show_push_notification=True)
        except _neonize_error(self._module) as error:
            self._emit(PairingCodeFailed(self._id, detail=redact(str(error))[:200]))
            return
        self._emit(PairingCode(self._id, code=code.replace("-", ""), number=command.number))

    def unlink(self, _command: LogOut) -> None:
        """Remove the device from the account; emits UnlinkDone. Blocks until the server answers."""
        try:
            self._client.logout()
        except _neonize_error(self._module) as error:
            self._emit(LogOutResult(self._id, error=redact(str(error))[:200] or "refused"))
            return
        self._emit(LogOutResult(self._id, error=""))

    def _on_qr(self, code: bytes) -> None:
        if len(code) > _QR:
            log.error("dropped a QR of %d bytes", len(code), extra={"instance": self._id})
            return
        self._qr_index += 1
        self._emit(QrCode(self._id, code=code.decode(), index=self._qr_index, at=time.time()))

    def _on_connected(self) -> None:
        self.connected = True
        self._emit(Connected(self._id, phone=self._client.get_me().JID.User))


def _bounded(execute: Callable[[int, int, int, int], None]) -> Callable[[int, int, int, int], None]:
    """Return a handler of the core's events that drops one too large before any of it is copied or parsed."""

    def run(uuid: int, address: int, size: int, code: int) -> None:
        if size > _EVENT:
            log.error("dropped an event of %d bytes from the core", size)
            return
        execute(uuid, address, size, code)

    return run


def _neonize_error(module: Any) -> type[Exception]:
    error: type[Exception] = module.NeonizeError
    return error


def _route_core_log(module: Any) -> None:
    """Give the core's own log lines to our logging, from WARNING up: below that it prints whole stanzas."""
    # It warns at every connect that ffmpeg is missing; a text needs none.
    logging.getLogger("neonize.utils.ffmpeg").setLevel(logging.ERROR)
    neonize_log = __import__("neonize.utils.log", fromlist=["log"])
    # The level the core is started with is the level of this logger.
    neonize_log.log.setLevel(logging.WARNING)

    def forward(address: int, size: int) -> None:
        entry = neonize_log.LogEntry.FromString(ctypes.string_at(address, size))
        level = logging.ERROR if entry.Level == "ERROR" else logging.WARNING
        logging.getLogger(f"whatsmeow.{entry.Name}").log(level, "%s", entry.Message)

    # Its own forwarder feeds a queue whose reading thread did not survive the fork.
    module.log_whatsmeow = forward
