"""Topics of changes, so that an open page redraws only the parts that show them."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a change is about. The values are also those on the line to the browser."""

    INSTANCES = "instances"
    """Their states, names and numbers, and which there are."""
    STORAGE = "storage"
    """Whether data can be stored, and what was repaired."""
    TIMELINE = "timeline"
    """What happened to an instance, as written down."""
    MESSAGES = "messages"
    """Messages sent, how far they came, and messages received."""
    TYPING = "typing"
    """Who is typing or recording in a chat."""
    ALERTS = "alerts"
    """What is wrong, who is told of it, and how the telling goes."""
    TRASH = "trash"
    """Which instances are in it."""
