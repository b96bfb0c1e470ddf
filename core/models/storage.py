"""Whether the folder that holds the sessions can be used."""

from __future__ import annotations

from dataclasses import dataclass, field


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

    ``disk-full``, ``auth-dir-read-only``, ``auth-dir-denied``, ``auth-dir-gone``, ``auth-dir-replaced``,
    ``auth-dir-locked``, ``auth-dir-error``. Goes by itself when the cause does.
    """
    trouble_detail: str = ""
    notices: tuple[Notice, ...] = field(default=())
