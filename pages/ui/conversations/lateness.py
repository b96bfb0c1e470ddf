"""Whether a press still counts when it reaches the server, on a clock that the browser was told of."""

from __future__ import annotations

import time
from typing import Final

_LATE_S: Final = 20.0
"""What reaches the server later than this is not carried out: its visitor has gone on."""


def clock_ms() -> float:
    """Return what the server's clock shows, in milliseconds since the epoch, as browsers count."""
    return time.time() * 1000


def is_late(made: float) -> bool:
    """Return whether a press that was ``made`` then (as ``clock_ms``) is too old to be carried out."""
    return clock_ms() - made > _LATE_S * 1000
