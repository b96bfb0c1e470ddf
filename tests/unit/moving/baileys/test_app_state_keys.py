"""Keys of what a phone shares with its devices."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from core.models.moving.device import AppStateKey, MoveRefusedError
from core.moving.baileys.app_state_keys import convert_app_state_key
from core.moving.baileys.part import Part
from tests.emulator.proto import wa
from tests.support.baileys.samples import app_state_key_of


def convert(value: Any, key_id: str = "2ygv__dT0") -> AppStateKey:
    return convert_app_state_key(key_id, Part("app-state-sync-key-x.json", value))


def test_a_key_is_read_as_the_core_stores_it() -> None:
    """Its fingerprint becomes a protobuf again."""
    key = convert(app_state_key_of(b"k" * 32))
    assert (key.key_id, key.data) == (base64.b64decode("2ygv/dT0"), b"k" * 32)
    assert key.at == 1_700_000_000_000
    fingerprint = wa.Message.AppStateSyncKeyFingerprint.FromString(key.fingerprint)
    assert (fingerprint.rawId, fingerprint.currentIndex) == (300, 0)
    assert list(fingerprint.deviceIndexes) == [0, 7]
    assert key.fingerprint == fingerprint.SerializeToString()


def test_what_is_not_written_is_not_made_up() -> None:
    """Protobuf leaves out what was never set."""
    key = convert({"keyData": app_state_key_of(b"k" * 32)["keyData"]})
    assert (key.at, key.fingerprint) == (0, b"")


@pytest.mark.parametrize("key_id", ["", "%", "A" * 100])
def test_an_id_that_is_none_is_refused(key_id: str) -> None:
    """It is base64 of a few bytes."""
    with pytest.raises(MoveRefusedError):
        convert(app_state_key_of(b"k" * 32), key_id)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("keyData", "AA=="),
        ("keyData", None),
        ("timestamp", "x"),
        ("timestamp", -1),
        ("fingerprint", 7),
        ("fingerprint", {"rawId": -1}),
        ("fingerprint", {"rawId": 1 << 40}),
        ("fingerprint", {"deviceIndexes": 7}),
        ("fingerprint", {"deviceIndexes": ["7"]}),
        ("fingerprint", {"deviceIndexes": [0] * 1000}),
    ],
)
def test_a_damaged_one_is_refused(field: str, wrong: Any) -> None:
    """The caller goes on without it: the core asks the phone for it."""
    with pytest.raises(MoveRefusedError):
        convert(app_state_key_of(b"k" * 32) | {field: wrong})
