"""What the product calls itself. Threading: everything here is safe from any thread."""

from __future__ import annotations

from core.services.runtime import current


def app_name() -> str:
    """Return the product's name: free text on one line, at most 40 characters, never empty."""
    return current().settings.app_name
