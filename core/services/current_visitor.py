"""Who is looking at the page. Threading: everything here is safe from any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.models.access import Visitor


class Door(Protocol):
    """What the web face knows of its visitors."""

    @property
    def opens_by_link(self) -> bool:
        """True while people come in by the link of the start, because there is no password."""

    def visitor(self, login: str) -> Visitor | None:
        """Who is behind that sign-in."""


_door: Door | None = None
_login_now: Callable[[], str] = str


def install(door: Door | None) -> None:
    """Ask ``door`` from now on. Called by the lifespan only."""
    global _door  # noqa: PLW0603  # the process singleton
    _door = door


def set_current_login(login_now: Callable[[], str]) -> None:
    """Let ``login_now`` say whose page runs in the calling thread; empty when none does. Idempotent."""
    global _login_now  # noqa: PLW0603  # set by the pages, which know
    _login_now = login_now


def signed_in() -> Visitor | None:
    """Who looks at the page that runs in this thread; None outside pages, and once signed out."""
    return None if _door is None else _door.visitor(_login_now())


def open_without_password() -> bool:
    """True while only a browser on this machine gets in, by a link, because there is no password."""
    return _door is not None and _door.opens_by_link
