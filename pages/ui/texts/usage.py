"""Why a measurement failed, and what runs out, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message
from pages.ui.texts.storage import STORAGE

WARNINGS: Final[Mapping[str, Message]] = {
    "disk-80": Message(
        N_("The disk is used to more than 80 %"),
        N_("Enlarge it soon, or empty the trash. A disk can grow while the app runs; it can never shrink."),
    ),
    "disk-95": Message(
        N_("The disk is used to more than 95 %"),
        N_(
            "Enlarge it now, or empty the trash. With a full disk nothing new is stored: "
            "no pairing, no history. A "
            "disk can grow while the app runs; it can never shrink."
        ),
    ),
    "inodes-80": Message(
        N_("The number of files that fit on this disk is used to more than 80 %"),
        N_("Empty the trash, or enlarge the disk: more files fit on a larger one."),
    ),
    "inodes-95": Message(
        N_("The number of files that fit on this disk is used to more than 95 %"),
        N_("Empty the trash or enlarge the disk now: soon nothing new can be stored."),
    ),
}
"""What runs out, and what to do."""

FAILURES: Final[Mapping[str, Message]] = {
    **{code: sentence for code, sentence in STORAGE.items() if code},
    "usage-incomplete": Message(
        N_("Something in the folder could not be looked at, so the figures may be too small."),
        N_("Look at “Permissions of the folder” on the page “Diagnostics”."),
    ),
}
"""Why the newest measurement failed."""
