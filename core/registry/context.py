"""What a supervisor needs from the rest of the registry."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.messages.typing import TypingMemory
from core.models.instance import InstanceRecord
from core.models.profile.events import CallRejected
from core.models.storage import Notice
from core.models.topic import Topic
from core.registry.pending_queries import PendingQueries
from core.registry.retry import Backoff


@dataclass(frozen=True, slots=True)
class SupervisorContext:
    """What all supervisors share. Every callable is safe from any thread."""

    auth_dir: Path
    launch: Callable[[WorkerSpec], Worker]
    """Raises StorageUnavailableError or WorkerLostError."""
    save: Callable[[InstanceRecord], None]
    """Raises StorageUnavailableError."""
    recreate_folder: Callable[[InstanceRecord], None]
    """Make the folder anew when it was deleted. Raises StorageUnavailableError."""
    publish: Callable[[Topic], None]
    """Tell pages and waiting threads that something about the topic changed."""
    add_notice: Callable[[Notice], None]
    outbox: Outbox
    inbox: Inbox
    queries: PendingQueries
    require_writable: Callable[[], None]
    """Raises StorageUnavailableError while nothing can be stored; then no worker may open a session."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    random: Callable[[], float] = random.random
    backoff: Backoff = field(default_factory=Backoff)
    typing: TypingMemory = field(default_factory=TypingMemory)
    on_call_rejected: Callable[[CallRejected], None] = lambda _: None
    """Returns at once."""
