"""Changes of messages that are in memory at once and on the disk a moment later, by instance."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from core.errors import StorageUnavailableError

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Buffer(ABC):
    """What is in memory of one instance, written or not.

    ``changed`` guards it and is never held while the disk is used; ``writing`` is.
    """

    folder: Path
    writing: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @abstractmethod
    def unwritten(self) -> int:
        """Return how many changes wait to be written."""

    @abstractmethod
    def write(self) -> None:
        """Write what waits; what changes meanwhile waits on. Called with ``writing`` held.

        Raises StorageUnavailableError; then all of it waits on.
        """


B = TypeVar("B", bound=Buffer)


class WriteBehind(Generic[B]):
    """Buffers by instance, made at their first use.

    Threading: safe from any thread; of these methods only ``flush`` touches the disk.
    """

    def __init__(self, make: Callable[[str], B]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._buffers: dict[str, B] = {}

    def unwritten(self, instance_id: str) -> int:
        """Return how many changes wait for ``flush``."""
        buffer = self._find(instance_id)
        return buffer.unwritten() if buffer else 0

    def flush(self, instance_id: str) -> bool:
        """Write what waits; return False when the disk refuses: it is kept, to be tried again."""
        buffer = self._find(instance_id)
        if buffer is None:
            return True
        with buffer.writing:
            try:
                buffer.write()
            except StorageUnavailableError as error:
                name, count = type(self).__name__.lower(), buffer.unwritten()
                log.warning(
                    "%s: %d changes kept in memory: %s", name, count, error, extra={"instance": instance_id}
                )
                return False
        return True

    def _find(self, instance_id: str) -> B | None:
        with self._lock:
            return self._buffers.get(instance_id)

    def _buffer(self, instance_id: str) -> B:
        with self._lock:
            if instance_id not in self._buffers:
                self._buffers[instance_id] = self._make(instance_id)
            return self._buffers[instance_id]
