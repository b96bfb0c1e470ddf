"""What neonize 0.5.2 does wrong or leaves out, set right in one place, each with its reason.

docs/measured.md says how each was found.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, Final, cast

from core.engine.arrival_journal import ArrivalJournal
from core.engine.whatsapp.neonize_types import Client

log = logging.getLogger(__name__)

_EVENT: Final = 4 * 1024**2
"""Bytes of the largest event that is looked at; none that a person's phone makes comes near."""
_HISTORY: Final = 32 * 1024**2
"""Bytes of one part of a history."""
_HISTORY_CODE: Final = 13
"""Of ``HistorySyncEv``. Source: neonize, events.py, ``EVENT_TO_INT``."""
_ARRIVALS: Final = frozenset({17, 18, 21, 22, 42, 44})
"""Of messages, receipts, groups that are joined or changed, ended calls, and messages that cannot be read."""
_OUTCOME: Final = 200
"""Bytes of a login outcome; longer ones are cut."""


def ask_platform_once(platform: ModuleType) -> None:
    """Fix the library's file name: neonize asks a shell for it at each load, and leaves it as a zombie."""
    file_name = platform.generated_name()
    platform.generated_name = lambda: file_name  # type: ignore[attr-defined]


def unpack_opened_votes(library: Any) -> None:
    """Unpack the answer to ``DecryptPollVote`` like every other answer of the core: neonize forgets it."""
    library.DecryptPollVote.errcheck = library.Upload.errcheck


def return_nothing_for_receipts(library: Any) -> None:
    """Take no result of ``SetForceActiveDeliveryReceipts``: it has none.

    neonize declares a text, which it would read at whatever address is in the register, and free.
    """
    library.SetForceActiveDeliveryReceipts.restype = None
    library.SetForceActiveDeliveryReceipts.errcheck = lambda result, _function, _arguments: result


def wait_without_looking(client: ModuleType) -> None:
    """Let a thread that waits for the end of a connection sleep until then.

    neonize wakes it five times a second, to notice a Ctrl+C that no thread of a worker is given.
    """

    class UndisturbedEvent(threading.Event):
        """An event whose ``wait`` has no timeout."""

        def wait(self, timeout: float | None = None) -> bool:
            return super().wait()

    client.ThreadEvent = UndisturbedEvent  # type: ignore[attr-defined]


def route_core_log(client: ModuleType, neonize_log: Any) -> None:
    """Give the core's own log lines to our logging, from WARNING up: below that it prints whole stanzas.

    neonize's own forwarder feeds a queue whose reading thread does not survive the fork.
    """
    # It warns at every connect that ffmpeg is missing; a text needs none.
    logging.getLogger("neonize.utils.ffmpeg").setLevel(logging.ERROR)
    # The level the core is started with is the level of this logger.
    neonize_log.log.setLevel(logging.WARNING)

    def forward(address: int, size: int) -> None:
        entry = neonize_log.LogEntry.FromString(ctypes.string_at(address, size))
        level = logging.ERROR if entry.Level == "ERROR" else logging.WARNING
        logging.getLogger(f"whatsmeow.{entry.Name}").log(level, "%s", entry.Message)

    client.log_whatsmeow = forward  # type: ignore[attr-defined]


def client_factory(module: ModuleType) -> Callable[..., Client]:
    """Return a maker of clients whose login outcome is decoded and whose events are bounded."""

    def new_client(  # noqa: PLR0913  # as ``ClientFactory``
        address: str,
        *,
        uuid: str,
        device_name: str,
        on_login_outcome: Callable[[str], None],
        on_history: Callable[[bytes], None] | None,
        in_flight: Callable[[], AbstractContextManager[None]],
        journal: ArrivalJournal | None,
    ) -> Client:
        class DecodingClient(module.NewClient):  # type: ignore[misc, name-defined]
            """neonize's client, with the login outcome decoded instead of printed as a pointer."""

            def _NewClient__onLoginStatus(self, uuid: int, status: int) -> None:  # noqa: N802
                on_login_outcome(ctypes.string_at(status)[:_OUTCOME].decode(errors="replace"))

        props = module.DeviceProps(os=device_name, platformType=module.DeviceProps.DESKTOP)
        client = cast(Client, DecodingClient(address, uuid=uuid, props=props))
        client.event.execute = bounded(
            client.event.execute, on_history=on_history, in_flight=in_flight, journal=journal
        )
        return client

    return new_client


def bounded(
    execute: Callable[[int, int, int, int], None],
    *,
    on_history: Callable[[bytes], None] | None = None,
    in_flight: Callable[[], AbstractContextManager[None]] = nullcontext,
    journal: ArrivalJournal | None = None,
) -> Callable[[int, int, int, int], None]:
    """Return a handler of the core's events that drops one too large before any of it is copied or parsed.

    ``on_history`` gets parts of a history unparsed, instead of neonize: they may be larger, and are read
    piece by piece. ``in_flight`` is entered while an event is handled, which is in the
    ``journal`` before if it is an arrival.
    """

    def run(uuid: int, address: int, size: int, code: int) -> None:
        if code == _HISTORY_CODE and on_history is not None:
            if size <= _HISTORY:
                on_history(ctypes.string_at(address, size))
            else:
                log.error("dropped a history of %d bytes from the core", size)
            return
        if size > _EVENT:
            log.error("dropped an event of %d bytes from the core", size)
            return
        with in_flight():
            if journal is None or code not in _ARRIVALS:
                execute(uuid, address, size, code)
                return
            with journal.handling(code, ctypes.string_at(address, size)):
                execute(uuid, address, size, code)

    return run
