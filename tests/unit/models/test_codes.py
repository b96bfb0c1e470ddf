"""Reason codes: stored and sent as they always were."""

from __future__ import annotations

import re

import pytest

from core.errors import AppError, NotConnectedError, UnknownInstanceError
from core.models.codes import FAMILIES, Code, InputCode, SignInCode


@pytest.mark.parametrize("code", [code for family in (*FAMILIES, SignInCode) for code in family])
def test_a_code_is_its_text(code: Code) -> None:
    """Small letters with hyphens; as text, in a format and in an error it is its value."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert f"{code}" == str(code) == code.value


def test_an_error_carries_plain_text() -> None:
    """What is stored or compared by its kind never sees the enum."""
    error = AppError(InputCode.NAME_EMPTY)
    assert type(error.code) is str
    assert (error.code, str(error), repr(error)) == ("name-empty", "name-empty", "AppError('name-empty')")
    assert str(AppError(InputCode.NAME_TAKEN, detail="Loja")) == "name-taken: Loja"
    assert AppError("wa-error-463").code == "wa-error-463"
    assert (NotConnectedError().code, UnknownInstanceError("x").code) == ("not-connected", "instance-unknown")
