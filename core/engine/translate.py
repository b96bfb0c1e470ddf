"""From neonize's protobuf events and error texts to our typed events and stable codes. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from core.models.events import (
    ClientOutdated,
    ConnectFailure,
    Disconnected,
    KeepAliveRestored,
    KeepAliveTimeout,
    LoggedOut,
    StreamReplaced,
    TemporaryBan,
    WorkerEvent,
)

_SERVER_ERROR: Final = re.compile(r"\berror:? (\d{3})\b")


def _temporary_ban(instance_id: str, event: Any) -> TemporaryBan:
    # neonize passes whatsmeow's time.Duration on as it is: nanoseconds.
    return TemporaryBan(instance_id, code=int(event.Code), expires_in_s=event.Expire / 1e9)


def _connect_failure(instance_id: str, event: Any) -> ConnectFailure:
    name = type(event).DESCRIPTOR.fields_by_name["Reason"].enum_type.values_by_number[event.Reason].name
    return ConnectFailure(instance_id, reason=name.casefold())


def _keep_alive_timeout(instance_id: str, event: Any) -> KeepAliveTimeout:
    return KeepAliveTimeout(instance_id, errors=int(event.ErrorCount))


TRANSLATIONS: Final[dict[str, Callable[[str, Any], WorkerEvent]]] = {
    "DisconnectedEv": lambda instance_id, _: Disconnected(instance_id),
    "LoggedOutEv": lambda instance_id, _: LoggedOut(instance_id),
    "StreamReplacedEv": lambda instance_id, _: StreamReplaced(instance_id),
    "ClientOutdatedEv": lambda instance_id, _: ClientOutdated(instance_id),
    "KeepAliveRestoredEv": lambda instance_id, _: KeepAliveRestored(instance_id),
    "KeepAliveTimeoutEv": _keep_alive_timeout,
    "TemporaryBanEv": _temporary_ban,
    "ConnectFailureEv": _connect_failure,
}
"""By the name of the class in ``neonize.events``: what its event becomes."""


def send_failure(error_text: str) -> str:
    """The stable code for the text of an error that the core raised while sending.

    ``wa-error-<n>`` for an error number of WhatsApp's server (463 is the best known), ``not-connected``,
    ``send-timeout``, else ``wa-send-refused``. Source: texts in whatsmeow's ``errors.go`` and ``send.go``.
    """
    text = error_text.casefold()
    if number := _SERVER_ERROR.search(text):
        return f"wa-error-{number[1]}"
    if "timed out" in text or "timeout" in text or "deadline" in text:
        return "send-timeout"
    if "not connected" in text or "not logged in" in text or "websocket" in text or "disconnect" in text:
        return "not-connected"
    return "wa-send-refused"
