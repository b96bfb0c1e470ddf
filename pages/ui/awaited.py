"""Work that takes seconds, waited for by each drawing of its page until it is done.

A press in the middle of it draws the page anew, and Streamlit ends the run that waits at its next step: were
the work done in that run, what came of it would never be drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.services.moving.work import Work
from pages.ui.state import Slot, nothing
from pages.ui.widgets import alert

T = TypeVar("T")

_LOOK_S: Final = 0.1


def wait_for(work: Work[Any], words: str, *, show: Callable[[DeltaGenerator], None] | None = None) -> None:
    """Draw ``words`` until the work is done, and with ``show`` how far it is."""
    with st.spinner(words):
        place = st.empty()
        while not work.wait(_LOOK_S):
            (show or _show_nothing)(place)  # here this run ends, once there is a newer one


@dataclass(frozen=True, slots=True)
class _Begun(Generic[T]):
    of: tuple[str, ...]
    work: Work[T]


class Awaited(Generic[T]):
    """Work of a visit, one at a time. Threading: as ``st.session_state``."""

    def __init__(self, key: str, *, unwanted: Callable[[T], object] | None = None) -> None:
        """Keep it under ``key``; ``unwanted`` is given what came of what is replaced before it was taken."""
        self._slot: Slot[_Begun[T] | None] = Slot(key, nothing)
        self._unwanted = unwanted

    def begin(self, of: tuple[str, ...], do: Callable[[], T]) -> None:
        """Have ``do`` done, outside of Streamlit, unless work of the same is under way.

        For callbacks: a press that only a later line of the page would notice is lost to the next press.
        """
        begun = self._slot.get()
        if begun is not None:
            if begun.of == of and not begun.work.wait(0):
                return
            begun.work.drop()
        self._slot.set(_Begun(of, Work(do, unwanted=self._unwanted)))

    @property
    def about(self) -> tuple[str, ...]:
        """Return what the work is of that is under way, or has not been taken yet; empty for none."""
        begun = self._slot.get()
        return begun.of if begun is not None else ()

    def take(self, of: tuple[str, ...], words: str, keep: Callable[[T], object]) -> str:
        """Wait for work of that, if there is any, and hand what came of it to ``keep``.

        Returns why nothing did, as Markdown; empty otherwise.
        """
        begun = self._slot.get()
        if begun is None or begun.of != of:
            return ""
        wait_for(begun.work, words)
        if self._slot.get() is not begun:
            return ""  # another run was faster
        problem = alert.problem_of(lambda: keep(begun.work.result()))
        self._slot.clear()
        return problem


def _show_nothing(place: DeltaGenerator) -> None:
    place.empty()
