"""A worker process: the client of one instance, or those of several, between a pipe and the network.

Disposable by design: whatever goes wrong, the process ends and its supervisor decides what is next. It never
outlives its parent: the command pipe's end-of-file ends it, and on Linux the kernel does too.
"""

from __future__ import annotations

import ctypes
import itertools
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from core.engine.arrival_journal import ArrivalJournal
from core.engine.client_host import ClientHost
from core.engine.command_executor import CommandExecutor
from core.engine.protocol import MAX_LINE, WorkerSpec, decode_command, decode_spec, encode, lines
from core.engine.whatsapp.client import CoreClient
from core.engine.whatsapp.event_translation import connect_failure
from core.engine.whatsapp.loader import load
from core.engine.whatsapp.tcp_activity import last_data_received
from core.hosting.checks.memory import proportional_bytes
from core.logs import set_up_logging
from core.models.worker_commands import ArrivalsStored, StopWorker
from core.models.worker_events import DataReceived, MemoryUsed, MessageEvent, WorkerEvent, WorkerStarted
from core.sandbox.limits import forbid_dumps, limit_memory

log = logging.getLogger(__name__)

_ACTIVITY_EVERY_S: Final = 15.0
"""WhatsApp is heard every 20 to 30 s on a quiet connection; each report costs every process a little."""
_FIRST_ACTIVITY_S: Final = 5.0
_MEMORY_EVERY: Final = 4
"""In reports of activity: once a minute."""
_MEMORY: Final = 4 * 1024**3
"""Bytes. What the core loads by itself cannot be bounded singly and must not take the machine. No one message
may reach this, or it would end each new worker too: of one made to cost much, each MB takes 210 (measured),
and a frame has at most 16. Two files of 100 MB on their way at once take 0.84 GB.
"""
_CLOSE_DEADLINE_S: Final = 2.0
_PR_SET_PDEATHSIG: Final = 1
"""Source: prctl(2)."""


class Channel:
    """The worker's end of the pipe. Threading: ``emit`` is safe from any thread; read from one."""

    def __init__(self, *, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()

    def emit(self, event: WorkerEvent, journal: ArrivalJournal | None = None, *, late: bool = False) -> None:
        """Send one event; one about a message goes into its client's ``journal`` first.

        Ends the process when the other end is closed. Drops an event that is too long: the other end would
        end this process, and again at each new try. ``late``: the client has ended.
        """
        line = encode(event)
        if len(line) > MAX_LINE:
            log.error("dropped an event of %d bytes: %s", len(line), type(event).__name__)
        elif journal is None or not isinstance(event, MessageEvent):
            self._write(line)
        elif late:
            journal.append_late(line)
            self._write(line)
        else:
            with journal.lock:
                journal.append(line)
                self._write(line)

    def _write(self, line: bytes) -> None:
        try:
            with self._lock:
                self._writer.write(line)
                self._writer.flush()
        except OSError:
            os._exit(0)

    def lines(self) -> Iterator[bytes]:
        """Yield lines as they come, until the other end closes. Raises WorkerLostError for one too long."""
        try:
            yield from lines(self._reader)
        except OSError:
            return


def run_worker(spec: WorkerSpec, channel: Channel) -> NoReturn:
    """Run one instance until told to stop, the pipe closes or the core ends. Ends the process.

    A shared worker runs those that it is told to start, and outlives each of them.
    """
    forbid_dumps()
    limit_memory(_MEMORY)
    os.umask(0o077)  # the core creates session.db with what the umask leaves
    channel.emit(WorkerStarted(spec.instance_id, pid=os.getpid()))
    if spec.shared:
        _run_host(channel)
    journal = ArrivalJournal(Path(spec.journal)) if spec.journal else None
    client = CoreClient(
        spec,
        load(),
        uuid=spec.instance_id,
        emit=lambda event: channel.emit(event, journal),
        journal=journal,
    )
    threading.Thread(target=_keep_connected, args=(client, spec, channel), daemon=True, name="core").start()
    threading.Thread(
        target=_report_activity, args=(client, spec, channel), daemon=True, name="activity"
    ).start()
    executor = CommandExecutor(client)
    for line in channel.lines():
        command = decode_command(line)
        if isinstance(command, StopWorker):
            break
        if isinstance(command, ArrivalsStored):
            if journal is not None:
                journal.stored(command.count)
        else:
            executor.submit(command)
    _close(client)
    os._exit(0)


def _run_host(channel: Channel) -> NoReturn:
    host = ClientHost(load(), emit=channel.emit)
    threading.Thread(target=_report_host, args=(host,), daemon=True, name="activity").start()
    for line in channel.lines():
        command = decode_command(line)
        if isinstance(command, StopWorker) and not command.instance_id:
            break
        host.handle(command)
    host.close()
    os._exit(0)


def _report_host(host: ClientHost) -> None:
    """Report every few seconds when data last came in; once a minute, the memory."""
    for count in itertools.count():
        time.sleep(_ACTIVITY_EVERY_S if count else _FIRST_ACTIVITY_S)
        host.report(proportional_bytes(os.getpid()) if count % _MEMORY_EVERY == 0 else None)


def _keep_connected(client: CoreClient, spec: WorkerSpec, channel: Channel) -> None:
    detail = "the core ended"
    try:
        client.run()
    except Exception as error:
        # Top of a thread. The first dial failed and the core does not try again: the process is of no use.
        detail = str(error)
        log.warning("cannot connect: %s", error, extra={"instance": spec.instance_id})
    if client.connected:
        client.settle()
    channel.emit(connect_failure(spec.instance_id, detail))
    os._exit(0)


def _report_activity(client: CoreClient, spec: WorkerSpec, channel: Channel) -> None:
    """Report every few seconds when data last came in, if that changed; once a minute, the memory."""
    reported_at = 0.0
    for count in itertools.count():
        time.sleep(_ACTIVITY_EVERY_S if count else _FIRST_ACTIVITY_S)
        # No other process of the same user may read it.
        if count % _MEMORY_EVERY == 0 and (size := proportional_bytes(os.getpid())):
            channel.emit(MemoryUsed(spec.instance_id, bytes=size))
        at = last_data_received() if client.connected else None
        if at is not None and at - reported_at > 1:
            reported_at = at
            channel.emit(DataReceived(spec.instance_id, at=at))


def _close(client: CoreClient) -> None:
    """Close the connection in order, if that can be done within the deadline."""
    if client.connected:
        closing = threading.Thread(target=client.stop, daemon=True, name="close")
        closing.start()
        closing.join(_CLOSE_DEADLINE_S)


def die_with_parent(parent_pid: int) -> None:
    """Let the kernel end this process with the one that forked it (Linux; elsewhere the pipe does)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        # It died before the call above.
        os._exit(0)


def silence_stdout() -> None:
    """Send stdout to nowhere: the core prints login events and hints there, which no reader needs."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def main() -> NoReturn:
    """Run as a plain subprocess: the pipe is stdin and stdout, the spec the first argument."""
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    silence_stdout()
    set_up_logging(os.environ.get("LOG_LEVEL", "INFO"))
    run_worker(decode_spec(sys.argv[1].encode()), Channel(reader=reader, writer=writer))


if __name__ == "__main__":
    main()
