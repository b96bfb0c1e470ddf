"""A supervisor's surroundings without a network: workers that do what the test says, a disk, a clock."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import StorageUnavailableError, WorkerLostError
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.models.instance import InstanceRecord
from core.models.profile.events import CallRejected
from core.models.storage import Notice
from core.models.topic import Topic
from core.models.worker_commands import LogOut, ShowPresence, StopWorker, WorkerCommand
from core.models.worker_events import LogOutResult, WorkerEvent
from core.registry.commands import Close
from core.registry.context import SupervisorContext
from core.registry.pending_queries import PendingQueries
from core.registry.retry import Backoff
from core.registry.supervisor import Supervisor

ID = "loja-k7m2xq"


class ScriptedWorker:
    """A worker that says what the test tells it to; ends when it is stopped, closed or told to."""

    def __init__(self) -> None:
        self.commands: list[WorkerCommand] = []
        """All but those of ``presences``."""
        self.presences: list[ShowPresence] = []
        self.answers: list[LogOutResult] = []
        """What it says to each `LogOut`, first to last; then nothing more."""
        self._words: queue.SimpleQueue[WorkerEvent | None] = queue.SimpleQueue()

    def say(self, *events: WorkerEvent) -> None:
        for event in events:
            self._words.put(event)

    def end(self) -> None:
        self._words.put(None)

    def events(self) -> Iterator[WorkerEvent]:
        while (event := self._words.get()) is not None:
            yield event

    def send(self, command: WorkerCommand) -> None:
        if isinstance(command, ShowPresence):
            self.presences.append(command)
            return
        self.commands.append(command)
        if isinstance(command, LogOut) and self.answers:
            self.say(self.answers.pop(0))
        if isinstance(command, StopWorker):
            self.end()

    def kill(self) -> None:
        self.end()

    def close(self) -> None:
        self.end()


@dataclass
class FakeContext:
    """What a supervisor would get from the registry: scripted workers, or none that can be started."""

    auth_dir: Path
    error: Exception | None
    now: float = 1_000.0
    launches: list[WorkerSpec] = field(default_factory=list)
    workers: list[ScriptedWorker] = field(default_factory=list)
    saved: list[InstanceRecord] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    disk_full: bool = False
    trouble: StorageUnavailableError | None = None
    waits: tuple[float, float] = (60.0, 300.0)
    made: list[Supervisor] = field(default_factory=list)
    publish: Callable[[Topic], None] = lambda _: None
    calls: list[CallRejected] = field(default_factory=list)
    """Rejected calls that were passed on."""

    def __post_init__(self) -> None:
        self.outbox = Outbox(clock=lambda: 1.0, folder_of=self.auth_dir.joinpath)
        self.inbox = Inbox(folder_of=self.auth_dir.joinpath, clock=lambda: self.now)
        self.queries = PendingQueries()

    def launch(self, spec: WorkerSpec) -> Worker:
        self.launches.append(spec)
        if self.error is not None:
            raise self.error
        self.workers.append(ScriptedWorker())
        return self.workers[-1]

    def save(self, record: InstanceRecord) -> None:
        if self.disk_full:
            raise StorageUnavailableError("disk-full")
        self.saved.append(record)

    def require_writable(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def real(self) -> SupervisorContext:
        """The context as the registry would give it."""
        return SupervisorContext(
            auth_dir=self.auth_dir,
            launch=self.launch,
            save=self.save,
            recreate_folder=lambda _: None,
            publish=self.publish,
            add_notice=self.notices.append,
            outbox=self.outbox,
            inbox=self.inbox,
            queries=self.queries,
            require_writable=self.require_writable,
            clock=lambda: self.now,
            random=lambda: 0.0,
            backoff=Backoff(*self.waits),
            on_call_rejected=self.calls.append,
        )

    def supervisor(self, *, linked: bool = False) -> Supervisor:
        """A supervisor of a loaded instance; it is closed with the test."""
        record = InstanceRecord(ID, "Loja", 1.0, wanted=False, linked=linked)
        self.made.append(Supervisor(record, self.real(), loaded=True))
        return self.made[-1]


@pytest.fixture
def context(tmp_path: Path) -> Iterator[FakeContext]:
    """Ends the supervisors and their threads with the test."""
    (tmp_path / ID).mkdir()
    fake = FakeContext(tmp_path, error=WorkerLostError("worker-lost", detail="preloader"))
    yield fake
    for supervisor in fake.made:
        supervisor.post(Close())
        supervisor.join(5)
    assert not [thread for thread in threading.enumerate() if thread.name == f"supervisor-{ID}"]


@pytest.fixture
def scripted(context: FakeContext) -> FakeContext:
    """As `context`, and workers can be started: they do what the test says."""
    context.error = None
    return context
