"""The browser that tests drive: Chromium's headless shell, else a whole Chromium, else Playwright's own.

The shell draws no window around the page and takes half the processor time: 0.5 s a visit, not 1 (measured).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.support.apt import install, may_install

_SHELL: Final = "chromium-headless-shell"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Nothing but the page under test may use the network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # A microphone that beeps, for voice notes.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
SHORT_LIVED: Final = ("--process-per-site", "--js-flags=--no-opt --no-maglev")
"""For pages that live for seconds: scripts are compiled once for all tabs of a window, never optimised."""


def installed_browser() -> str:
    """Path of a system browser, the lightest first; empty when there is none."""
    return next((path for name in (_SHELL, *_NAMES) if (path := shutil.which(name))), "")


def playwright_browser() -> str:
    """Path of the browser that Playwright downloaded; empty when there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def ensure_browser() -> tuple[str, str]:
    """A browser's path and where it is from, installing one when there is none. Raises RuntimeError."""
    if path := shutil.which(_SHELL):
        return path, "already on this system"
    if may_install():
        whole = installed_browser()
        install(_SHELL, tries=1 if whole else 3)
        if path := shutil.which(_SHELL):
            return path, "installed with apt-get"
    if path := installed_browser():
        return path, "already on this system"
    if may_install():
        install("chromium", tries=3)
        if path := installed_browser():
            return path, "installed with apt-get"
    if not (path := playwright_browser()):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        path = playwright_browser()
    if path:
        return path, "Playwright's own"
    raise RuntimeError("no Chromium: none installed, and neither apt-get nor Playwright could bring one")


if __name__ == "__main__":
    found, source = ensure_browser()
    print(f"browser: {found} ({source})")
