"""What waits for the disk: written once, kept when the disk refuses, and never held up by it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.buffers import Buffer, WriteBehind


@dataclass(slots=True)
class Words(Buffer):
    """A list of words as one instance's changes."""

    words: list[str] = field(default_factory=list)
    disk: list[str] = field(default_factory=list)
    on_write: Callable[[], None] = lambda: None

    def add(self, word: str) -> None:
        with self.changed:
            self.words.append(word)

    def unwritten(self) -> int:
        return len(self.words)

    def write(self) -> None:
        with self.changed:
            rows = list(self.words)
        self.on_write()
        self.disk.extend(rows)
        with self.changed:
            del self.words[: len(rows)]


class Book(WriteBehind[Words]):
    def __init__(self) -> None:
        self.made: list[str] = []
        super().__init__(self._open)

    def _open(self, instance_id: str) -> Words:
        self.made.append(instance_id)
        return Words(Path(instance_id))

    def of(self, instance_id: str) -> Words:
        return self._buffer(instance_id)


def test_asking_makes_no_buffer() -> None:
    """An instance without changes costs nothing, and there is nothing to write."""
    book = Book()
    assert (book.unwritten("a"), book.flush("a"), book.made) == (0, True, [])


def test_each_instance_has_one_buffer_of_its_own() -> None:
    """Made at its first use, and flushed without the others."""
    book = Book()
    book.of("a").add("um")
    book.of("b").add("dois")
    assert book.of("a") is book.of("a")
    assert (book.made, book.flush("a")) == (["a", "b"], True)
    assert (book.unwritten("a"), book.unwritten("b")) == (0, 1)
    assert (book.of("a").disk, book.of("b").disk) == (["um"], [])


def test_a_disk_that_refuses_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """All of it waits on, and the log says how much; the next flush writes it once."""

    def refuse() -> None:
        raise StorageUnavailableError("disk-full")

    book = Book()
    words = book.of("a")
    words.add("um")
    words.on_write = refuse
    assert not book.flush("a")
    assert "book: 1 changes kept in memory: disk-full" in caplog.text
    words.on_write = lambda: None
    assert (book.flush("a"), words.disk, book.unwritten("a")) == (True, ["um"], 0)


def test_a_slow_disk_holds_up_no_change() -> None:
    """A change that comes while the disk writes is taken at once, and waits for the next flush."""
    book, writing, go_on = Book(), threading.Event(), threading.Event()
    words = book.of("a")
    words.add("um")

    def slow() -> None:
        writing.set()
        assert go_on.wait(5)

    words.on_write = slow
    flushing = threading.Thread(target=book.flush, args=("a",))
    flushing.start()
    assert writing.wait(5)
    words.add("dois")
    assert book.unwritten("a") == 2
    go_on.set()
    flushing.join(5)
    assert (words.disk, book.unwritten("a")) == (["um"], 1)
