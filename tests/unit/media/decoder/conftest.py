"""A child process that holds nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.media.untrusted import Decoders
from tests.support.media_tools import TOOLS


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """A child of this test's own; gives the most megabytes that it ever held."""
    monkeypatch.setattr(TOOLS, "decoders", Decoders(slow_s=60.0))
    yield lambda: _most_memory(TOOLS.decoders.slow.child.pid)
    TOOLS.decoders.close()


def _most_memory(pid: int) -> int:
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) // 1024
