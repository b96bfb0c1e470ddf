"""Who uploads when: clients that share threads must not hold each other up for minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from core.engine.upload_queue import SMALL, UploadQueue
from tests.support.polling import eventually


class Uploads:
    """Uploads that end when the test says so."""

    def __init__(self) -> None:
        self.queue = UploadQueue(4, each=2, large=3)
        self.begun: list[str] = []
        self._ends: dict[str, threading.Event] = {}

    def add(self, *names: str, size: int = SMALL) -> None:
        """Of the client that the first letter of each names."""
        for name in names:
            self._ends[name] = threading.Event()
            self.queue.submit(name[0], size, self._upload(name))

    def _upload(self, name: str) -> Callable[[], None]:
        def run() -> None:
            self.begun.append(name)
            self._ends[name].wait(10)

        return run

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    def end_all(self) -> None:
        self.end(*self._ends)

    def until(self, *names: str) -> None:
        """Wait until exactly these have begun."""
        eventually(lambda: sorted(self.begun) == sorted(names), timeout=5, seen=lambda: self.begun)
        assert self.queue._running.total() <= 4


@pytest.fixture
def uploads() -> Iterator[Uploads]:
    """They end with the test."""
    made = Uploads()
    yield made
    made.end_all()


def test_one_client_takes_half_of_the_threads_at_most(uploads: Uploads) -> None:
    """The others are for the others, also when it was first; its own go out in order."""
    uploads.add("a1", "a2", "a3", "a4", "b1")
    uploads.until("a1", "a2", "b1")
    uploads.end("a1")
    uploads.until("a1", "a2", "b1", "a3")


def test_a_small_file_waits_for_no_large_one_of_others(uploads: Uploads) -> None:
    """A thread is kept free of them; as soon as one ends, the next large one goes."""
    uploads.add("a1", "a2", "b1", "b2", "c1")
    uploads.until("a1", "a2", "b1")
    uploads.add("d1", size=SMALL - 1)
    uploads.until("a1", "a2", "b1", "d1")
    uploads.end("d1")
    uploads.add("e1", size=SMALL - 1)
    uploads.until("a1", "a2", "b1", "d1", "e1")
    uploads.end("a1")
    uploads.until("a1", "a2", "b1", "d1", "e1", "b2")


def test_small_ones_use_all_threads(uploads: Uploads) -> None:
    """Four at a time, whoever sends them."""
    uploads.add("a1", "a2", "b1", "b2", "c1", size=1)
    uploads.until("a1", "a2", "b1", "b2")
    uploads.end("b1")
    uploads.until("a1", "a2", "b1", "b2", "c1")


def test_a_client_that_has_ended_begins_nothing_more(uploads: Uploads) -> None:
    """What is under way goes on; the others do too."""
    uploads.add("a1", "a2", "a3", "b1")
    uploads.until("a1", "a2", "b1")
    uploads.queue.drop("a")
    uploads.end("a1", "a2")
    uploads.add("b2", "c1")
    uploads.until("a1", "a2", "b1", "b2", "c1")


def test_one_that_crashes_frees_its_thread(uploads: Uploads, caplog: pytest.LogCaptureFixture) -> None:
    """And is in the log."""

    def crash() -> None:
        raise RuntimeError("a bug")

    for _ in range(5):
        uploads.queue.submit("a", SMALL, crash)
    uploads.add("a1")
    uploads.until("a1")
    assert "upload crashed" in caplog.text
