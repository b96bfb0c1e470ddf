"""The daily backup, as the diagnostics see it."""

from __future__ import annotations

import pytest

from core.hosting.checks.backup import OLD_S, backup_check
from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict
from core.models.moving.backup import BackupsView

NOW = 1_700_000_000.0
WHEN = "2023-11-14 22:13 UTC"


@pytest.mark.parametrize(
    ("view", "verdict", "reason", "value"),
    [
        (BackupsView(), Verdict.UNKNOWN, SelfCheckReason.BACKUP_OFF, ""),
        (BackupsView(scheduled=True), Verdict.UNKNOWN, SelfCheckReason.BACKUP_NOT_YET, ""),
        (BackupsView(scheduled=True, failed_at=NOW), Verdict.BAD, SelfCheckReason.BACKUP_FAILED, ""),
        (
            BackupsView(scheduled=True, last_good_at=NOW, failed_at=NOW),
            Verdict.BAD,
            SelfCheckReason.BACKUP_FAILED,
            WHEN,
        ),
        (BackupsView(scheduled=True, last_good_at=NOW), Verdict.GOOD, "", WHEN),
    ],
)
def test_how_it_stands(view: BackupsView, verdict: Verdict, reason: str, value: str) -> None:
    """Off is no fault, a failure is one, and the age of the last good one is told."""
    assert backup_check(view, now=NOW) == Check(SelfCheck.BACKUP, verdict, reason, value)


def test_one_that_is_two_days_old_is_told() -> None:
    """The process may have been off, or without a linked instance."""
    view = BackupsView(scheduled=True, last_good_at=NOW)
    assert backup_check(view, now=NOW + OLD_S).verdict is Verdict.GOOD
    assert backup_check(view, now=NOW + OLD_S + 1).reason == SelfCheckReason.BACKUP_OLD
