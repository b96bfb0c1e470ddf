"""A choice among things that come, go and are renamed while one looks at them.

Streamlit knows an option by its label alone: of two that look the same the last one counts, and when the
label of the chosen one changes, the first option takes its place. Where a message goes must not hang on that.
A browser that has not heard of the new label sends the old one along with whatever is pressed meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2s
from typing import Literal

import streamlit as st

from core.services.visible import seen
from pages.ui.state import Slot


def draw_choice(  # noqa: PLR0913  # what a selectbox looks like
    label: str,
    labels: Mapping[str, str],
    *,
    key: str,
    chosen: str,
    on_choose: Callable[[str], None],
    placeholder: str | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Draw a selectbox of ``labels`` (by what they stand for) that shows ``chosen``, or nothing.

    Nothing is chosen by itself, and nothing takes the place of what is gone. ``on_choose`` gets what is
    picked; the caller keeps it. What the browser names by a label that is no more changes nothing.
    """
    shown = distinct(labels)

    def picked() -> None:
        value = st.session_state[key]
        if value in shown:
            on_choose(value)

    _show(key, chosen if chosen in shown else None, shown)
    st.selectbox(
        label,
        list(shown),
        index=None,
        format_func=lambda value: shown.get(value, ""),
        key=key,
        on_change=picked,
        placeholder=placeholder,
        label_visibility=label_visibility,
        required=True,  # no cross that takes the choice back
    )


def _show(key: str, value: str | None, labels: Mapping[str, str]) -> None:
    """Set what the selectbox shows, only when it would show something else: that shuts an open list."""
    fields, drawn, label = st.session_state, Slot(f"{key}-drawn", str), labels.get(value or "", "")
    if fields.get(key) != value or drawn.get() != label or key not in fields:
        fields[key] = value
    drawn.set(label)


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Return ``labels`` with a short mark behind those that look the same as another."""
    looks = {value: seen(label) for value, label in labels.items()}
    count = Counter(looks.values())
    return {
        value: f"{label} #{_mark(value)}" if count[looks[value]] > 1 else label
        for value, label in labels.items()
    }


def _mark(value: str) -> str:
    """Return a mark that is always the same for one thing and says nothing of its address."""
    return blake2s(value.encode(errors="replace"), digest_size=2).hexdigest()
