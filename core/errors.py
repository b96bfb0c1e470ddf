"""What can go wrong, grouped by what happens next.

The *type* of an error says what the caller does; its ``code`` says why, is stable, and is what a page turns
into a sentence. An exception outside this family is a bug: log it with its traceback.
"""

from __future__ import annotations


class AppError(Exception):
    """Base of every error that a person may be told about.

    ``code`` is stable and machine-readable (``name-empty``); ``detail`` is a short fact for the sentence (a
    path, a limit), never a secret, a message text or a full number.
    """

    def __init__(self, code: str, *, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class InvalidInputError(AppError):
    """The person corrects what was typed and tries again."""


class UnknownInstanceError(AppError):
    """No instance has that id (any more)."""

    def __init__(self, instance_id: str) -> None:
        super().__init__("instance-unknown", detail=instance_id[:64])


class NotConnectedError(AppError):
    """The instance must be connected first."""

    def __init__(self) -> None:
        super().__init__("not-connected")


class LimitReachedError(AppError):
    """A rule of use says no for now; ``detail`` holds the limit or the seconds to wait."""


class StorageUnavailableError(AppError):
    """``AUTH_DIR`` cannot be used now; the registry keeps trying by itself."""


class CorruptFileError(AppError):
    """A file on disk cannot be read as what it should be; it is set aside, never deleted."""


class WorkerLostError(AppError):
    """The worker process is gone or never came up; its supervisor starts another."""


class SettingError(AppError):
    """An environment variable has a value that cannot be used; the process does not start.

    ``value`` is None when it is a secret: it is not shown then.
    """

    def __init__(self, name: str, value: str | None, allowed: str) -> None:
        shown = name if value is None else f"{name}={value!r}"
        super().__init__("setting-invalid", detail=f"{shown} is not usable; allowed: {allowed}")
