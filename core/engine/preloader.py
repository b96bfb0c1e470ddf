"""The preloader process: holds the Python part of neonize once and forks a worker from it on request.

A forked worker shares those pages and is ready in tens of milliseconds; a fresh import costs half a second
and 60 MB each (measured). Requests come over a SEQPACKET socket, one datagram each: a worker's spec with the
worker's end of its pipe, or the pid of a worker to end. Single-threaded: forking is safe.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from core.engine.protocol import decode_spec, learn_commands
from core.engine.stderr_relay import StderrRelay
from core.engine.whatsapp.loader import import_python_part
from core.engine.worker import Channel, die_with_parent, run_worker, silence_stdout
from core.logs import set_up_logging
from core.sandbox.limits import forbid_dumps

log = logging.getLogger(__name__)

MAX_REQUEST: Final = 65_536
"""Bytes of the largest request."""


def main() -> None:
    """Serve requests on the socket whose number is the first argument, until the other end closes."""
    forbid_dumps()
    control = socket.socket(fileno=int(sys.argv[1]))
    set_up_logging(os.environ.get("LOG_LEVEL", "INFO"))
    import_python_part()
    set_up_logging(os.environ.get("LOG_LEVEL", "INFO"))  # neonize set its own at import
    learn_commands()
    gc.collect()
    # Frozen objects are never visited by the collector, so the shared pages stay shared.
    gc.freeze()
    _Preloader(control).serve()


class _Preloader:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._alive: set[int] = set()
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until the web process closes its end or dies; then end the workers too."""
        self._reap()  # what neonize's import left behind
        parent_lives = True
        while parent_lives:
            for key, _ in self._selector.select():
                parent_lives = self._attend(key) and parent_lives
        for pid in self._alive:
            os.kill(pid, signal.SIGKILL)

    def _attend(self, key: selectors.SelectorKey) -> bool:
        """Handle what is due on one descriptor; return False when the web process is gone."""
        if isinstance(key.data, StderrRelay):
            if not key.data.read():
                self._selector.unregister(key.fd)
        elif key.fd == self._woken:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 512)
            self._reap()
        else:
            data, fds, flags, _ = socket.recv_fds(self._control, MAX_REQUEST, 1)
            if not data:
                return False
            if flags & socket.MSG_TRUNC:  # half a request would end this process, and every worker with it
                log.error("dropped a request of more than %d bytes", MAX_REQUEST)
                for descriptor in fds:
                    os.close(descriptor)
            else:
                self._handle(data, fds)
        return True

    def _handle(self, data: bytes, fds: list[int]) -> None:
        if fds:
            try:
                self._fork(data, fds[0])
            except OSError as error:
                # No room for one more now. Its supervisor sees the pipe close and tries again later.
                log.error("cannot fork a worker: %s", error)
                os.close(fds[0])
            return
        # A worker's spec comes here too, when there was no descriptor left to take its pipe in.
        pid = json.loads(data).get("kill")
        # Only what we forked and have not reaped: the number cannot be that of another process.
        if pid in self._alive:
            os.kill(pid, signal.SIGKILL)

    def _fork(self, data: bytes, pipe: int) -> None:
        own_pid = os.getpid()
        read_end, write_end = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(read_end)
            os.close(write_end)
            raise
        if pid == 0:
            self._become_worker(data, pipe, own_pid, stderr=(read_end, write_end))
        os.close(write_end)
        os.close(pipe)
        log_path = decode_spec(data).log_path
        relay = StderrRelay(read_end, log_tail=Path(log_path) if log_path else None)
        self._selector.register(relay.descriptor, selectors.EVENT_READ, relay)
        self._alive.add(pid)

    def _become_worker(self, data: bytes, pipe: int, parent_pid: int, *, stderr: tuple[int, int]) -> NoReturn:
        try:
            os.dup2(stderr[1], 2)
            for end in stderr:
                os.close(end)
            die_with_parent(parent_pid)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._close_parents_files()
            silence_stdout()
            channel = Channel(reader=os.fdopen(pipe, "rb"), writer=os.fdopen(os.dup(pipe), "wb"))
            run_worker(decode_spec(data), channel)
        except BaseException:
            # Top of the process: it must never return into the preloader's loop.
            log.exception("worker crashed")
        finally:
            os._exit(1)

    def _close_parents_files(self) -> None:
        """Close what the fork copied; a worker must not hold any of it."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
        self._control.close()
        self._selector.close()

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self._alive.discard(pid)
                code = os.waitstatus_to_exitcode(status)
                if code:
                    log.warning("worker %d ended with %d", pid, code)


if __name__ == "__main__":
    main()
