"""Asking the reader's process: a fresh one for each question, ended with its answer."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession
from core.moving.reader.protocol import ANSWER_LIMIT, Answer, Request, Task, decode_answer
from core.sandbox.child import CallTimeoutError, ChildDiedError, ChildProcess

log = logging.getLogger(__name__)

MODULE: Final = "core.moving.reader"
_LONGEST_S: Final = 75.0
"""Of the wall clock, for a question and the start of its process: more than the process takes for itself."""
_OWN_MODULE: Final = "core.moving.reader.own_backup"
_OWN_S: Final = 1_800.0
"""For a backup of the operator's own: as long as making it may take."""
_TURN_S: Final = 60.0
"""One upload is read at a time, since each may take much memory; so long is waited for the one before."""


class MoveReader:
    """What pages' services read uploads with. Threading: safe from any thread; one question at a time.

    Every method raises MoveRefusedError, and SandboxError when no process could be started.
    """

    def __init__(self, *, longest_s: float = _LONGEST_S) -> None:
        """Start nothing yet; a question ends after ``longest_s`` seconds."""
        self._longest_s = longest_s
        self._turn = threading.Lock()
        self._running: ChildProcess | None = None

    def inspect(self, path: Path, *, scratch: Path, passphrase: str = "", own: bool = False) -> FoundUpload:
        """Return what the upload at ``path`` holds; ``scratch`` is an empty folder for its use.

        ``own``: it is a backup of the operator's own, which may be large and take long.
        """
        request = Request.make(Task.INSPECT, path=path, scratch=scratch, passphrase=passphrase)
        return self._found(request, own=own)

    def prepare(  # noqa: PLR0913  # one for each part of the question
        self,
        path: Path,
        *,
        scratch: Path,
        passphrase: str = "",
        device: FoundDevice,
        target: Path,
        own: bool = False,
    ) -> PreparedSession:
        """Write the session of ``device``, which ``inspect`` has found, into the empty folder ``target``."""
        request = Request.make(
            Task.PREPARE, path=path, scratch=scratch, passphrase=passphrase, device=device, target=target
        )
        return self._prepared(request, own=own)

    def inspect_database(self, address: str, *, scratch: Path) -> FoundUpload:
        """Return what the database at ``address``, which is a secret, holds."""
        return self._found(Request.make(Task.INSPECT, database=address, scratch=scratch))

    def prepare_database(
        self, address: str, *, scratch: Path, device: FoundDevice, target: Path
    ) -> PreparedSession:
        """Write the session of ``device`` of a database into the empty folder ``target``.

        The database may have changed since ``inspect_database``: it is refused (move-changed) when the device
        is no longer in it.
        """
        return self._prepared(
            Request.make(Task.PREPARE, database=address, scratch=scratch, device=device, target=target)
        )

    def close(self) -> None:
        """End the process, in the middle of a question too. Idempotent."""
        running = self._running
        if running is not None:
            running.close()

    def _found(self, request: Request, *, own: bool = False) -> FoundUpload:
        found = self._ask(request, own=own).found
        if found is None or not found.devices:
            raise MoveRefusedError(MoveCode.DAMAGED)
        return found

    def _prepared(self, request: Request, *, own: bool = False) -> PreparedSession:
        prepared = self._ask(request, own=own).prepared
        if prepared is None:
            raise MoveRefusedError(MoveCode.DAMAGED)
        return prepared

    def _ask(self, request: Request, *, own: bool) -> Answer:
        module, longest_s = (_OWN_MODULE, _OWN_S) if own else (MODULE, self._longest_s)
        with self._process(module) as process:
            try:
                frame = process.call(request.encoded(), timeout_s=longest_s)
                answer = decode_answer(frame)
            except CallTimeoutError as error:
                log.warning("reading what is to be moved took too long")
                raise MoveRefusedError(MoveCode.TOO_SLOW) from error
            except ChildDiedError as error:
                if error.__cause__ is not None:  # it could not even be started
                    raise
                log.warning("reading what is to be moved ended its process: %s", error)
                raise MoveRefusedError(MoveCode.DAMAGED) from error
            except ValueError as error:
                raise MoveRefusedError(MoveCode.DAMAGED) from error
        answer.raise_refusal()
        return answer

    @contextlib.contextmanager
    def _process(self, module: str) -> Iterator[ChildProcess]:
        if not self._turn.acquire(timeout=_TURN_S):
            raise MoveRefusedError(MoveCode.BUSY)
        try:
            self._running = ChildProcess(module, answer_limit=ANSWER_LIMIT)
            try:
                yield self._running
            finally:
                self._running.close()
                self._running = None
        finally:
            self._turn.release()
