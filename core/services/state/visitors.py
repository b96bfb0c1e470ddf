"""Who is behind the page that runs in a thread: the sign-ins of the web face, asked by the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.models.access import Visitor


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

    @property
    def current(self) -> Visitor | None:
        """Return the visitor of this thread's page; None outside pages, and once signed out."""
        return None if self._sign_ins is None else self._sign_ins.visitor(self.current_login())

    @property
    def open_by_link(self) -> bool:
        """Return True while only a browser on this machine gets in, by a link: there is no password."""
        return self._sign_ins is not None and self._sign_ins.opens_by_link
