"""Opening the browser of the person who started the app."""

from __future__ import annotations

import re
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from core.web import desktop
from core.web.desktop import has_desktop, open_browser
from tests.support.polling import eventually

LINK = "http://localhost:8501/login?link=" + "a" * 43


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_where_there_is_a_desktop(environment: dict[str, str], platform: str, *, expected: bool) -> None:
    """A browser that nobody would see is not opened."""
    assert has_desktop(environment, platform) is expected


def test_the_browsers_command_line_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets the address of a private file, which leads to the link."""
    opened: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    folder = tmp_path / "with space & é"
    folder.mkdir()
    open_browser(LINK, folder)
    eventually(lambda: bool(opened), timeout=5, seen=lambda: opened)
    [url] = opened
    assert "a" * 43 not in url
    page = Path(unquote(urlsplit(url).path))
    assert page.stat().st_mode & 0o777 == 0o600
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.read_text())
    assert found
    assert found[1] == LINK


def test_no_desktop_no_browser_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left lying about."""
    monkeypatch.setattr(desktop, "has_desktop", lambda _: False)
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("nobody would see it"))
    open_browser(LINK, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_the_browser_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line that was printed is still there."""
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("there is nothing to open"))
    desktop._open(LINK, tmp_path / "none")
