"""What a change is about, so that an open page redraws only the parts that show it."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """The names are also those on the line to the browser."""

    INSTANCES = "instances"
    """Their states, names and numbers, and which there are."""
    STORAGE = "storage"
    """Whether something can be stored, and what was mended."""
    TIMELINE = "timeline"
    """What happened to an instance, as written down."""
    MESSAGES = "messages"
    """Sends, how far they came, and arrivals."""
    TRASH = "trash"
    """Which instances lie in it."""
