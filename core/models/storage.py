"""Whether the folder that holds the sessions can be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class StorageProblem(StrEnum):
    """Why ``AUTH_DIR`` or a file in it cannot be used now: codes of ``StorageUnavailableError``."""

    CLOSING = "closing"
    """The process is about to end."""
    LOCKED = "auth-dir-locked"
    """Another process owns the folder; the detail says which."""
    READ_ONLY = "auth-dir-read-only"
    DENIED = "auth-dir-denied"
    NOT_A_FOLDER = "auth-dir-not-a-folder"
    GONE = "auth-dir-gone"
    """Nothing is there any more."""
    REPLACED = "auth-dir-replaced"
    """Another folder is there, an unmounted disk's empty mount point, or ours without what was in it."""
    DISK_FULL = "disk-full"
    ERROR = "auth-dir-error"
    """Any other error of the system; the detail is its text."""
    HISTORY_UNWRITABLE = "history-unwritable"
    """An instance's messages cannot be written; the detail is SQLite's error."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to stored data and that the owner should know; ``code`` becomes a sentence."""

    code: str
    instance_id: str
    detail: str
    """The name of the file that was set aside."""
    at: float


@dataclass(frozen=True, slots=True)
class StorageView:
    """State of ``AUTH_DIR`` as a page sees it."""

    auth_dir: str
    ready: bool
    """True when this process owns the folder and its instances are loaded."""
    problem: str = ""
    """Stable code of why it is not ready; empty while opening or when ready."""
    detail: str = ""
    trouble: str = ""
    """Stable code of why nothing can be stored now although it was ready; the instances wait meanwhile.

    A ``StorageProblem``. Goes by itself when the cause does.
    """
    trouble_detail: str = ""
    notices: tuple[Notice, ...] = field(default=())
