"""The errors of this app, grouped by what happens next.

The *type* of an error says what the caller does; its ``code`` says why, is stable, and is what a page turns
into a sentence. An exception outside this family is a bug: log it with its traceback.
"""

from __future__ import annotations

from core.models.codes import Code, RefusalCode


class AppError(Exception):
    """Base of every error that a person may be told about.

    ``code`` is stable and machine-readable (``name-empty``): a member of ``core.models.codes``, or what the
    WhatsApp core gave (``wa-error-…``). ``detail`` is a short fact for the sentence (a path, a limit), never
    a secret, a message text or a full number.
    """

    def __init__(self, code: Code | str, *, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = str(code)
        self.detail = detail


class InvalidInputError(AppError):
    """An input that its author corrects; ``code`` is an ``InputCode``."""


class UnknownInstanceError(AppError):
    """An id that no instance has (any more)."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(RefusalCode.INSTANCE_UNKNOWN, detail=instance_id[:64])


class UnknownConversationError(AppError):
    """An id that no conversation of the instance has (any more)."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(RefusalCode.CONVERSATION_UNKNOWN, detail=conversation_id[:64])


class NotConnectedError(AppError):
    """An instance that must be connected first."""

    def __init__(self) -> None:
        super().__init__(RefusalCode.NOT_CONNECTED)


class LimitReachedError(AppError):
    """A rule of use that says no for now; ``detail`` holds the limit or the seconds to wait."""


class StorageUnavailableError(AppError):
    """An ``AUTH_DIR`` that cannot be used now; the registry keeps trying by itself."""


class CorruptFileError(AppError):
    """A file that cannot be read as what it should be; it is set aside, never deleted."""


class WorkerLostError(AppError):
    """A worker process that is gone or never came up; its supervisor starts another."""


class SettingError(AppError):
    """An environment variable whose value cannot be used; the process does not start.

    ``value`` is None when it is a secret: it is not shown then.
    """

    def __init__(self, name: str, value: str | None, allowed: str) -> None:
        shown = name if value is None else f"{name}={value!r}"
        super().__init__("setting-invalid", detail=f"{shown} is not usable; allowed: {allowed}")
