"""A device's keys, as they may be seen."""

from __future__ import annotations

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import (
    AppStateKey,
    Conversations,
    DeviceKeys,
    MoveRefusedError,
    OneTimeKey,
    SenderKey,
    TrustToken,
)
from tests.support.moving_keys import LID, NUMBER, made_device


@pytest.mark.parametrize(
    "secret",
    [
        made_device(),
        OneTimeKey(key_id=4711, private=b"secret-secret", uploaded=True),
        SenderKey(chat=NUMBER, sender=LID, key=b"secret-secret"),
        AppStateKey(key_id=b"secret-secret", data=b"secret-secret", at=4711, fingerprint=b""),
        TrustToken(contact=NUMBER, token=b"secret-secret", at=4711),
        Conversations(sessions={NUMBER: b"secret-secret"}, lid_of={NUMBER: LID}),
    ],
    ids=lambda secret: type(secret).__name__,
)
def test_no_key_and_no_number_is_in_a_repr(
    secret: DeviceKeys | OneTimeKey | SenderKey | AppStateKey | TrustToken | Conversations,
) -> None:
    """A log line or a traceback shows the class alone, also inside a container."""
    for shown in (repr(secret), str(secret), repr([secret]), f"{secret}"):
        assert type(secret).__name__ in shown
        assert not any(word in shown for word in ("secret-secret", NUMBER, LID, "4711", "b'"))


def test_a_refusal_says_why_and_which_part() -> None:
    """The code for a program, both for a log."""
    refused = MoveRefusedError(MoveCode.DAMAGED, "creds.json")
    assert (refused.code, refused.detail) == ("move-damaged", "creds.json")
    assert str(refused) == "move-damaged creds.json"
    assert str(MoveRefusedError(MoveCode.NO_DEVICE)) == "move-no-device"
