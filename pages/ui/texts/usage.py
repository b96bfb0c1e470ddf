"""Why a measurement failed, and what runs out, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message
from pages.ui.texts.storage import STORAGE

WARNINGS: Final[Mapping[str, Message]] = {
    "disk-80": Message(
        N_("Disk use is above 80%"),
        N_("Enlarge it soon, or empty the trash. A disk can grow at any time, never shrink."),
    ),
    "disk-95": Message(
        N_("Disk use is above 95%"),
        N_("Enlarge it now, or empty the trash. With a full disk no pairing and no message is stored."),
    ),
    "inodes-80": Message(
        N_("This disk is close to its file-count limit (80%)"),
        N_("Empty the trash, or enlarge the disk: more files fit on a larger one."),
    ),
    "inodes-95": Message(
        N_("This disk is almost at its file-count limit (95%)"),
        N_("Empty the trash or enlarge the disk now: soon nothing new can be stored."),
    ),
}
"""What runs out, and what to do."""

FAILURES: Final[Mapping[str, Message]] = {
    **{code: sentence for code, sentence in STORAGE.items() if code},
    "usage-incomplete": Message(
        N_("Some files could not be measured, so the figures may be too small."),
        N_("See “Permissions of the folder” on the page “Checks”."),
    ),
}
"""Why the newest measurement failed."""
