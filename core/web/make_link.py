"""``make link``: prints a fresh sign-in link for the app that runs on ``AUTH_DIR``.

It writes the link to a file that only the app's user can write, and the app looks there when a link is used:
the file system proves the person, and no address of the network has to be opened for it.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Final
from urllib.parse import urlsplit

from core.errors import SettingError
from core.locale import translation
from core.settings import Settings, read_settings
from core.store.owner_lock import is_owned
from core.store.sign_in_link import read_link, replace_link
from core.web.auth.public_paths import SIGN_IN
from core.web.auth.sign_in_link import announce, fresh_link

_ANSWERS_WITHIN_S: Final = 2.0


class NoLinkError(Exception):
    """There is no app that would take a link. Carries a sentence, already translated."""


def main() -> int:
    """Print a link, or the reason why there is none; return the exit code."""
    try:
        announce(renew_link(read_settings()))
    except SettingError as error:
        sys.exit(error.detail)
    except NoLinkError as error:
        sys.exit(str(error))
    return 0


def renew_link(settings: Settings) -> str:
    """Return a fresh address for the running app; earlier ones stop working. Raises NoLinkError."""
    _ = translation(settings.language).gettext
    base = _running_base(settings)
    address = fresh_link(base)
    try:
        replace_link(settings.auth_dir, address)
    except OSError as error:
        problem = _("The link could not be written to {folder}: {problem}")
        raise NoLinkError(problem.format(folder=settings.auth_dir, problem=error.strerror)) from error
    return address


def _running_base(settings: Settings) -> str:
    """Return what links to the running app begin with. Raises NoLinkError."""
    base, query, _word = read_link(settings.auth_dir).partition(f"{SIGN_IN}?link=")
    if not query or not _answers(base):
        raise NoLinkError(_why_none(settings, has_link=bool(query)).format(folder=settings.auth_dir))
    return base + query


def _why_none(settings: Settings, *, has_link: bool) -> str:
    """Return the sentence for a folder without an app that takes links; it has a place for the folder."""
    _ = translation(settings.language).gettext
    if settings.auth_dir.exists() and not os.access(settings.auth_dir, os.R_OK | os.X_OK):
        return _("The folder {folder} belongs to another user. Ask for the link as that user.")
    if not has_link and is_owned(settings.auth_dir):
        return _("The app on {folder} has a password or an identity provider. Sign in with that.")
    return _("No app runs on {folder}. If one runs elsewhere, set AUTH_DIR to its folder; if not: make run.")


def _answers(base: str) -> bool:
    """Return whether something listens there: an app that was killed leaves its link behind."""
    try:
        address = urlsplit(base)
        socket.create_connection((address.hostname or "", address.port or 0), _ANSWERS_WITHIN_S).close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
