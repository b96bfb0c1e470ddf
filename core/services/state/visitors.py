"""Who is behind the page that runs in a thread: the sign-ins of the web face, asked by the pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from core.models.access import Visitor

T = TypeVar("T")


class SignIns(Protocol):
    """What the web face knows of its visitors."""

    @property
    def opens_by_link(self) -> bool:
        """Return True while the link of the start lets visitors in, because there is no password."""

    def visitor(self, login: str) -> Visitor | None:
        """Return the visitor of that sign-in; None if it has ended."""


class Visitors:
    """The sign-ins, and how to tell which of them a thread belongs to. Threading: safe from any thread."""

    def __init__(self, sign_ins: SignIns | None = None) -> None:
        """Take visitors from ``sign_ins``; without it, there are none."""
        self._sign_ins = sign_ins
        self.current_login: Callable[[], str] = str
        """Return the sign-in of the page that runs in the calling thread; empty outside pages."""
        self._carried = threading.local()

    @property
    def current(self) -> Visitor | None:
        """Return the visitor of this thread's page; None outside pages, and once signed out.

        In what was ``carried`` into another thread: the one that began it, signed out or not.
        """
        if hasattr(self._carried, "visitor"):
            carried: Visitor | None = self._carried.visitor
            return carried
        return None if self._sign_ins is None else self._sign_ins.visitor(self.current_login())

    def carried(self, do: Callable[[], T]) -> Callable[[], T]:
        """Return ``do`` for a thread of its own, in which this thread's visitor is the current one."""
        visitor = self.current

        def run() -> T:
            self._carried.visitor = visitor
            try:
                return do()
            finally:
                del self._carried.visitor

        return run

    @property
    def open_by_link(self) -> bool:
        """Return True while only a browser on this machine gets in, by a link: there is no password."""
        return self._sign_ins is not None and self._sign_ins.opens_by_link
