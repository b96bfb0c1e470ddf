"""Deliveries: codes that lie on people's disks."""

from __future__ import annotations

import re

import pytest

from core.models.alerts.deliveries import DeliveryFailure, DeliveryState, Outcome
from core.models.alerts.incidents import NoticeKind, Trouble


@pytest.mark.parametrize("family", [DeliveryFailure, DeliveryState, NoticeKind, Trouble])
def test_codes_are_lower_case_words_with_hyphens(
    family: type[DeliveryFailure | DeliveryState | NoticeKind | Trouble],
) -> None:
    """As all codes."""
    assert all(re.fullmatch(r"[a-z]+(?:-[a-z]+)*", each) for each in family)


def test_an_outcome_is_a_success_unless_it_says_why_not() -> None:
    """Nothing is failed by default."""
    assert Outcome().failure is None
