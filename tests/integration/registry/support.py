"""What the tests of the registry hold in their hands."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, Self

import psutil

from core.models.content import Content
from core.models.instance import InstanceState, InstanceView, ShowQr
from core.models.messages import SentMessage
from core.models.profile.events import CallRejected
from core.models.timeline import HistoryEntry, HistoryKind
from core.registry.registry import Registry
from core.settings import Settings
from core.store import timeline
from tests.emulator.handle import Emulator
from tests.support.contents import words
from tests.support.polling import eventually
from tests.support.processes import alive, descendants

ROOT: Final = Path(__file__).resolve().parents[3]
S = InstanceState


@dataclass(frozen=True, slots=True)
class Paired:
    """A connected instance and the account it is linked to."""

    id: str
    number: str


class RegistryHarness:
    """Registries in this process on one folder, and the emulator as their WhatsApp.

    `close` stops whatever still runs.
    """

    def __init__(
        self,
        *,
        emulator: Emulator,
        auth_dir: Path,
        fresh_number: Callable[[], str],
        inbox_days: int = 90,
    ) -> None:
        self.emulator = emulator
        self.inbox_days = inbox_days
        self.instances_per_worker = Settings(auth_dir, False, "en", "INFO", 1).instances_per_worker
        """Of registries that are opened from now on: as the app's, unless a test wants them alone."""
        self.auth_dir = auth_dir
        self.fresh_number = fresh_number
        self.clock: Callable[[], float] = time.time
        """What registries that are opened from now on take for the time."""
        self.on_call_rejected: Callable[[CallRejected], None] = lambda _: None
        """What they tell of rejected calls."""
        self._opened: list[Registry] = []

    @property
    def registry(self) -> Registry:
        """The registry opened last."""
        return self._opened[-1]

    def begin(self, *, max_instances: int = 50) -> Registry:
        """A registry that is being started on the folder; whether it gets ready is the test's question."""
        settings = Settings(
            self.auth_dir,
            False,
            "en",
            "INFO",
            max_instances,
            inbox_days=self.inbox_days,
            instances_per_worker=self.instances_per_worker,
        )
        registry = Registry(settings, clock=self.clock, on_call_rejected=self.on_call_rejected)
        self._opened.append(registry)
        registry.start()
        return registry

    def open(self, *, max_instances: int = 50) -> Registry:
        """A registry that owns the folder and has loaded its instances."""
        registry = self.begin(max_instances=max_instances)
        eventually(lambda: registry.storage().ready, timeout=10, seen=registry.storage)
        return registry

    def close(self) -> None:
        """Stop them all; again is harmless."""
        for registry in self._opened:
            registry.stop()

    def folder(self, instance_id: str) -> Path:
        return self.auth_dir / instance_id

    # One instance of the registry opened last

    def view(self, instance_id: str) -> InstanceView:
        """How it stands, but for the proof of life, which changes with all traffic."""
        return replace(self.registry.view(instance_id), last_data_at=None)

    def wait_noted(self, instance_id: str, kind: HistoryKind) -> None:
        """Wait until the timeline ends with ``kind``: it is written just after the state is told."""

        def newest() -> tuple[HistoryEntry, ...]:
            return timeline.entries(self.folder(instance_id), limit=1)

        eventually(lambda: [one.kind for one in newest()] == [kind], timeout=5, seen=newest)

    def wait(self, instance_id: str, state: S, *, reason: str = "", timeout: float = 10.0) -> InstanceView:
        """Wait until it is in that state for that reason; gives the view that was."""
        found: list[InstanceView] = []

        def look(view: InstanceView) -> bool:
            found.append(view)
            return view.state is state and view.reason == reason

        done = self.registry.wait_for(instance_id, look, timeout=timeout)
        assert done, f"not {state} ({reason}) within {timeout} s, but {found[-1]}"
        return found[-1]

    def wait_qr(self, instance_id: str, *, other_than: str = "", timeout: float = 10.0) -> ShowQr:
        """Wait for a QR to scan; gives it."""
        found: list[ShowQr | None] = []

        def look(view: InstanceView) -> bool:
            found.append(view.qr)
            return view.qr is not None and view.qr.code != other_than

        assert self.registry.wait_for(instance_id, look, timeout=timeout), self.view(instance_id)
        assert found[-1] is not None
        return found[-1]

    def pair(
        self, name: str = "Loja", *, instance_id: str = "", number: str = "", history: bool = False
    ) -> Paired:
        """Create an instance (or take one that shows a QR), scan, wait until it is connected."""
        instance_id = instance_id or self.registry.create(name, history=history).id
        number = number or self.fresh_number()
        self.emulator.scan(number=number, qr=self.wait_qr(instance_id).code)
        self.wait(instance_id, S.CONNECTED)
        return Paired(instance_id, number)

    def worker(self, instance_id: str) -> psutil.Process:
        """Its worker's process."""
        pid = eventually(
            lambda: self.view(instance_id).worker_pid, timeout=10, seen=lambda: self.view(instance_id)
        )
        return psutil.Process(pid)

    def send(
        self, instance_id: str, *, to: str, content: Content, request_id: str = "", timeout: float
    ) -> SentMessage:
        """Send anything to a number (digits) or a group; blocks until it is settled or given up."""
        return self.registry.send(instance_id, to=to, content=content, request_id=request_id, timeout=timeout)

    def send_text(
        self, instance_id: str, *, to: str, text: str, request_id: str = "", timeout: float
    ) -> SentMessage:
        """As `send`, of words."""
        return self.send(instance_id, to=to, content=words(text), request_id=request_id, timeout=timeout)

    def contact(self) -> str:
        """A number with WhatsApp."""
        number = self.fresh_number()
        self.emulator.add_phone(number)
        return number


