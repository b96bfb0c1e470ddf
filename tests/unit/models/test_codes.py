"""Reason codes: every member is given somewhere, and none means two things."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from core.models import codes
from core.settings import ROOT

CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "core").rglob("*.py"))
    if path.name != "codes.py"
)


@pytest.mark.parametrize("family", [*codes.FAMILIES, codes.SignInCode], ids=lambda family: family.__name__)
def test_every_code_is_given_somewhere(family: type[StrEnum]) -> None:
    """By its member, written out, or put together from a prefix and the rest (`file-` and `damaged`)."""
    unused = [str(member) for member in family if not _given(family.__name__, member)]
    assert unused == []


def _given(family: str, member: StrEnum) -> bool:
    endings = [member.value[at.end() :] for at in re.finditer("-", member.value)]
    texts = "|".join(map(re.escape, [member.value, *endings]))
    return f"{family}.{member.name}" in CODE or bool(re.search(rf"[\"'}}-](?:{texts})[\"']", CODE))


def test_codes_are_lower_case_words_with_hyphens() -> None:
    """They stand in JSON, on disk and in addresses."""
    for family in codes.FAMILIES:
        for member in family:
            assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", member.value)
