"""Presses in the web process without a browser: the other end of what `inside` serves."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path
from typing import Any, Final

from tests.drills.inside import SOCKET

_ANSWER_S: Final = 40.0


class RefusedError(Exception):
    """The app said no; the message is its error."""


class Hands:
    """Threading: safe from any thread; each has a connection of its own, made anew when the app is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SOCKET
        self._own = threading.local()

    def ask(self, do: str, **given: Any) -> Any:
        """The answer of the web process. Raises OSError when there is none now, `RefusedError`."""
        try:
            lines = self._lines()
            lines.write(json.dumps({"do": do, **given}) + "\n")
            lines.flush()
            answer = lines.readline()
            if not answer.endswith("\n"):
                raise ConnectionResetError("the app ended")
        except OSError:
            self._own.lines = None
            raise
        told = json.loads(answer)
        if "error" in told:
            raise RefusedError(told["error"])
        return told["answer"]

    def views(self) -> list[dict[str, Any]]:
        """Every instance; empty while the app does not answer."""
        with contextlib.suppress(OSError, RefusedError):
            return list(self.ask("views"))
        return []

    def _lines(self) -> Any:
        if getattr(self._own, "lines", None) is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(_ANSWER_S)
            with contextlib.closing(connection):
                connection.connect(str(self._path))
                self._own.lines = connection.makefile("rw")
        return self._own.lines
