"""The typeface for the pages before the app."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import FileResponse

from core.web import typeface


def answer() -> int:
    """Status of the answer."""
    return asyncio.run(typeface.typeface(Request({"type": "http", "headers": []}))).status_code


def test_the_installed_streamlit_brings_the_typeface() -> None:
    """Another version of it that calls the file otherwise shows up here."""
    response = asyncio.run(typeface.typeface(Request({"type": "http", "headers": []})))
    assert isinstance(response, FileResponse)
    assert Path(response.path).read_bytes().startswith(b"wOF2")


def test_without_it_a_page_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised."""
    monkeypatch.setattr(typeface, "streamlit_file", lambda _kind, _pattern: None)
    assert answer() == 404
