"""A process without a network: the test says what it tells, and reads what it is told."""

from __future__ import annotations

import queue
from collections.abc import Iterator

from core.engine.protocol import WorkerSpec
from core.errors import WorkerLostError
from core.models.worker_commands import StartClient, StopWorker, WorkerCommand
from core.models.worker_events import WorkerEvent, WorkerExited, WorkerStarted


class FakeProcess:
    """Starts and stops clients at once, unless it hangs; ends when it is told to, killed or crashed."""

    def __init__(self, pid: int, spec: WorkerSpec) -> None:
        self.pid = pid
        self.spec = spec
        self.commands: list[WorkerCommand] = []
        self.killed = self.closed = self.hangs = self.dead = False
        self._words: queue.SimpleQueue[WorkerEvent | Exception | None] = queue.SimpleQueue()

    def say(self, *words: WorkerEvent | Exception | None) -> None:
        """Tell events; an error is what reading raises, None is the end."""
        for word in words:
            self._words.put(word)

    def events(self) -> Iterator[WorkerEvent]:
        while (word := self._words.get()) is not None:
            if isinstance(word, Exception):
                raise word
            yield word

    def send(self, command: WorkerCommand) -> None:
        if self.dead:
            raise WorkerLostError("worker-lost")
        self.commands.append(command)
        if self.hangs:
            return
        match command:
            case StartClient():
                self.say(WorkerStarted(command.instance_id, pid=self.pid))
            case StopWorker() if command.instance_id and self.spec.shared:
                self.say(WorkerExited(command.instance_id, pid=self.pid))
            case StopWorker():
                self.crash()

    def kill(self) -> None:
        self.killed = True
        self.crash()

    def close(self) -> None:
        self.closed = True

    def crash(self) -> None:
        """End."""
        self.dead = True
        self.say(None)


SHARED = WorkerSpec("", "", "", shared=True)


def linked(instance_id: str) -> WorkerSpec:
    """What a supervisor gives to start a linked instance."""
    return WorkerSpec(instance_id, instance_id.title(), f"/auth/{instance_id}/session.db", paired=True)
