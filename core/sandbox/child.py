"""A warm child process that answers one request at a time, and may die of any of them.

Frames over two pipes: four bytes of length (big-endian), then that many bytes. The child ends by itself when
its parent is gone (end of file) or asks for nothing for a while.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO, Final

from core.sandbox.limits import Limits, allow_cpu, apply_limits, plain_environment

IDLE_S: Final = 60.0
"""A child that was asked for nothing for so long ends and gives its memory back."""
_ROOT: Final = Path(__file__).resolve().parents[2]
_LENGTH: Final = struct.Struct(">I")
_CHUNK: Final = 1 << 16
_ENDED_S: Final = 2.0
"""A killed process that waits for a disk ends only when the disk answers; that is not waited for."""


class SandboxError(Exception):
    """The child gave no answer: what it was asked for has failed, and nothing else is hurt."""


class ChildDiedError(SandboxError):
    """The child ended while it worked: out of memory, out of processor time, a crash or a bus error."""


class CallTimeoutError(SandboxError):
    """The child did not answer in time and was ended."""


class ChildProcess:
    """The parent's end of one child, started at its first call and again after it died.

    Threading: safe from any thread; calls wait for each other, and the wait counts against the deadline.
    """

    def __init__(self, module: str, *, answer_limit: int, environment: Collection[str] = ()) -> None:
        """Run ``module`` with ``python -m``; it calls ``serve``.

        An answer of more than ``answer_limit`` bytes counts as a death. Of the environment it sees what
        ``plain_environment`` gives, and the variables named in ``environment``.
        """
        self._module = module
        self._environment = environment
        self._answer_limit = answer_limit
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stuck: list[subprocess.Popen[bytes]] = []
        """Killed and not gone yet."""

    def call(self, *request: bytes, timeout_s: float) -> bytes:
        """Return what the child answers to ``request``, whose parts are put together.

        Raises ChildDiedError or CallTimeoutError.
        """
        deadline = time.monotonic() + timeout_s
        if not self._turn.acquire(timeout=timeout_s):
            raise CallTimeoutError(self._module)
        try:
            return self._call(b"".join((_LENGTH.pack(sum(map(len, request))), *request)), deadline)
        except BaseException:
            self._end()  # half an answer may lie in its pipe
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the child, in the middle of a call too. Idempotent; a later call starts another.

        Returns within seconds, whatever the child waits for.
        """
        process = self._process
        if process is not None:
            process.kill()
        if self._turn.acquire(timeout=_ENDED_S):
            try:
                self._end()
            finally:
                self._turn.release()

    @property
    def pid(self) -> int:
        """Return the id of the running child; 0 while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def _call(self, frame: bytes, deadline: float) -> bytes:
        fresh = self._started()
        try:
            return self._exchange(frame, deadline)
        except ChildDiedError:
            # It ended while idle, between our look and our request. A child that was new died of the request.
            if fresh or self._returncode() != 0:
                raise
        self._end()
        self._started()
        return self._exchange(frame, deadline)

    def _started(self) -> bool:
        """Start a child unless one runs; return True when it is new."""
        self._stuck = [process for process in self._stuck if process.poll() is None]
        if self._process is not None:
            if self._process.poll() is None:
                return False
            self._end()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-E", "-m", self._module],
                cwd=_ROOT,
                env=plain_environment(self._environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                # Ctrl+C in a terminal goes to the whole group; the child ends with its parent instead.
                start_new_session=True,
            )
        except OSError as error:
            raise ChildDiedError(f"{self._module}: {error.strerror}") from error
        return True

    def _exchange(self, frame: bytes, deadline: float) -> bytes:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ChildDiedError(self._module)
        wanted, read, write = -1, process.stdout.fileno(), process.stdin.fileno()
        answer = bytearray()
        left = memoryview(frame)
        os.set_blocking(write, False)
        with selectors.DefaultSelector() as selector:
            selector.register(read, selectors.EVENT_READ)
            selector.register(write, selectors.EVENT_WRITE)
            while wanted < 0 or len(answer) < wanted:
                left_s = deadline - time.monotonic()
                # A child that always has a byte ready is not waited for any longer than a silent one.
                if left_s <= 0 or not (ready := selector.select(left_s)):
                    raise CallTimeoutError(self._module)
                for key, _ in ready:
                    if key.fd == write:
                        left = self._write(write, left)
                        if not left:
                            selector.unregister(write)
                        continue
                    chunk = os.read(read, _CHUNK)
                    if not chunk:
                        raise ChildDiedError(f"{self._module}: {self._returncode()}")
                    answer += chunk
                    if wanted < 0 and len(answer) >= _LENGTH.size:
                        (wanted,) = _LENGTH.unpack_from(answer)
                        del answer[: _LENGTH.size]
                        if wanted > self._answer_limit:
                            raise ChildDiedError(f"{self._module}: an answer of {wanted} bytes")
        return bytes(answer)

    def _write(self, descriptor: int, left: memoryview) -> memoryview:
        try:
            return left[os.write(descriptor, left[:_CHUNK]) :]
        except BlockingIOError:
            return left
        except BrokenPipeError:
            raise ChildDiedError(f"{self._module}: {self._returncode()}") from None

    def _returncode(self) -> int | None:
        if self._process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1.0)
        return None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(_ENDED_S)
        except subprocess.TimeoutExpired:
            self._stuck.append(process)


def serve(answer: Callable[[bytes], bytes], limits: Limits) -> None:
    """Answer requests until the parent is gone or nothing was asked for ``IDLE_S``; the child's main loop."""
    apply_limits(limits)
    reader, writer = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    # Nothing that a library prints may get between two frames.
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(quiet, standard)
    watch = threading.Thread(target=_end_with_parent, args=(reader.fileno(),), daemon=True)
    watch.start()
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while selector.select(IDLE_S):
            request = _frame(reader)
            if request is None:
                return
            allow_cpu(limits.cpu_s)
            response = answer(request)
            _send(writer, _LENGTH.pack(len(response)) + response)


def _end_with_parent(pipe: int) -> None:
    """End this process when its parent is gone, also in the middle of a request.

    PR_SET_PDEATHSIG would not do: it follows the parent's *thread*, and any thread may start a child.
    """
    hang_up = select.poll()
    hang_up.register(pipe, 0)  # the other end's closing is told without being asked for
    hang_up.poll()
    os._exit(0)


def _frame(reader: BinaryIO) -> bytes | None:
    head = _exactly(reader, _LENGTH.size)
    return None if head is None else _exactly(reader, _LENGTH.unpack(head)[0])


def _exactly(reader: BinaryIO, size: int) -> bytes | None:
    """Return ``size`` bytes; None at the end of the file."""
    taken = bytearray()
    while len(taken) < size:
        chunk = reader.read(min(_CHUNK, size - len(taken)))
        if not chunk:
            return None
        taken += chunk
    return bytes(taken)


def _send(writer: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[writer.write(left) :]
