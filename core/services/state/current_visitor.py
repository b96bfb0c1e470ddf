"""The visitor of the page that runs now. Threading: everything here is safe from any thread."""

from __future__ import annotations

from collections.abc import Callable

from core.models.access import Visitor
from core.services.runtime import current


def set_current_login(current_login: Callable[[], str]) -> None:
    """Let ``current_login`` tell whose page runs in the calling thread; empty when none does. Idempotent."""
    current().visitors.current_login = current_login


def signed_in() -> Visitor | None:
    """Return the visitor of the page that runs in this thread; None outside pages, and once signed out."""
    return current().visitors.current


def open_without_password() -> bool:
    """Return whether only a browser on this machine gets in, by a link, because there is no password."""
    return current().visitors.open_by_link
