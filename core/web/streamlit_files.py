"""Files that Streamlit brings along and serves: found by the part of their name that no version changes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def streamlit_file(kind: str, pattern: str) -> Path | None:
    """Return the first file of a ``kind`` (``js``, ``media``) that matches; None when there is none."""
    package = find_spec("streamlit")
    if package is None or package.origin is None:
        return None
    return next((Path(package.origin).parent / "static" / "static" / kind).glob(pattern), None)
