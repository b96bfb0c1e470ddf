"""The browser that tests drive: a system Chromium or Chrome, else apt's, else Playwright's own download."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

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


def installed_browser() -> str:
    """Path of a system browser; empty when there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), "")


def playwright_browser() -> str:
    """Path of the browser that Playwright downloaded; empty when there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def ensure_browser() -> tuple[str, str]:
    """A browser's path and where it is from, installing one when there is none. Raises RuntimeError."""
    if path := installed_browser():
        return path, "already on this system"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            for _ in range(3):
                if (
                    subprocess.run(["apt-get", *command], stdout=subprocess.DEVNULL, check=False).returncode
                    == 0
                ):
                    break
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
