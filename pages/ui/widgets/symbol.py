"""A symbol inside a line of HTML."""

from __future__ import annotations


def symbol_html(name: str) -> str:
    """Return the Material Symbol ``name``, for the eye only and never translated."""
    return f'<span class="wa-symbol" aria-hidden="true" translate="no">{name}</span>'
