"""Questions and findings of the guide in plain words, by the codes of ``core.models.persistence``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message
from pages.ui.texts.persistence import REASONS
from pages.ui.texts.storage import PROBLEMS

QUESTIONS: Final[Mapping[str, Message]] = {
    "disk-attached": Message(N_("Is there a disk?"), N_("A disk of its own is mounted.")),
    "mounted-where": Message(N_("Where is it mounted?"), N_("The sessions lie under it.")),
    "auth-dir-set": Message(N_("Is AUTH_DIR set?"), N_("This is the folder of the sessions.")),
    "auth-dir-on-disk": Message(N_("Is AUTH_DIR on the disk?"), N_("The folder is on a disk that can last.")),
    "writable": Message(N_("Can this app write there?"), N_("A test file was written just now.")),
    "redeployed": Message(N_("Did it survive a deploy?"), N_("How often everything was found again.")),
    "sessions-restored": Message(N_("Did the sessions come back?"), N_("Linked sessions found at startup.")),
    "path-in-use": Message(N_("Which folder is used?"), N_("The log names the same folder.")),
    "marker-kept": Message(
        N_("Since when is the folder the same?"), N_("The first start on record is still there.")
    ),
    "unlinked-by-phone": Message(
        N_("Did the phone disconnect any?"), N_("No instance was logged out by WhatsApp or on the phone.")
    ),
    "single-owner": Message(N_("Is this the only copy?"), N_("No other copy of this app uses the sessions.")),
    "folder-exists": Message(N_("Is the folder there?"), N_("It exists and can be entered.")),
    "folder-owner": Message(N_("Whose folder is it?"), N_("This app may write into it.")),
    "mount-writable": Message(N_("Is the disk writable?"), N_("It is mounted for reading and writing.")),
    "mount-path": Message(N_("Is the mount path right?"), N_("It has no slash at its end.")),
    "disk-room": Message(N_("Is there room?"), N_("The disk still has space.")),
}
"""By code: what is asked, and what it means that all is well."""


_STEP_1: Final = N_("See step 1 of this guide.")
_STEP_2: Final = N_("See step 2 of this guide.")
SEE_STEPS: Final = frozenset({_STEP_1, _STEP_2})
NOT_YET: Final = frozenset(
    {
        "no-disk",
        "disk-elsewhere",
        "auth-dir-not-set",
        "covered-by-root",
        "temporary-file-system",
        "temporary-folder",
    }
)
"""Reasons that only say that a step of the guide was not taken yet."""

FINDINGS: Final[Mapping[str, Message]] = {
    **PROBLEMS,
    **REASONS,
    "auth-dir-not-set": Message(N_("AUTH_DIR is not set, so a temporary folder is used."), _STEP_2),
    "auth-dir-default": Message(N_("AUTH_DIR is not set, so the folder beside the app is used."), _STEP_2),
    "covered-by-root": Message(
        N_("No disk is mounted there: the folder lies on the container’s own files, which a deploy removes."),
        _STEP_1,
    ),
    "temporary-file-system": Message(
        N_("The folder is in memory or in a temporary layer, which a restart removes."),
        _STEP_1,
    ),
    "temporary-folder": Message(N_("The folder is one that the system clears."), _STEP_2),
    "no-disk": Message(N_("No disk is mounted."), _STEP_1),
    "disk-elsewhere": Message(
        N_("There is a disk ({detail}), but the sessions are not on it."),
        N_("Set AUTH_DIR to a folder on that disk."),
    ),
    "not-redeployed": Message(
        N_("This is the first start that is on record here."), N_("Deploy once more to confirm.")
    ),
    "restarts-only": Message(
        N_("Only restarts of the same container so far."), N_("Deploy once more to confirm.")
    ),
    "not-rebooted": Message(
        N_("This computer was not restarted since."), N_("Nothing to do: the next restart confirms it.")
    ),
    "machine-unknown": Message(N_("This system does not tell one start from another.")),
    "nothing-to-restore": Message(
        N_("No instance was linked before this start, so there was nothing to bring back."),
        N_("Link one, then restart."),
    ),
    "instances-gone": Message(
        N_("Instances that were here before are gone, and they are not in the trash either ({detail})."),
        N_("The disk was replaced, emptied or restored. Check which disk is attached."),
    ),
    "session-missing": Message(
        N_("Some instances have lost their session file ({detail})."), N_("Open them and link them again.")
    ),
    "folder-empty": Message(
        N_("The disk is empty since {detail}: nothing that was stored before was found."),
        N_("If there were instances before, it is another disk, or AUTH_DIR names another folder."),
    ),
    "path-is-link": Message(
        N_("The folder is a link that leads to {detail}."),
        N_("Set AUTH_DIR to the real folder on the disk."),
    ),
    "first-start": Message(
        N_("There are instances here, but no record of an earlier start."),
        N_("After an update of this app that is normal once. Otherwise the folder was copied."),
    ),
    "marker-damaged": Message(
        N_("The record of earlier starts was damaged. It was set aside, and the count starts again."),
        N_("If it happens again, the disk may be failing."),
    ),
    "unlinked-by-phone": Message(
        N_("The phone or WhatsApp has logged out {detail} of the instances. No disk can prevent that."),
        N_("Link them again. Open WhatsApp on the phone at least every 14 days."),
    ),
    "replaced-elsewhere": Message(
        N_("{detail} of the sessions were opened in another place at the same time."),
        N_("Close the other copy: a session works in one place only."),
    ),
    "auth-dir-missing": Message(
        N_("{detail} does not exist."), N_("Check that the disk is mounted, and that AUTH_DIR is right.")
    ),
    "owned-by-other": Message(
        N_("The folder belongs to another user, and this app may not write into it."),
        N_("Give it to the user that the app runs as (chown), or start the app as its owner."),
    ),
    "disk-hangs": Message(
        N_("The disk does not answer."),
        N_("Restart the service; if it goes on, ask the host about the disk."),
    ),
    "check-failed": Message(
        N_("This check could not finish."), N_("Show this page to whoever looks after the server.")
    ),
    "not-told": Message(N_("This system does not tell.")),
    "path-ends-with-slash": Message(
        N_("AUTH_DIR ends with a slash. Here it does no harm."),
        N_("In the mount path of the disk it does: write /data, not /data/."),
    ),
    "inodes-full": Message(
        N_("No more files fit on the disk."),
        N_("Empty the trash, or enlarge the disk. Never create it again."),
    ),
    "disk-full": Message(
        N_("The disk is full."), N_("Empty the trash, or enlarge the disk. Never create it again.")
    ),
}
"""By reason: what was found, and what to do."""
