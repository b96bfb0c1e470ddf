"""JSON as Go's encoder writes it: what the core's Signal library keeps its states in."""

from __future__ import annotations

import base64
import json
from typing import Any

Structure = dict[str, Any]


def text_of(data: bytes) -> str:
    """Return bytes as Go writes them into JSON."""
    return base64.b64encode(data).decode()


def serialized(structure: Structure) -> bytes:
    """Return a structure's JSON without spaces."""
    return json.dumps(structure, separators=(",", ":")).encode()
