"""Once per press: the one way in which a double press counts once.

A browser may send the second half of a double press before it has drawn what the first one did. Each button
is therefore drawn with a token that names what its next press would do. A press brings the token that it was
drawn with, services do a thing once for each token (their ``request_id``), and then the token is renewed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from pages.ui.state import Slot


class PressToken:
    """The token of a button, or of buttons of which one at a time is pressed."""

    def __init__(self, key: str) -> None:
        self._token = Slot(key, _new_token)
        self._taken = Slot(f"{key}-taken", str)

    def current(self) -> str:
        """Return the token to draw the button with; the same until it is renewed."""
        return self._token.keep()

    def renew(self) -> None:
        """Let what is pressed next be another thing."""
        self._token.set(_new_token())

    def take(self, token: str, *, again: bool = False) -> bool:
        """Take a press of ``token``; False for a second one, unless it may count ``again``."""
        if self._taken.get() == token and not again:
            return False
        self._taken.set(token)
        return True

    @contextmanager
    def released(self) -> Iterator[None]:
        """Renew the token at the end of the block, however that ends: no error leaves a button dead."""
        try:
            yield
        finally:
            self.renew()


def _new_token() -> str:
    return uuid4().hex
