"""Services that break once, in all the ways that nobody foresaw, and then work."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

Page = Callable[..., AppTest]
NUMBER: Final = "+55 11 91234-5678"
SENTENCE: Final = "Ocorreu um erro interno"
BREAKS: Final = (
    Image.DecompressionBombError("60000 x 60000"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    LookupError("unknown encoding"),
    RuntimeError("boom"),
    RecursionError(),
    ZeroDivisionError(),
)


each_break = pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
"""For tests that take what breaks as their ``error``."""


class Breaks:
    """A service that breaks as often as it is told to, and then works."""

    def __init__(self, error: Exception, works: Callable[..., Any], *, times: int = 1) -> None:
        self._error, self._works, self._left = error, works, times

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._left -= 1
        if self._left >= 0:
            raise self._error
        return self._works(*args, **named)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def logged(caplog: pytest.LogCaptureFixture, error: Exception) -> bool:
    """Whether the traceback is in the log."""
    return any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "JPEG")
    return made.getvalue()
