"""Which WhatsApp core is installed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EngineRelease:
    """Version and age of the core. WhatsApp refuses cores that are too old."""

    version: str
    released: date
    age_days: int
