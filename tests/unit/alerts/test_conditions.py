"""Conditions: what counts as trouble, and what its owner did on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.alerts.conditions import backup_sign, disk_sign, engine_sign, instance_sign
from core.models.alerts.incidents import Condition, Trouble
from core.models.codes import StateReason
from core.models.diagnostics import EngineRelease
from core.models.health.sending import (
    NOTHING_KNOWN,
    Restriction,
    RestrictionLight,
    SendingHealth,
    SendingTrouble,
)
from core.models.instance import InstanceState
from core.models.moving.backup import BackupProblem, BackupsView
from tests.unit.services.conftest import view

S, C, T = InstanceState, Condition, Trouble


def aged(days: int) -> EngineRelease:
    return EngineRelease.of("0.5.2", date(2026, 1, 1), today=date(2026, 1, 1) + timedelta(days))


@pytest.mark.parametrize(
    ("state", "reason", "condition", "trouble"),
    [
        (S.CONNECTED, "", C.WELL, None),
        (S.LOGGED_OUT, StateReason.LOGGED_OUT, C.TROUBLED, T.LOGGED_OUT),
        (S.LOGGED_OUT, StateReason.SESSION_MISSING, C.TROUBLED, T.LOGGED_OUT),
        (S.LOGGED_OUT, StateReason.LOGGED_OUT_HERE, C.LEFT, None),
        (S.LOGGED_OUT, StateReason.REMOVED_HERE, C.LEFT, None),
        (S.FAILED, StateReason.STREAM_REPLACED, C.TROUBLED, T.FAILED),
        (S.FAILED, StateReason.TEMPORARY_BAN, C.TROUBLED, T.RESTRICTED),
        (S.FAILED, StateReason.BANNED_AGAIN, C.TROUBLED, T.RESTRICTED),
        (S.RECONNECTING, StateReason.DISCONNECTED, C.TROUBLED, T.OFFLINE),
        (S.STARTING, "", C.TROUBLED, T.OFFLINE),
        (S.PAIRING, "", C.TENDED, None),
        (S.STOPPED, "", C.LEFT, None),
        (S.STOPPED, StateReason.QR_EXPIRED, C.TENDED, None),
    ],
)
def test_a_linked_instance(
    state: InstanceState, reason: str, condition: Condition, trouble: Trouble | None
) -> None:
    """Its state and reason decide; nothing that was done on the pages is trouble."""
    sign = instance_sign(
        replace(view(), state=state, reason=reason, linked=True, phone="5511912345678"), now=0
    )
    assert (sign.condition, sign.trouble) == (condition, trouble)
    assert sign.subject == view().id


NOW = 1_800_000_000.0
FAILING = SendingHealth(trouble=SendingTrouble(NOW, 3, "no-ack"))
REFUSED = SendingHealth(restriction=Restriction(RestrictionLight.SUSPECTED, NOW))


@pytest.mark.parametrize(
    ("sending", "silent_days", "trouble"),
    [
        (FAILING, 0, T.CANNOT_SEND),
        (replace(FAILING, restriction=REFUSED.restriction), 11, T.CANNOT_SEND),
        (REFUSED, 11, T.NEW_REFUSED),
        (NOTHING_KNOWN, 10, T.PHONE_SILENT),
        (NOTHING_KNOWN, 9, None),
    ],
)
def test_a_connected_instance_may_have_trouble(
    sending: SendingHealth, silent_days: int, trouble: Trouble | None
) -> None:
    """Of several, the worst; once it is over, all is well."""
    silent_since = NOW - silent_days * 86_400
    of = replace(view(), state=S.CONNECTED, linked=True, sending=sending, phone_silent_since=silent_since)
    sign = instance_sign(of, now=NOW)
    assert (sign.condition, sign.trouble) == (C.TROUBLED if trouble else C.WELL, trouble)


@pytest.mark.parametrize("state", [S.STARTING, S.RECONNECTING, S.PAIRING, S.FAILED])
def test_a_first_pairing_is_no_trouble(state: InstanceState) -> None:
    """Whoever pairs looks at it."""
    sign = instance_sign(
        replace(view(), state=state, linked=False, phone="", reason="passkey-required"), now=0
    )
    assert sign.condition is C.TENDED


@pytest.mark.parametrize(
    ("share", "cannot_store", "condition"),
    [
        (0.5, False, C.WELL),
        (0.89, False, C.TENDED),
        (0.9, False, C.TROUBLED),
        (None, False, C.TENDED),
        (0.5, True, C.TROUBLED),
        (None, True, C.TROUBLED),
    ],
)
def test_the_disk(share: float | None, cannot_store: bool, condition: Condition) -> None:
    """Nearly full, or of no use now; around the limit it does not come and go."""
    assert disk_sign(share, cannot_store=cannot_store).condition is condition


def test_the_engine() -> None:
    """From the same age on as the warning on the pages."""
    assert engine_sign(aged(90)).condition is C.WELL
    assert engine_sign(aged(91)).trouble is T.ENGINE


def test_a_daily_backup_that_fails_is_trouble() -> None:
    """Until one succeeds."""
    sign = backup_sign(BackupsView(failed_at=NOW, problem=BackupProblem.FOLDER, detail="EACCES"))
    assert (sign.trouble, sign.name) == (T.BACKUP, "")
    assert backup_sign(BackupsView(last_good_at=NOW)).condition is C.WELL


@pytest.mark.parametrize(
    ("problem", "trouble"),
    [(BackupProblem.INSTANCES, T.BACKUP_INSTANCES), (BackupProblem.HISTORY, T.BACKUP_HISTORY)],
)
def test_a_daily_backup_that_lacks_something_did_not_fail(problem: BackupProblem, trouble: Trouble) -> None:
    """It was made: told is what is not in it, and of whom; none at all is worse."""
    sign = backup_sign(BackupsView(failed_at=NOW, problem=problem, detail="Loja, Outra"))
    assert (sign.trouble, sign.name) == (trouble, "Loja, Outra")
    assert trouble.rank < T.BACKUP.rank
