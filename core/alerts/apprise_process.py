"""The disposable process that talks to the services of alerts: ``python -m core.alerts.apprise_process``.

apprise does network I/O of a hundred kinds with servers of strangers. Here that can hang, grow or crash
without harm: the process has no secret of ours but the address it was just given, is bounded in
memory, processor time and descriptors, and reads no file but its own libraries.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Final

import apprise

from core.alerts.apprise_protocol import Answer, Request
from core.models.alerts.deliveries import DeliveryFailure
from core.sandbox.child import serve
from core.sandbox.limits import Limits

LIMITS: Final = Limits(memory=1 << 30, cpu_s=20, file_size=0, nice=10)
"""File size 0: nothing is written here, whatever an address asks for."""
_LOCAL: Final = frozenset(
    {"syslog", "dbus", "glib", "qt", "kde", "gnome", "macosx", "windows", "blink1", "growl"}
)
"""Services that end on this machine, which is not where its owner looks."""
_NUMBER: Final = re.compile(r"\berror=(\d{3})\b")
_NO_SERVER: Final = re.compile(r"connection error|socket exception|could not connect", re.IGNORECASE)
_READABLE: Final = (
    "/etc/ssl/cert",
    "/etc/pki/",
    "/etc/ca-certificates",
    "/usr/share/",
    "/dev/null",
    "/dev/urandom",
)
_NETWORK_FILES: Final = frozenset(
    {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/services", "/etc/localtime"}
)
_LIBRARIES: Final = ("stdlib", "platstdlib", "purelib", "platlib")
_FORBIDDEN: Final = ("subprocess.", "os.exec", "os.fork", "os.system", "os.posix_spawn", "pty.")


def answer(frame: bytes) -> bytes:
    """Return the encoded answer to the request in ``frame``."""
    return _answer(Request.decoded(frame)).encoded()


def _answer(request: Request) -> Answer:
    # In memory: some services would else keep tokens in files of their own.
    asset = apprise.AppriseAsset(storage_mode="memory", async_mode=False, app_id="alerts")
    schema = request.address.partition("://")[0].casefold()
    service = None if schema in _LOCAL else apprise.Apprise.instantiate(request.address, asset=asset)
    if not isinstance(service, apprise.NotifyBase):
        return Answer(failure=DeliveryFailure.ADDRESS)
    name = str(service.service_name)
    if not request.body:
        return Answer(name)
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    result = sender.notify(title=request.title, body=request.body, body_format=apprise.NotifyFormat.TEXT)
    if result:
        return Answer(name)
    said = "\n".join(
        str(entry.message) for each in result.results for attempt in each.attempts for entry in attempt.logs
    )
    return Answer(name, *_reason(said))


def _reason(said: str) -> tuple[str, str]:
    """Return the failure and its detail; no word that the service said is passed on."""
    if number := _NUMBER.search(said):
        return DeliveryFailure.REFUSED, number[1]
    return (DeliveryFailure.UNREACHABLE if _NO_SERVER.search(said) else DeliveryFailure.REFUSED), ""


def close_files() -> None:
    """From now on refuse this process every file but its own libraries, and every other program.

    Addresses may name files (templates, keys), which would leave with the alert. Source: PEP 578.
    """
    folders = (*map(sysconfig.get_path, _LIBRARIES), str(Path(__file__).parents[1]))
    readable = (*_READABLE, *(os.path.realpath(folder) + os.sep for folder in folders))

    def check(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            named = arguments[0]
            path = os.path.realpath(os.fsdecode(named)) if isinstance(named, (str, bytes)) else ""
            if path and path not in _NETWORK_FILES and not path.startswith(readable):
                raise PermissionError(path)
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(event)

    sys.addaudithook(check)


def _load_services() -> None:
    """Let apprise read all its services now, while it may."""
    apprise.Apprise.instantiate("json://localhost")


if __name__ == "__main__":
    _load_services()
    close_files()
    serve(answer, LIMITS)
