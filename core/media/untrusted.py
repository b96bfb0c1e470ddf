"""Pictures that others made: decoded in a child process only, which may die of any of them.

Small ones (thumbnails, faces) have a child of their own, so that a page full of them does not wait for an
upload. A child ends when nothing was asked of it for a minute.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from typing import Final

from core.errors import InvalidInputError
from core.media.decoder_protocol import (
    ANSWER_LIMIT,
    QUICK,
    REQUEST_LIMIT,
    SLOW_S,
    Task,
    Verdict,
    encode_head,
    parse_answer,
)
from core.media.file_type import rejected, shown
from core.media.verdicts import Verdicts
from core.models.codes import InputCode
from core.sandbox.child import CallTimeoutError, ChildProcess, SandboxError

log = logging.getLogger(__name__)

_QUICK_S: Final = 20.0
"""Far above its processor time: the machine may be busy."""
_FORGIVEN_S: Final = 600.0
"""After so long, a picture that its child died of may be tried again: perhaps the machine was to blame."""


class _Lane:
    """A child, one picture at a time, and what it said lately.

    Threading: safe from any thread.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._turn = threading.Lock()
        self._verdicts = Verdicts()
        self.child = ChildProcess("core.media.decoder", answer_limit=ANSWER_LIMIT)

    def judge(self, head: bytes, data: bytes) -> Verdict:
        """Return the verdict on a picture: what is known of it, else the child's."""
        digest = hashlib.sha256(head)
        digest.update(data)
        key = digest.digest()
        if (verdict := self._verdicts.find(key)) is not None:
            return verdict
        if not self._turn.acquire(timeout=self._limit_s):
            raise rejected("too-slow")
        try:
            # Another thread may have asked while this one waited: a page that is open twice.
            return self._verdicts.find(key) or self._ask(key, head, data)
        finally:
            self._turn.release()

    def _ask(self, key: bytes, head: bytes, data: bytes) -> Verdict:
        try:
            verdict, seconds = (
                parse_answer(self.child.call(head, data, timeout_s=self._limit_s)),
                float("inf"),
            )
        except SandboxError as error:
            log.warning("decoding a picture ended its process: %s", type(error).__name__)
            code = InputCode.FILE_TOO_SLOW if isinstance(error, CallTimeoutError) else InputCode.FILE_DAMAGED
            # A child that could not be started says nothing of the picture.
            verdict, seconds = Verdict(refusal=code), 0.0 if error.__cause__ else _FORGIVEN_S
        self._verdicts.keep(key, verdict, seconds=seconds)
        return verdict


class Decoders:
    """The children that decode pictures, started when first needed. Threading: safe from any thread."""

    def __init__(self, *, quick_s: float = _QUICK_S, slow_s: float = SLOW_S) -> None:
        """Give a small picture ``quick_s`` seconds, any other ``slow_s``."""
        self.quick = _Lane(quick_s)
        self.slow = _Lane(slow_s)

    def ask(self, task: Task, data: bytes, *, side: int = 0) -> Verdict:
        """Return what the child made of ``data``; blocks for a minute at most, and as long for its turn.

        Raises InvalidInputError: what ``core.media.decoder`` says of it, file-damaged when it killed the
        child, file-too-slow, file-too-large (detail: the limit).
        """
        if len(data) > REQUEST_LIMIT:
            raise rejected("too-large", shown(REQUEST_LIMIT))
        verdict = (self.quick if task in QUICK else self.slow).judge(encode_head(task, side), data)
        if verdict.refusal:
            raise InvalidInputError(verdict.refusal, detail=verdict.detail)
        return verdict

    def close(self) -> None:
        """End the children. Idempotent; another call starts new ones."""
        for lane in (self.quick, self.slow):
            lane.child.close()
