"""Contents that many tests send."""

from __future__ import annotations

from core.models.content import Content, Kind


def words(text: str = "oi") -> Content:
    """A plain text."""
    return Content(Kind.TEXT, text=text)
