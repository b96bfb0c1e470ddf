"""A line of this installation's log, as a person may see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record, with numbers and QRs masked."""

    at: float
    """When it was written, in seconds since the epoch."""
    level: str
    """DEBUG, INFO, WARNING, ERROR or CRITICAL."""
    source: str
    """The module that wrote it; ``worker`` for what a worker's core wrote past the logging."""
    text: str
    """May have several lines (a traceback)."""
