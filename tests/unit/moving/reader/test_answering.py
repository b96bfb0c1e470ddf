"""What the reader's processes share: every failure is an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader.answering import address_space, answer_with
from core.moving.reader.protocol import Request, Task, decode_answer
from core.moving.reader.sources import Source


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MoveRefusedError(MoveCode.KEYS_WRONG, "x"), MoveCode.KEYS_WRONG),
        (MemoryError(), MoveCode.TOO_LARGE),
        (RuntimeError(), MoveCode.DAMAGED),
    ],
)
def test_a_source_that_fails_is_an_answer(tmp_path: Path, error: Exception, code: MoveCode) -> None:
    """By the code that says why."""

    @contextmanager
    def fails(_request: Request) -> Iterator[Source]:
        raise error
        yield

    request = Request.make(Task.INSPECT, path=tmp_path, scratch=tmp_path)
    assert decode_answer(answer_with(fails, request.encoded())).code == code


def test_there_is_some_memory_before_anything_is_read() -> None:
    """A limit below it would end the process at once."""
    assert address_space() > 1 << 20
