"""Conditions: what counts as trouble, and what its owner did on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.alerts.conditions import disk_sign, engine_sign, instance_sign
from core.models.alerts.incidents import Condition, Trouble
from core.models.codes import StateReason
from core.models.instance import InstanceState
from tests.unit.services.conftest import view

S, C, T = InstanceState, Condition, Trouble


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
    sign = instance_sign(replace(view(), state=state, reason=reason, linked=True, phone="5511912345678"))
    assert (sign.condition, sign.trouble) == (condition, trouble)
    assert sign.subject == view().id


@pytest.mark.parametrize("state", [S.STARTING, S.RECONNECTING, S.PAIRING, S.FAILED])
def test_a_first_pairing_is_no_trouble(state: InstanceState) -> None:
    """Whoever pairs looks at it."""
    sign = instance_sign(replace(view(), state=state, linked=False, phone="", reason="passkey-required"))
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
    assert engine_sign(90).condition is C.WELL
    assert engine_sign(91).trouble is T.ENGINE
