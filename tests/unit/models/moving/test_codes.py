"""Why a session cannot be moved: codes that lie in JSON and in records."""

from __future__ import annotations

import re

from core.models.moving.codes import MoveCode


def test_codes_are_lower_case_words_with_hyphens() -> None:
    """All of one family."""
    for member in MoveCode:
        assert re.fullmatch(r"move(?:-[a-z]+)+", member.value)
