"""Why the stored sessions cannot be used, and what happened to stored data, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message

PROBLEMS: Final[Mapping[str, Message]] = {
    "closing": Message(
        N_("The app is shutting down, so nothing more is done."), N_("Try again in a moment.")
    ),
    "auth-dir-locked": Message(
        N_("Another copy of this app is using the folder of the sessions ({detail})."),
        N_(
            "During an update this is normal: the old copy closes in a moment. Otherwise, close the other "
            "copy."
        ),
    ),
    "auth-dir-read-only": Message(
        N_("The folder of the sessions is read-only, so nothing can be stored in it."),
        N_("Ask whoever looks after the server to allow writing to it."),
    ),
    "auth-dir-not-a-folder": Message(
        N_("The place set up for the sessions is a file, not a folder."),
        N_("Ask whoever looks after the server to correct AUTH_DIR."),
    ),
    "auth-dir-denied": Message(
        N_("This app has no permission to use the folder of the sessions."),
        N_("Ask whoever looks after the server to give it permission."),
    ),
    "history-unwritable": Message(
        N_("The message could not be written down, so it was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "disk-full": Message(
        N_("The disk is full, so nothing can be stored."),
        N_("Ask whoever looks after the server to make room."),
    ),
    "auth-dir-gone": Message(
        N_("The folder of the sessions is gone: it was deleted, moved or renamed while the app was running."),
        N_(
            "Ask whoever looks after the server to put it back; do not restart the app before, or it begins "
            "with an empty folder."
        ),
    ),
    "auth-dir-replaced": Message(
        N_(
            "Another folder is in the place of the sessions, or an empty one: the disk was probably detached."
        ),
        N_(
            "Ask whoever looks after the server to attach the disk again; nothing is written to the folder "
            "that is there now. If it is meant to be used, restart the app."
        ),
    ),
    "auth-dir-error": Message(
        N_("The folder of the sessions cannot be used ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
}
"""Every ``StorageProblem``."""

STORAGE: Final[Mapping[str, Message]] = {
    "": Message(N_("Opening the folder where the sessions are kept…")),
    "opening": Message(N_("The folder of the sessions is not open yet."), N_("Try again in a moment.")),
    **PROBLEMS,
}
"""Why the stored sessions cannot be used now."""

NOTICES: Final[Mapping[str, Message]] = {
    "record-corrupt": Message(
        N_("The record of this instance could not be read. It was kept aside as {detail} and made anew."),
        N_("Check the instance's name."),
    ),
    "record-unreadable": Message(
        N_("This instance cannot be shown: its record cannot be read ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "session-corrupt": Message(
        N_("The session of this instance could not be read. It was kept aside as {detail}."),
        N_("Open the instance and link it again."),
    ),
    "session-missing": Message(
        N_("The stored session of this instance is gone."), N_("Open the instance and link it again.")
    ),
}
"""What happened to stored data."""
