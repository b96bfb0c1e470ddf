"""The emulator as a test holds it: start, stop, and everything that can be done to it, typed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import IO, Any, Final, Self

from tests.emulator.state import DeviceView, LoginView, MessageView, WorldState

_ROOT: Final = Path(__file__).resolve().parents[2]
_READY_S: Final = 20.0
_POLL_S: Final = 0.02
_ANSWER_S: Final = 30.0
_LOOPBACK: Final = "127.0.0.1,localhost,::1"


class EmulatorError(RuntimeError):
    """The emulator did not start, or could not do what was asked; the message says why."""


class Emulator:
    """A WhatsApp server in a process of its own, and its control API.

    Use as a context manager, or call `start` and `stop`. Started again on the same folder it is the same
    server: root key, certificate, ports and phones with their linked devices; what it saw begins anew.
    Threading: safe from any thread once started.
    """

    def __init__(self, folder: Path, *, verbose: bool = False) -> None:
        self.folder = folder
        self.proxy = self.control = self.ca = ""
        """URLs of the CONNECT proxy and the control API; path of the certificate to trust (PEM)."""
        self.root_key = b""
        """32 bytes; what `patch_core` puts into a copy of the core."""
        self._verbose = verbose
        self._process: subprocess.Popen[bytes] | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Life

    @property
    def pid(self) -> int:
        """Of the emulator's process; raises `EmulatorError` when it is not running."""
        if self._process is None:
            raise EmulatorError("the emulator is not running")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until clients may connect; raises `EmulatorError` with its log if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "emulator.json").unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "tests.emulator",
            str(self.folder),
            *(["-v"] if self._verbose else []),
        ]
        with self._log_file.open("ab") as log:
            # Its input is our end of a pipe: if we are killed, it reads the end and leaves too.
            self._process = subprocess.Popen(
                command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        info = self._wait_ready(self._process)
        self.proxy, self.control, self.ca = info["proxy"], info["control"], info["ca"]
        self.root_key = bytes.fromhex(info["root_key"])

    def stop(self) -> None:
        """End the process and wait for it; calling it again does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        _close(process.stdin)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log_text(self) -> str:
        """Everything the emulator's process printed; empty when all went well."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    def environment(self, core: Path) -> dict[str, str]:
        """Variables for a process that is to meet only this emulator.

        `core` is the folder `patched_neonize` made. The Go core reads proxy and certificate from the
        environment its process started with: setting them later has no effect. Loopback goes direct.
        """
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), self.proxy)
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), _LOOPBACK)
        return proxies | direct | {"SSL_CERT_FILE": self.ca, "PYTHONPATH": str(core)}

    # People and their phones

    def add_phone(self, number: str, name: str = "") -> str:
        """An account with a phone: a contact, or the owner of an instance; gives its JID."""
        return str(self._post("/phones", number=number, name=name)["jid"])

    def scan(self, *, number: str, qr: str) -> str:
        """That phone scans a QR's text; gives the new device's JID. Raises when no client shows it.

        Empty when the client was asked for a passkey instead.
        """
        return str(self._post("/scan", number=number, qr=qr)["jid"])

    def enter_code(self, *, number: str, code: str) -> str:
        """That phone's owner types a pairing code; gives what `scan` gives. Raises when it is wrong."""
        return str(self._post("/enter-code", number=number, code=code)["jid"])

    def inbound(self, *, sender: str, receiver: str, text: str) -> str:
        """A contact writes to a number with linked devices; gives the message id."""
        return str(self._post("/inbound", sender=sender, receiver=receiver, text=text)["message_id"])

    def read(self, message_id: str) -> None:
        """The recipient of a message a client sent reads it (blue ticks)."""
        self._post("/read", message_id=message_id)

    def receipt(self, message_id: str, *, kind: str, twin: bool = False) -> None:
        """The recipient's phone confirms a message a client sent: empty (delivered), `read`, `played`, ...

        `twin`: another device of the sender says so instead.
        """
        self._post("/receipt", message_id=message_id, kind=kind, twin=twin)

    def unlink(self, number: str) -> int:
        """The owner removes all linked devices; gives how many connections that ended."""
        return int(self._post("/unlink", number=number)["closed"])

    # The network and the server

    def drop(self, number: str = "") -> int:
        """Close the connections of a number, or all, as a network failure would; gives how many."""
        return int(self._post("/drop", number=number)["dropped"])

    def faults(
        self,
        *,
        refuse: bool | None = None,
        network_down: bool | None = None,
        blackhole: bool | None = None,
        failure: Mapping[str, str] | None = None,
        delay_success_s: float | None = None,
        mute_acks: bool | None = None,
        ack_error: str | None = None,
        only_numbers: Collection[str] | None = None,
        unknown_numbers: Collection[str] | None = None,
        latency_s: float | None = None,
        qr_refs: int | None = None,
        passkey: bool | None = None,
        auto_deliver: bool | None = None,
    ) -> None:
        """Set the faults that are given and keep the others; `faults.Faults` says what each does.

        One argument per fault, so that a type checker finds a misspelled one.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        for name in ("only_numbers", "unknown_numbers"):
            if name in given:
                given[name] = list(given[name])
        self._post("/faults", **given)

    def clear_faults(self) -> None:
        """All is well again."""
        self._post("/clear-faults")

    # What the emulator saw

    def state(self) -> WorldState:
        """Everything up to now."""
        return WorldState.from_json(self._call("GET", "/state", None))

    def messages_to(self, number: str) -> tuple[MessageView, ...]:
        """Messages whose recipient is that number, oldest first."""
        return self.state().messages_to(number)

    def messages_from(self, number: str) -> tuple[MessageView, ...]:
        """Messages that number's linked devices sent, oldest first."""
        return self.state().messages_from(number)

    def logins_of(self, number: str) -> tuple[LoginView, ...]:
        """Accepted logins of that number's devices, oldest first."""
        return self.state().logins_of(number)

    def devices_of(self, number: str) -> tuple[DeviceView, ...]:
        """Devices linked to that number now."""
        return self.state().devices_of(number)

    def wait_for(
        self,
        predicate: Callable[[WorldState], object],
        *,
        timeout: float = 10.0,
        what: str = "the expected state",
    ) -> WorldState:
        """Poll until `predicate` holds; gives that state.

        Raises `AssertionError` with the last state after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            state = self.state()
            if predicate(state):
                return state
            if time.monotonic() > deadline:
                seen = json.dumps(state.as_json(), indent=1)
                raise AssertionError(f"the emulator did not see {what} within {timeout} s, but:\n{seen}")
            time.sleep(_POLL_S)

    # Inside

    @property
    def _log_file(self) -> Path:
        return self.folder / "emulator.log"

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> dict[str, str]:
        ready = self.folder / "emulator.json"
        deadline = time.monotonic() + _READY_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmulatorError(f"the emulator did not start; its log:\n{self.log_text()}")
            time.sleep(_POLL_S)
        info: dict[str, str] = json.loads(ready.read_text())
        return info

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(self.control + path, data=body, method=method)
        try:
            with self._opener.open(request, timeout=_ANSWER_S) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise EmulatorError(f"{path}: {json.load(error)['error']}") from None


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        stream.close()
