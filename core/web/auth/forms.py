"""Reading the small forms of sign-in: within a size and a time, and not too many at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs

import anyio
from starlette.requests import ClientDisconnect, Request

FORM_LIMIT: Final = 4096
"""Bytes of a form; a password and two tokens."""
FORM_WITHIN_S: Final = 10.0
FORMS_AT_ONCE: Final = 64
"""Forms that are on their way; beyond that the one that began first gives way. A browser's comes at once."""


class FormError(Exception):
    """A form that is too large, too slow, or none."""


class FormReader:
    """The forms that are on their way to one server. Threading: the event loop's thread only."""

    def __init__(self) -> None:
        self.coming: dict[anyio.CancelScope, None] = {}
        """The one that began first is first."""

    async def read(self, request: Request) -> dict[str, str]:
        """Return the fields, each once. Raises FormError."""
        body = b""
        try:
            with self._in_time():
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > FORM_LIMIT:
                        raise FormError
            fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=8)
        except (TimeoutError, ValueError, ClientDisconnect) as error:
            raise FormError from error
        return {name: values[0] for name, values in fields.items()}

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        """Raise TimeoutError in the one whose form takes too long, or is the oldest of too many."""
        while len(self.coming) >= FORMS_AT_ONCE:
            oldest = next(iter(self.coming))
            del self.coming[oldest]
            oldest.cancel()
        with anyio.move_on_after(FORM_WITHIN_S) as scope:
            self.coming[scope] = None
            try:
                yield
            finally:
                self.coming.pop(scope, None)
        if scope.cancelled_caught:
            raise TimeoutError
