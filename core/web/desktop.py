"""Opening the browser of the person who started the app, where there is a desktop."""

from __future__ import annotations

import logging
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from html import escape
from pathlib import Path

from core.store.sign_in_link import write_redirect

log = logging.getLogger(__name__)


def has_desktop(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Return True when a browser that is opened here would be seen by the person who started the app."""
    if environment.get("SSH_CONNECTION"):
        return False
    return platform in ("win32", "darwin") or bool(
        environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )


def open_browser(address: str, auth_dir: Path) -> None:
    """Open ``address`` in the person's browser if there is a desktop. Returns at once."""
    if has_desktop(os.environ):
        threading.Thread(target=_open, args=(address, auth_dir), name="browser", daemon=True).start()


def _open(address: str, auth_dir: Path) -> None:
    # By way of a file: everybody on the machine can read the command line of a browser.
    target = escape(address, quote=True)
    page = (
        '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">{target}</a>'
    )
    try:
        webbrowser.open(write_redirect(auth_dir, page).as_uri())
    except (OSError, webbrowser.Error) as error:
        log.info("no browser was opened: %s", type(error).__name__)
