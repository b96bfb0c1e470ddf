"""Loading neonize in two halves: its Python part once, in the preloader; the Go library in each worker.

A Go runtime does not survive ``fork``. neonize loads its library at import, unless the variable ``SPHINX`` is
set (meant for building its documentation): then everything is defined and nothing is loaded. The preloader
imports it that way, and each forked worker loads the library itself.

No other module imports neonize: everything that the product uses of it is in ``Neonize``.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Protocol

from core.engine.arrival_journal import ArrivalJournal
from core.engine.whatsapp import patches
from core.engine.whatsapp.neonize_types import Client, Events, Jid, Part

_SWITCH: Final = "SPHINX"


class ClientFactory(Protocol):
    """Makes the client of one account."""

    def __call__(  # noqa: PLR0913  # what one client tells, each its own way
        self,
        address: str,
        *,
        uuid: str,
        device_name: str,
        on_login_outcome: Callable[[str], None],
        on_history: Callable[[bytes], None] | None,
        in_flight: Callable[[], AbstractContextManager[None]],
        journal: ArrivalJournal | None,
    ) -> Client:
        """Return a client that is not connected yet.

        ``address`` is that of its store; ``uuid`` is its own among all clients that this process ever makes;
        ``device_name`` is shown on the phone. On threads of the core, ``on_login_outcome`` gets the core's
        own word for how a pairing ended, and ``on_history`` each part of the past that the phone hands over,
        as bytes (``neonize.HistorySync``). ``in_flight`` is entered while an event of the core is handled;
        one whose loss would be seen is in the ``journal`` before.
        """


@dataclass(frozen=True, slots=True)
class Neonize:
    """neonize with its Go library loaded: what the product uses of it."""

    error: type[Exception]
    """The base of its errors."""
    events: Events
    new_client: ClientFactory
    decode_error: type[Exception]
    """Raised for bytes that are no such protobuf."""
    message: Callable[..., Part]
    """The protobuf of a message, made of its fields."""
    history_chat: Callable[[], Part]
    """The protobuf of a chat in a history."""
    history_message: Callable[[], Part]
    """The protobuf of a message in a history."""
    media_types: Mapping[str, object]
    """Kinds of file for an upload, by neonize's name (``MediaImage``)."""
    read_receipt: object
    online: object
    offline: object
    composing: object
    paused: object
    typed: object
    """Of what is composed: words, not a voice message."""
    picture_preview: object
    """Asks for the small version of a profile picture."""
    unblock: object
    """What is done to an entry of a block list."""
    build_jid: Callable[[str, str], Jid]
    """Takes user and server."""
    without_device: Callable[[Jid], Jid]
    jid_to_text: Callable[[Jid], str]


def import_python_part() -> None:
    """Import neonize without its Go library. Raises ImportError when neonize or libmagic is missing."""
    os.environ[_SWITCH] = "1"
    # neonize needs libmagic at import; pylibmagic brings one where the system has none.
    importlib.import_module("pylibmagic")
    importlib.import_module("neonize.client")
    patches.ask_platform_once(importlib.import_module("neonize.utils.platform"))


def load() -> Neonize:
    """Load the Go library and return what the product uses of neonize.

    Call once per process, after any fork. Raises OSError when the library cannot be loaded.
    """
    client = _load_library()
    patches.unpack_opened_votes(client.gocode)
    patches.return_nothing_for_receipts(client.gocode)
    patches.wait_without_looking(client)
    patches.route_core_log(client, importlib.import_module("neonize.utils.log"))
    enums = importlib.import_module("neonize.utils.enum")
    past = importlib.import_module("neonize.proto.waHistorySync.WAWebProtobufsHistorySync_pb2")
    return Neonize(
        error=client.NeonizeError,
        events=importlib.import_module("neonize.events"),
        new_client=patches.client_factory(client),
        decode_error=importlib.import_module("google.protobuf.message").DecodeError,
        message=client.Message,
        history_chat=past.Conversation,
        history_message=past.HistorySyncMsg,
        media_types=enums.MediaType.__members__,
        read_receipt=enums.ReceiptType.READ,
        online=enums.Presence.AVAILABLE,
        offline=enums.Presence.UNAVAILABLE,
        composing=enums.ChatPresence.CHAT_PRESENCE_COMPOSING,
        paused=enums.ChatPresence.CHAT_PRESENCE_PAUSED,
        typed=enums.ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT,
        picture_preview=client.neonize_proto.GetProfilePictureParams(Preview=True),
        unblock=enums.BlocklistAction.UNBLOCK,
        build_jid=client.build_jid,
        without_device=client.JIDToNonAD,
        jid_to_text=client.Jid2String,
    )


def _load_library() -> ModuleType:
    """Return neonize's ``client`` module, bound to the library."""
    os.environ.pop(_SWITCH, None)
    if "neonize.client" not in sys.modules:
        importlib.import_module("pylibmagic")
        return importlib.import_module("neonize.client")
    binder = importlib.reload(sys.modules["neonize._binder"])
    client = sys.modules["neonize.client"]
    # ``client`` took these names from the binder before the library was there.
    for name in ("gocode", "ProxySettings", "func_string", "func_callback_bytes", "func_callback_bytes2"):
        setattr(client, name, getattr(binder, name))
    return client