class RegistryProcess:
    """A registry in a process of its own, as the web process is one."""

    def __init__(
        self,
        auth_dir: Path,
        *,
        log: Path,
        log_level: str = "INFO",
        before: tuple[str, ...] = (),
    ) -> None:
        """``before``: words of a command that runs the program that follows them."""
        self._log = log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [*before, sys.executable, "-m", "tests.integration.registry.driver"],
                cwd=ROOT,
                env={**os.environ, "AUTH_DIR": str(auth_dir), "LOG_LEVEL": log_level},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def __enter__(self) -> Self:
        eventually(lambda: self.ask("storage")["ready"], timeout=15, seen=self.log_text)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, do: str, **arguments: str) -> Any:
        """The answer to one command."""
        ours, theirs = self._pipes()
        theirs.write(json.dumps({"do": do, **arguments}) + "\n")
        theirs.flush()
        line = ours.readline()
        assert line, self.log_text()
        return json.loads(line)

    def wait(self, instance_id: str, state: str, *, timeout: float = 15.0) -> Any:
        """Wait until that instance is in that state; gives its snapshot."""

        def look() -> Any:
            return next(
                (view for view in self.ask("views") if (view["id"], view["state"]) == (instance_id, state)),
                None,
            )

        return eventually(look, timeout=timeout, seen=lambda: (self.ask("views"), self.log_text()))

    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def family(self) -> list[psutil.Process]:
        """Its preloader and workers."""
        return descendants(self.pid)

    def kill(self) -> list[psutil.Process]:
        """SIGKILL, as a crash or the host would; gives the processes it leaves behind at that moment."""
        left = self.family()
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait()
        return alive(left)

    def stop(self) -> None:
        """End it in order and wait; again is harmless."""
        ours, theirs = self._pipes()
        with contextlib.suppress(BrokenPipeError):  # it went first
            theirs.close()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            ours.close()

    def log_text(self) -> str:
        """Everything it and its workers wrote to stderr."""
        return self._log.read_text(errors="replace")

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        return self._process.stdout, self._process.stdin
