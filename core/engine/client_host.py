"""The clients of several instances in one process: each is started, stopped and ends by itself.

Only linked instances come here. A pairing that is given up leaves a thread of the core that nothing ends, so
it has a process of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
from pathlib import Path
from typing import Final, Protocol

from core.engine.arrival_journal import ArrivalJournal
from core.engine.command_executor import CommandExecutor
from core.engine.protocol import WorkerSpec
from core.engine.upload_queue import UploadQueue
from core.engine.whatsapp.client import CoreClient
from core.engine.whatsapp.event_translation import connect_failure
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.tcp_activity import ConnectionOwners, all_connections, cut, open_connections
from core.models.worker_commands import ArrivalsStored, StartClient, StopWorker, WorkerCommand
from core.models.worker_events import (
    Connected,
    DataReceived,
    MemoryUsed,
    MessageEvent,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)

log = logging.getLogger(__name__)

_CLOSE_DEADLINE_S: Final = 2.0
_UPLOADS: Final = 4
"""Files that all clients together send at a time: two of 100 MB take 0.84 GB, and the process may take 4."""
_UPLOADS_EACH: Final = 2
_LARGE_UPLOADS: Final = 3
"""So many of them may be large: a small file waits for no large one of another client."""
_DIAL_S: Final = 1.5
"""How long a client that is to stop may go on dialling; its supervisor waits twice as long."""


class Emit(Protocol):
    """Sends events to the other end; it may make its caller wait."""

    def __call__(
        self, event: WorkerEvent, journal: ArrivalJournal | None = None, *, late: bool = False
    ) -> None:
        """Send an event of the client that keeps this journal; ``late``, when that has ended."""


class _Hosted:
    """One client, from its start to its end.

    Threading: safe from any thread; ``run`` has one of its own, ``stop`` another.
    """

    def __init__(  # noqa: PLR0913  # what it shares with the other clients of its process
        self,
        spec: WorkerSpec,
        neonize: Neonize,
        *,
        uuid: str,
        emit: Emit,
        connections: ConnectionOwners,
        uploads: UploadQueue,
    ) -> None:
        self.instance_id = spec.instance_id
        self._connections = connections
        self._before: set[int] = set()
        """Connections that were there before it dialled."""
        self.journal = ArrivalJournal(Path(spec.journal)) if spec.journal else None
        self.client = CoreClient(spec, neonize, uuid=uuid, emit=self._pass_on, journal=self.journal)
        self.executor = CommandExecutor(self.client, uploads=uploads)
        self.ended = threading.Event()
        self.reported_at = 0.0
        """When data last came in, as far as it was reported; seconds since the epoch."""
        self._emit = emit
        self._emitting = threading.Lock()
        """Held while an event is emitted: so none of a connection follows the end of its client."""
        self._lock = threading.Lock()
        self._stopping = False
        self._heard = False
        """True once the core has told anything: then it has dialled, and knows this client."""
        self._dialled = threading.Event()
        """Set then, or when it cannot connect."""

    def run(self) -> None:
        """Connect, and stay until the connection ends for good. Blocks, after a stop for ever."""
        detail = "the core ended"
        self._before = all_connections()
        self.tell(WorkerStarted(self.instance_id, pid=os.getpid()))
        try:
            self.client.run()
        except Exception as error:
            # Top of a thread. The first dial failed, and the core does not try again.
            detail = str(error)
            log.warning("cannot connect: %s", error, extra={"instance": self.instance_id})
        if not self._stopping:
            if self._heard:
                self.client.settle()
            self.tell(connect_failure(self.instance_id, detail))
            self._end()
        self._dialled.set()

    def stop(self) -> None:
        """Close the connection and end; returns at once. While it dials, it ends when that is over."""
        with self._lock:
            first, self._stopping = not self._stopping, True
        if first:
            threading.Thread(target=self._close, daemon=True, name="close").start()

    def _close(self) -> None:
        # The core cannot call off a dial, and one that is left alone would throw out who comes next.
        if not self._dialled.wait(_DIAL_S) and not self._cut_dial():
            self._dialled.wait()
        if self._heard:
            self.client.stop()
        self._end()

    def _cut_dial(self) -> bool:
        """Cut the connection of a dial, which then fails some time; return False when there is none yet."""
        dialled = all_connections() - self._before - self._connections.owned()
        cut(dialled)
        return bool(dialled)

    def _end(self) -> None:
        """Say that it has ended: its last word, but for messages that were still on their way."""
        self.executor.close()
        with self._emitting:
            if self.ended.is_set():
                return
            self.ended.set()
            if self.journal is not None:
                self.journal.close()
            self._emit(WorkerExited(self.instance_id, pid=os.getpid()))

    def tell(self, event: WorkerEvent) -> bool:
        """Emit an event of this client; return False when it has ended, unless it is about a message.

        Its instance may have another client by then, which would be taken for this one.
        """
        with self._emitting:
            late = self.ended.is_set()
            if late and not isinstance(event, MessageEvent):
                return False
            self._emit(event, self.journal, late=late)
            return True

    def _pass_on(self, event: WorkerEvent) -> None:
        if self.tell(event):
            self._heard = True
            self._dialled.set()
        elif isinstance(event, Connected):  # it must not come to life
            threading.Thread(target=self.client.stop, daemon=True, name="close").start()


class ClientHost:
    """Starts and stops clients, and passes commands to them.

    Threading: ``handle`` from one thread, which it never makes wait; ``report`` from one thread.
    """

    def __init__(self, neonize: Neonize, *, emit: Emit) -> None:
        self._neonize = neonize
        self._given_emit = emit
        self._lock = threading.Lock()
        self._clients: dict[str, _Hosted] = {}
        self._numbers = itertools.count(1)
        self._connections = ConnectionOwners()
        self._uploads = UploadQueue(_UPLOADS, each=_UPLOADS_EACH, large=_LARGE_UPLOADS)
        self._kept: list[_Hosted] = []
        """Clients that have ended: the core still has the addresses of their callbacks."""

    def handle(self, command: WorkerCommand) -> None:
        """Carry a command out soon, in another thread; drop one to an instance that is not here."""
        with self._lock:
            hosted = self._clients.get(command.instance_id)
        match command:
            case StartClient() if hosted is None:
                self._start(command)
            case StartClient():
                log.error("client started twice", extra={"instance": command.instance_id})
            case StopWorker() if hosted is not None:
                hosted.stop()
            case ArrivalsStored() if hosted is not None:
                if hosted.journal is not None:
                    hosted.journal.stored(command.count)
            case _ if hosted is not None:
                with contextlib.suppress(RuntimeError):  # it has just ended; its supervisor hears of that
                    hosted.executor.submit(command)

    def report(self, memory: int | None) -> None:
        """Report when data last came in for each client, if that changed; its share of ``memory`` (bytes)."""
        with self._lock:
            clients = list(self._clients.values())
        connections = open_connections()
        for hosted in clients:
            if memory:
                hosted.tell(MemoryUsed(hosted.instance_id, bytes=memory // len(clients)))
            if not hosted.client.connected:
                continue
            at = self._connections.last_data(hosted.instance_id, connections)
            if at is not None and at - hosted.reported_at > 1:
                hosted.reported_at = at
                hosted.tell(DataReceived(hosted.instance_id, at=at))

    def close(self) -> None:
        """Close every connection in order, as far as that can be done within 2 s.

        What clients that have ended still emit is awaited too.
        """
        with self._lock:
            clients = list(self._clients.values())
        for hosted in clients:
            hosted.stop()
        deadline = time.monotonic() + _CLOSE_DEADLINE_S
        for hosted in clients:
            hosted.ended.wait(max(0.0, deadline - time.monotonic()))
        with self._lock:
            ended = list(self._kept)
        for hosted in ended:
            hosted.client.drain(max(0.0, deadline - time.monotonic()))

    def _start(self, command: StartClient) -> None:
        spec = WorkerSpec(
            command.instance_id,
            command.device_name,
            command.store_path,
            history=command.history,
            journal=command.journal,
        )
        # The core knows a client by its uuid, and an ended one for ever: each start has one of its own.
        uuid = f"{command.instance_id}.{next(self._numbers)}"
        hosted = _Hosted(
            spec,
            self._neonize,
            uuid=uuid,
            emit=self._emit,
            connections=self._connections,
            uploads=self._uploads,
        )
        with self._lock:
            self._clients[command.instance_id] = hosted
        threading.Thread(target=hosted.run, daemon=True, name=f"core-{uuid}").start()

    def _emit(self, event: WorkerEvent, journal: ArrivalJournal | None = None, *, late: bool = False) -> None:
        if isinstance(event, WorkerExited):
            self._connections.ended(event.instance_id)
            with self._lock:
                self._kept.append(self._clients.pop(event.instance_id))
        self._given_emit(event, journal, late=late)
        if isinstance(event, Connected):
            self._connections.connected(event.instance_id, open_connections())
