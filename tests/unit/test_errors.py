"""The error family: stable codes, and nothing of an attacker's text in full."""

from __future__ import annotations

import pytest

from core import errors
from core.errors import AppError, InvalidInputError, SettingError, UnknownInstanceError


def test_every_error_is_of_the_family() -> None:
    """An exception outside it is a bug and is logged as one; inside it, its type says what happens next."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and kind.__module__ == errors.__name__
    ]
    assert AppError in kinds
    assert all(issubclass(kind, AppError) for kind in kinds)


def test_an_error_carries_its_code_and_a_fact() -> None:
    """Both are attributes; the text shows them for the log."""
    error = InvalidInputError("name-too-long", detail="60")
    assert (error.code, error.detail, str(error)) == ("name-too-long", "60", "name-too-long: 60")
    assert str(InvalidInputError("name-empty")) == "name-empty"


def test_an_unknown_id_is_cut() -> None:
    """What came from an address is not repeated without end."""
    error = UnknownInstanceError("x" * 10_000)
    assert (error.code, error.detail) == ("instance-unknown", "x" * 64)


def test_details_are_named() -> None:
    """Only by keyword: a code and a detail cannot be mixed up."""
    with pytest.raises(TypeError):
        AppError("code", "detail")  # type: ignore[call-arg]


def test_a_setting_error_shows_what_cannot_be_seen() -> None:
    """A line break or a space in a value is visible."""
    assert "LOG_LEVEL='a\\n '" in SettingError("LOG_LEVEL", "a\n ", "INFO").detail
