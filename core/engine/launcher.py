"""Starting workers: through the preloader on Linux, as plain subprocesses where forking cannot be used."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from core.engine.environment import worker_environment
from core.engine.protocol import MAX_LINE, WorkerSpec, decode_event, encode, encode_spec, lines
from core.engine.stderr import forward_stderr
from core.errors import InvalidInputError, WorkerLostError
from core.models.codes import SendCode, StateReason
from core.models.worker_commands import WorkerCommand
from core.models.worker_events import WorkerEvent, WorkerStarted
from core.settings import ROOT

log = logging.getLogger(__name__)

# macOS has fork, but its system libraries do not survive one; SEQPACKET sockets are Linux's too.
CAN_FORK: Final = sys.platform == "linux"


class Worker(Protocol):
    """The web process's end of one worker."""

    def events(self) -> Iterator[WorkerEvent]:
        """Yield the worker's events until it is gone. Read from one thread."""

    def send(self, command: WorkerCommand) -> None:
        """Send a command.

        Raises WorkerLostError when the worker is gone, InvalidInputError (message-too-large).
        """

    def kill(self) -> None:
        """End the process at once. Idempotent."""

    def close(self) -> None:
        """Release the pipe. Idempotent; a worker that still lives sees end-of-file and ends."""


class Launcher(Protocol):
    """Starts workers. Threading: not safe; the registry serialises calls."""

    def warm(self) -> None:
        """Prepare, so that the first worker starts fast. Raises OSError when that cannot be done now."""

    def launch(self, spec: WorkerSpec) -> Worker:
        """Start a worker. Raises WorkerLostError when none can be started."""

    def close(self) -> None:
        """End every worker that is left. Idempotent."""


def make_launcher(*, inherit: tuple[int, ...] = ()) -> Launcher:
    """Return the launcher that fits this platform.

    ``inherit``: file descriptors that every worker keeps open; the owner lock, so that the next owner waits
    until the last worker is gone.
    """
    return _ForkLauncher(inherit) if CAN_FORK else _PlainLauncher()


def _events(reader: BinaryIO) -> Iterator[WorkerEvent]:
    try:
        for line in lines(reader):
            yield decode_event(line)
    except OSError:
        return
    finally:
        reader.close()


def _command_line(command: WorkerCommand) -> bytes:
    line = encode(command)
    if len(line) > MAX_LINE:  # the worker would refuse it and end
        raise InvalidInputError(SendCode.MESSAGE_TOO_LARGE)
    return line


class _ForkedWorker:
    def __init__(self, launcher: _ForkLauncher, pipe: socket.socket) -> None:
        self._launcher = launcher
        self._pipe = pipe
        self._reader = pipe.makefile("rb")
        self._pid = 0

    def events(self) -> Iterator[WorkerEvent]:
        for event in _events(self._reader):
            if isinstance(event, WorkerStarted):
                self._pid = event.pid
            yield event

    def send(self, command: WorkerCommand) -> None:
        try:
            self._pipe.sendall(_command_line(command))
        except OSError as error:
            raise WorkerLostError(StateReason.WORKER_LOST, detail=type(error).__name__) from error

    def kill(self) -> None:
        # Without a pid yet, closing the pipe ends it when it first writes.
        if self._pid:
            self._launcher.request_kill(self._pid)
        self.close()

    def close(self) -> None:
        try:
            self._pipe.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the worker had already ended
        self._pipe.close()


class _ForkLauncher:
    def __init__(self, inherit: tuple[int, ...]) -> None:
        self._inherit = inherit
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def warm(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "core.engine.preloader", str(theirs.fileno())],
                    cwd=ROOT,
                    env=worker_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(theirs.fileno(), *self._inherit),
                    # Ctrl+C in a terminal goes to the whole group; workers are stopped in order instead.
                    start_new_session=True,
                )
            except OSError:
                ours.close()
                raise
        self._control = ours
        assert self._process.stderr is not None
        forward_stderr(self._process.stderr)

    def launch(self, spec: WorkerSpec) -> Worker:
        for _ in range(2):
            try:
                return self._request(spec)
            except ConnectionError:
                # The preloader died since we looked; its workers died with it. Start another, once.
                log.warning("the preloader is gone; starting another")
                self.close()
            except OSError as error:
                # We have no descriptor or process left; that is no reason to end the workers that run.
                raise WorkerLostError(
                    StateReason.WORKER_LOST, detail=error.strerror or "preloader"
                ) from error
        raise WorkerLostError(StateReason.WORKER_LOST, detail="preloader")

    def _request(self, spec: WorkerSpec) -> Worker:
        self.warm()
        assert self._control is not None
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [encode_spec(spec)], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return _ForkedWorker(self, ours)

    def request_kill(self, pid: int) -> None:
        """Ask the worker's parent to end it. A preloader that is gone has taken its workers along."""
        control = self._control  # another thread may close it meanwhile
        if control is not None:
            try:
                control.send(json.dumps({"kill": pid}).encode())
            except OSError:
                log.info("no preloader to end worker %d", pid)

    def close(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class _PlainWorker:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def events(self) -> Iterator[WorkerEvent]:
        assert self._process.stdout is not None
        yield from _events(self._process.stdout)  # type: ignore[arg-type]
        self._process.wait()

    def send(self, command: WorkerCommand) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_command_line(command))
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise WorkerLostError(StateReason.WORKER_LOST, detail=type(error).__name__) from error

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            pass  # the worker had already ended


class _PlainLauncher:
    def __init__(self) -> None:
        self._workers: list[_PlainWorker] = []

    def warm(self) -> None:
        """Do nothing: plain subprocesses share nothing."""

    def launch(self, spec: WorkerSpec) -> Worker:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "core.engine.worker", encode_spec(spec).decode()],
                cwd=ROOT,
                env=worker_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise WorkerLostError(StateReason.WORKER_LOST, detail=type(error).__name__) from error
        assert process.stderr is not None
        forward_stderr(process.stderr)
        worker = _PlainWorker(process)
        self._workers = [*(running for running in self._workers if not running.ended), worker]
        return worker

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()
        self._workers.clear()
