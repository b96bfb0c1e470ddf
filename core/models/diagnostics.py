"""The result of one self-check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"
    """This system does not tell, or nobody asked yet."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question about this installation, answered."""

    code: str
    """Stable name of the question (``disk-write``); becomes its title and explanation."""
    verdict: Verdict
    reason: str = ""
    """Stable code that becomes the sentence of what was found and what to do; empty when all is well."""
    value: str = ""
    """What was measured, the same in every language (``3.2 ms``, ``3.11.7``). Never a secret."""
