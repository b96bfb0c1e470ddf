"""Why the persistence light is as it is, in plain words, by the reasons of ``core.services.persistence``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.sentences import Sentence

REASONS: Final[Mapping[str, Sentence]] = {
    "auth-dir-not-set": Sentence(
        N_("AUTH_DIR is not set, so the sessions are in a temporary folder ({detail})."),
        N_("The next deploy takes them along."),
    ),
    "covered-by-root": Sentence(
        N_("No disk is mounted where the sessions are: they lie on the container’s own files ({detail})."),
        N_("The next deploy takes them along."),
    ),
    "temporary-file-system": Sentence(
        N_("The sessions are in memory or in a temporary layer ({detail})."),
        N_("The next restart takes them along."),
    ),
    "temporary-folder": Sentence(
        N_("The sessions are in a folder that the system clears ({detail})."), N_("Move AUTH_DIR to a disk.")
    ),
    "not-proven": Sentence(N_("A disk is mounted here. The next deploy will prove it.")),
    "restarts-only": Sentence(N_("Restarts were survived, a deploy not yet: only that proves the disk.")),
    "own-machine": Sentence(
        N_("The sessions are on this machine’s own disk. Its next reboot will prove that they stay.")
    ),
    "own-machine-unread": Sentence(
        N_("The sessions are on this machine’s own disk. This system gives no way to prove that they stay.")
    ),
    "anonymous-volume": Sentence(
        N_("The Docker volume has no name, so the next container may get an empty one."),
        N_("Give it a name."),
    ),
    "disk-changed": Sentence(
        N_("The folder came here from another disk, and this one has not proven itself yet.")
    ),
    "not-recorded": Sentence(
        N_("This start could not be written down, because the disk is full or read-only."),
    ),
    "outlived-deploy": Sentence(N_("What is stored here outlived a deploy.")),
    "outlived-reboot": Sentence(N_("What is stored here outlived a reboot of the machine.")),
    "opening": Sentence(N_("The folder of the sessions is not open yet.")),
    "mounts-unreadable": Sentence(N_("This system does not tell where the sessions are kept.")),
}
"""``{detail}`` is what covers the folder: its mount point and the type of its file system."""
