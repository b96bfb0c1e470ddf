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

    faces.refresh("a", "1", look)
    assert faces.find("a", "1") == ""
    free.set()
    assert eventually(lambda: faces.find("a", "1"), timeout=5, seen=str) == "data:image/jpeg;base64,AA"


def test_it_is_asked_seldom() -> None:
    """Once in twelve hours, however often the list is drawn; of each instance."""
    clock, asked = Clock(), []
    faces = Faces(clock=clock)

    def look(name: str) -> str:
        asked.append(name)
        return name

    for _ in range(3):
        for name in ("a", "b"):
            faces.refresh(name, "1", lambda name=name: look(name))  # type: ignore[misc]
    eventually(lambda: faces.find("a", "1") and faces.find("b", "1"), timeout=5, seen=str)
    assert sorted(asked) == ["a", "b"]
    clock.now += FRESH_S + 1
    faces.refresh("a", "1", lambda: look("again"))
    assert eventually(lambda: faces.find("a", "1") == "again", timeout=5, seen=str)


@pytest.mark.parametrize("error", [NotConnectedError(), RuntimeError("over"), ValueError("a bug")])
def test_a_look_that_fails_keeps_what_is_known(error: Exception) -> None:
    """The others are looked up, and what failed in a known way is tried again soon."""
    clock = Clock()
    faces = Faces(clock=clock)

    def fail() -> str:
        raise error

    faces.refresh("a", "1", fail)
    faces.refresh("b", "1", lambda: "b")
    assert eventually(lambda: faces.find("b", "1"), timeout=5, seen=str) == "b"
    assert faces.find("a", "1") == ""
    clock.now += RETRY_S + 1
    faces.refresh("a", "1", lambda: "a")
    if not isinstance(error, ValueError):
        assert eventually(lambda: faces.find("a", "1"), timeout=5, seen=str) == "a"


def test_another_account_has_another_face() -> None:
    """Linked anew, or deleted: the picture before is shown no more, and a late answer about it neither."""
    faces, free = Faces(), threading.Event()
    faces.refresh("a", "1", lambda: "one")
    eventually(lambda: faces.find("a", "1") == "one", timeout=5, seen=str)
    assert faces.find("a", "2") == ""

    def late() -> str:
        free.wait(5)
        return "two"

    faces.refresh("a", "2", late)
    faces.refresh("a", "3", lambda: "three")
    free.set()
    eventually(lambda: faces.find("a", "3") == "three", timeout=5, seen=str)
    assert faces.find("a", "2") == ""
    faces.forget("a")
    assert faces.find("a", "3") == ""


def test_only_so_many_are_kept() -> None:
    """Those that were looked up first go; one that is looked up again comes back."""
    faces = Faces(most=2)
    for name in ("a", "b", "c"):
        faces.refresh(name, "1", lambda name=name: name)  # type: ignore[misc]
        eventually(lambda name=name: faces.find(name, "1") == name, timeout=5, seen=str)  # type: ignore[misc]
    assert [faces.find(name, "1") for name in ("a", "b", "c")] == ["", "b", "c"]
    faces.refresh("a", "1", lambda: "a")
    assert eventually(lambda: faces.find("a", "1") == "a", timeout=5, seen=str)
