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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.engine.command_executor import CommandExecutor
from core.engine.protocol import WorkerSpec
from core.engine.whatsapp.client import CoreClient
from core.engine.whatsapp.event_translation import connect_failure
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.tcp_activity import ConnectionOwners, open_connections
from core.models.worker_commands import StartClient, StopWorker, WorkerCommand
from core.models.worker_events import (
    Connected,
    DataReceived,
    MemoryUsed,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)

log = logging.getLogger(__name__)

_CLOSE_DEADLINE_S: Final = 2.0


@dataclass(slots=True, eq=False)
class _Hosted:
    """One client, and what it is told to do."""

    instance_id: str
    client: CoreClient
    executor: CommandExecutor
    stopping: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    reported_at: float = 0.0
    """When data last came in, as far as it was reported; seconds since the epoch."""


class ClientHost:
    """Starts and stops clients, and passes commands to them.

    Threading: ``handle`` from one thread, which it never makes wait; ``report`` from one thread.
    """

    def __init__(self, neonize: Neonize, *, emit: Callable[[WorkerEvent], None]) -> None:
        """``emit`` may make its caller wait."""
        self._neonize = neonize
        self._emit = emit
        self._lock = threading.Lock()
        self._clients: dict[str, _Hosted] = {}
        self._numbers = itertools.count(1)
        self._connections = ConnectionOwners()
        self._kept: list[_Hosted] = []
        """Clients that have ended. The core may still hold the addresses of their callbacks."""

    def handle(self, command: WorkerCommand) -> None:
        """Carry a command out soon, in another thread; drop one to an instance that is not here."""
        hosted = self._clients.get(command.instance_id)
        match command:
            case StartClient() if hosted is None:
                self._start(command)
            case StartClient():
                log.error("client started twice", extra={"instance": command.instance_id})
            case StopWorker() if hosted is not None:
                self._stop(hosted)
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
                self._emit(MemoryUsed(hosted.instance_id, bytes=memory // len(clients)))
            if not hosted.client.connected:
                continue
            at = self._connections.last_data(hosted.instance_id, connections)
            if at is not None and at - hosted.reported_at > 1:
                hosted.reported_at = at
                self._emit(DataReceived(hosted.instance_id, at=at))

    def close(self) -> None:
        """Close every connection in order, as far as that can be done within 2 s."""
        with self._lock:
            clients = list(self._clients.values())
        for hosted in clients:
            self._stop(hosted)
        deadline = time.monotonic() + _CLOSE_DEADLINE_S
        for hosted in clients:
            hosted.ended.wait(max(0.0, deadline - time.monotonic()))

    def _start(self, command: StartClient) -> None:
        spec = WorkerSpec(
            command.instance_id, command.device_name, command.store_path, history=command.history
        )
        # neonize ends a client by its uuid, at any time after it is forgotten: each start has one of its own.
        uuid = f"{command.instance_id}.{next(self._numbers)}"
        client = CoreClient(spec, self._neonize, uuid=uuid, emit=self._emit_noting)
        hosted = _Hosted(command.instance_id, client, CommandExecutor(client))
        with self._lock:
            self._clients[command.instance_id] = hosted
        threading.Thread(target=self._run, args=(hosted,), daemon=True, name=f"core-{uuid}").start()

    def _run(self, hosted: _Hosted) -> None:
        """Keep a client connected until it ends: its thread."""
        instance_id, detail = hosted.instance_id, "the core ended"
        self._emit(WorkerStarted(instance_id, pid=os.getpid()))
        try:
            hosted.client.run()
        except Exception as error:
            # Top of a thread. The first dial failed, and the core does not try again.
            detail = str(error)
            log.warning("cannot connect: %s", error, extra={"instance": instance_id})
        if not hosted.stopping:
            self._emit(connect_failure(instance_id, detail))
        self._end(hosted)
        self._emit(WorkerExited(instance_id, pid=os.getpid()))

    def _end(self, hosted: _Hosted) -> None:
        hosted.executor.close()
        self._connections.ended(hosted.instance_id)
        with self._lock:
            self._clients.pop(hosted.instance_id, None)
            self._kept.append(hosted)
        hosted.ended.set()

    def _stop(self, hosted: _Hosted) -> None:
        """Have a client ended. One whose core does not end is left: its supervisor ends this process."""
        if not hosted.stopping:
            hosted.stopping = True
            threading.Thread(target=hosted.client.stop, daemon=True, name="close").start()

    def _emit_noting(self, event: WorkerEvent) -> None:
        self._emit(event)
        if isinstance(event, Connected):
            self._connections.connected(event.instance_id, open_connections())
