"""Some child processes of one kind: a call that hangs holds up one of them, not all others."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from typing import Final

from core.sandbox.child import CallTimeoutError, ChildProcess

_PATIENCE_S: Final = 0.2
"""Waiting so long for a child that runs is cheaper than starting another."""


class ChildPool:
    """At most ``size`` children, each started only when it is needed.

    Threading: safe from any thread.
    """

    def __init__(
        self, module: str, *, size: int, answer_limit: int, environment: Collection[str] = ()
    ) -> None:
        """As ``ChildProcess``, ``size`` times."""
        self._module = module
        self._children = [
            ChildProcess(module, answer_limit=answer_limit, environment=environment) for _ in range(size)
        ]
        self._idle = list(self._children)
        """The one used last is taken first: it runs, and the others may end by themselves."""
        self._changed = threading.Condition()

    def call(self, request: bytes, *, timeout_s: float) -> bytes:
        """Return what a child answers to ``request``; raises ChildDiedError or CallTimeoutError."""
        deadline = time.monotonic() + timeout_s
        child = self._take(deadline)
        try:
            return child.call(request, timeout_s=max(0.0, deadline - time.monotonic()))
        finally:
            self._give_back(child)

    def close(self) -> None:
        """End all children, in the middle of calls too. Idempotent; a later call starts another."""
        for child in self._children:
            child.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Return the ids of the children that run."""
        return tuple(child.pid for child in self._children if child.pid)

    def _take(self, deadline: float) -> ChildProcess:
        with self._changed:
            self._changed.wait_for(self._one_is_ready, min(_PATIENCE_S, deadline - time.monotonic()))
            if not self._changed.wait_for(lambda: self._idle, deadline - time.monotonic()):
                raise CallTimeoutError(self._module)
            return self._idle.pop()

    def _one_is_ready(self) -> bool:
        return bool(self._idle) and (self._idle[-1].pid != 0 or len(self._idle) == len(self._children))

    def _give_back(self, child: ChildProcess) -> None:
        with self._changed:
            self._idle.append(child)
            self._changed.notify()
