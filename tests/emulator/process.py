"""The emulator's process and its line to the control API."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, Final, Self

_ROOT: Final = Path(__file__).resolve().parents[2]
_READY_S: Final = 20.0
_POLL_S: Final = 0.02
_ANSWER_S: Final = 30.0
_LOOPBACK: Final = "127.0.0.1,localhost,::1"


class EmulatorError(RuntimeError):
    """The emulator did not start, or could not do what was asked; the message says why."""


class EmulatorProcess:
    """A WhatsApp server in a process of its own: its life, and `_post` to tell it what to do."""

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
