"""Profile pictures in the background: nobody waits, nothing is asked twice, a failure is tried again."""

from __future__ import annotations

import threading

import pytest

from core.errors import NotConnectedError
from core.services.state.faces import FRESH_S, RETRY_S, Faces
from tests.support.polling import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_draw_does_not_wait_for_a_picture() -> None:
    """While a slow look goes on there is none; afterwards it is there."""
    faces, free = Faces(), threading.Event()

    def look() -> str:
        free.wait(5)
        return "data:image/jpeg;base64,AA"

    faces.refresh("a", look)
    assert faces.find("a") == ""
    free.set()
    assert eventually(lambda: faces.find("a"), timeout=5, seen=str) == "data:image/jpeg;base64,AA"


def test_it_is_asked_seldom() -> None:
    """Once in twelve hours, however often the list is drawn; of each instance."""
    clock, asked = Clock(), []
    faces = Faces(clock=clock)

    def look(name: str) -> str:
        asked.append(name)
        return name

    for _ in range(3):
        for name in ("a", "b"):
            faces.refresh(name, lambda name=name: look(name))  # type: ignore[misc]
    eventually(lambda: faces.find("a") and faces.find("b"), timeout=5, seen=str)
    assert sorted(asked) == ["a", "b"]
    clock.now += FRESH_S + 1
    faces.refresh("a", lambda: look("again"))
    assert eventually(lambda: faces.find("a") == "again", timeout=5, seen=str)


@pytest.mark.parametrize("error", [NotConnectedError(), RuntimeError("over"), ValueError("a bug")])
def test_a_look_that_fails_keeps_what_is_known(error: Exception) -> None:
    """The others are looked up, and what failed in a known way is tried again soon."""
    clock = Clock()
    faces = Faces(clock=clock)

    def fail() -> str:
        raise error

    faces.refresh("a", fail)
    faces.refresh("b", lambda: "b")
    assert eventually(lambda: faces.find("b"), timeout=5, seen=str) == "b"
    assert faces.find("a") == ""
    clock.now += RETRY_S + 1
    faces.refresh("a", lambda: "a")
    if not isinstance(error, ValueError):
        assert eventually(lambda: faces.find("a"), timeout=5, seen=str) == "a"
