"""A process of Baileys clients, as a test holds it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from core.settings import ROOT
from tests.emulator.handle import Emulator
from tests.support.polling import eventually

HERE: Final = Path(__file__).parent
VERSIONS: Final = ("6.7", "6.17", "7")
OLDEST_NODE: Final = 20

_EVENT_S: Final = 30.0
_INSTALL_S: Final = 100.0
"""Below what pytest gives a test."""
_END_S: Final = 10.0
_FILES: Final = ("package.json", "package-lock.json", ".npmrc", "driver.mjs")

Event = dict[str, Any]


def missing() -> str:
    """Return why Baileys cannot run here; empty when it can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "Node.js (node and npm) is not installed"
    shown = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout
    major = int(shown.lstrip("v").partition(".")[0])
    return "" if major >= OLDEST_NODE else f"Node.js {major} is too old for Baileys"


def installed() -> Path:
    """Return the folder with the driver and the pinned packages beside it, installed by npm when needed.

    Raises `subprocess.SubprocessError` with npm's words when that fails.
    """
    folder = ROOT / "build" / "baileys"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        for name in _FILES:
            shutil.copy(HERE / name, folder / name)
        pinned, stamp = (folder / "package-lock.json").read_bytes(), folder / "installed-lock.json"
        if not stamp.exists() or stamp.read_bytes() != pinned:
            subprocess.run(
                ["npm", "ci", "--prefix", str(folder)],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=_INSTALL_S,
            )
            stamp.write_bytes(pinned)
    return folder


def unavailable() -> str:
    """Return why Baileys cannot be had here, after trying to install it; empty when it can."""
    if reason := missing():
        return reason
    try:
        installed()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return f"npm could not install Baileys: {(error.stderr or b'').decode(errors='replace')[-500:]}"
    return ""


class BaileysProcess:
    """A process that runs Baileys on one folder, or a client on each; starts when made.

    Reads their events, gives them commands: those of `folder` are of session 0, the others count on.
    """

    def __init__(
        self, version: str, folder: Path, emulator: Emulator, *, others: Sequence[Path] = ()
    ) -> None:
        self.folder = folder
        self.events: list[Event] = []
        folders = [folder, *others]
        for each in folders:
            each.mkdir(parents=True, exist_ok=True)
        self._errors = folder.with_name(f"{folder.name}.log")
        environment = {
            "EMULATOR_PROXY": emulator.proxy,
            "EMULATOR_CA": emulator.ca,
            "EMULATOR_ROOT_KEY": emulator.root_key.hex(),
        }
        with self._errors.open("ab") as log:
            self._process = subprocess.Popen(
                ["node", "driver.mjs", f"baileys-{version}", *(str(each.absolute()) for each in folders)],
                cwd=installed(),
                env={**os.environ, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, to: str, text: str) -> str:
        """Send a text to an address and wait until Baileys has handed it over; gives its id."""
        return str(self._ask("send", "sent", session=0, to=to, text=text)["id"])

    def received(self, message_id: str) -> str:
        """The text of a message that arrived; waits for it."""
        return str(self.wait("message", where=lambda event: event["id"] == message_id)["text"])

    def stop(self) -> None:
        """Let Baileys write down what it knows and leave; calling it again does nothing."""
        if self._process.poll() is None:
            self._ask("stop", "stopped")
        self.end()

    def end(self) -> None:
        """End the process, whatever it does; calling it again does nothing."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait(
        self, name: str, *, where: Callable[[Event], bool] = lambda _: True, timeout: float = _EVENT_S
    ) -> Event:
        """The first event of that name that satisfies `where`; raises `AssertionError` with all that came."""

        def look() -> Event | None:
            return next((e for e in self.events if e["event"] == name and where(e)), None)

        return eventually(look, timeout=timeout, seen=lambda: f"{name} in {self.events}\n{self.log_text()}")

    def log_text(self) -> str:
        """What Baileys printed."""
        return self._errors.read_text(errors="replace")

    def _ask(self, command: str, answer: str, **body: object) -> Event:
        tag = uuid.uuid4().hex
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({command: {**body, "tag": tag}}) + "\n")
        self._process.stdin.flush()
        event = self.wait_tagged(tag)
        assert event["event"] == answer, event
        return event

    def wait_tagged(self, tag: str) -> Event:
        """The answer to one command."""

        def look() -> Event | None:
            return next((event for event in self.events if event.get("tag") == tag), None)

        return eventually(look, timeout=_EVENT_S, seen=lambda: f"{self.events}\n{self.log_text()}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.events.append(json.loads(line))
