"""Waiting for something to become true, without a fixed sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

POLL_S: Final = 0.02


def eventually(look: Callable[[], T | None], *, timeout: float, seen: Callable[[], object]) -> T:
    """Call `look` until it gives something true; gives that.

    Raises `AssertionError` with what `seen` says after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {seen()}")
        time.sleep(POLL_S)
