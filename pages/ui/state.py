"""What a visit keeps between two draws of a page, by name and with its type.

Only here is the session's state read and written by key; a widget's own value goes by the widget's key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")


class Slot(Generic[T]):
    """One value of a visit. Threading: as ``st.session_state``, for the script of a session only."""

    def __init__(self, key: str, make: Callable[[], T]) -> None:
        self._key = key
        self._make = make
        """What the value is before it is set: ``bool``, ``str``, ``dict`` or a dataclass."""

    def get(self) -> T:
        """Return the value, or a new default, which is not kept."""
        return cast("T", st.session_state[self._key]) if self._key in st.session_state else self._make()

    def keep(self) -> T:
        """Return the value, or a new default, which is kept from now on: for what is changed in place."""
        return cast("T", st.session_state.setdefault(self._key, self._make()))

    def set(self, value: T) -> None:
        """Keep ``value``."""
        st.session_state[self._key] = value

    def pop(self) -> T:
        """Return the value, and keep none any more."""
        value = self.get()
        self.clear()
        return value

    def clear(self) -> None:
        """Keep nothing: the default counts again."""
        st.session_state.pop(self._key, None)


def nothing() -> None:
    """Return the default of a slot that may be empty."""
