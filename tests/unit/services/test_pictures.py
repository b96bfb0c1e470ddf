"""Profile pictures: from WhatsApp's hosts only, and nothing that is no picture."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from typing import Any

import pytest
from PIL import Image

from core.services import pictures

URL = "https://pps.whatsapp.net/v/face.jpg?oh=1"


def face(form: str = "JPEG", size: tuple[int, int] = (96, 96)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size).save(data, form)
    return data.getvalue()


def answering(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> list[str]:
    """The addresses that were asked; each answers so."""
    asked: list[str] = []

    def open_(_self: Any, url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        assert timeout == pictures.WITHIN_S
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", open_)
    return asked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://pps.whatsapp.net/v/face.jpg",
        "https://pps.whatsapp.net.example.com/face.jpg",
        "https://examplewhatsapp.net/face.jpg",
        "https://whatsapp.net@example.com/face.jpg",
        "https://pps.whatsapp.net:8443/face.jpg",
        "https://127.0.0.1/face.jpg",
        "https://[::1/face.jpg",
        "file:///etc/passwd",
    ],
)
def test_nobody_else_is_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Whatever address the server gives: it never leads elsewhere."""
    asked = answering(monkeypatch, face())
    assert pictures.fetch(url) == b""
    assert asked == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """From where it lies."""
    asked = answering(monkeypatch, face(form))
    assert pictures.fetch(URL) == face(form)
    assert asked == [URL]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        face()[:100],
        face("GIF"),
        face(size=(2001, 2000)),
        face() + bytes(pictures.LIMIT),
        urllib.error.URLError("gone"),
        TimeoutError(),
    ],
    ids=["nothing", "page", "half", "another format", "too wide", "too heavy", "unreachable", "slow"],
)
def test_anything_else_is_no_picture(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> None:
    """The check goes on without one."""
    answering(monkeypatch, answer)
    assert pictures.fetch(URL) == b""


def test_a_redirect_is_not_followed() -> None:
    """It could lead into this machine's own network."""
    handler = pictures._NoRedirect()
    assert handler.redirect_request() is None  # type: ignore[func-returns-value]
