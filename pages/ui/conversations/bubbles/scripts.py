"""The scripts that draw bubbles: parts that share one scope are given to the browser as one."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def script_of(*parts: str) -> str:
    """Return these parts in their order; the last one says what the component does."""
    return "\n".join(Path(__file__).with_name(f"{part}.js").read_text(encoding="utf-8") for part in parts)
