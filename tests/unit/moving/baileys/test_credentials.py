"""``creds.json``: every key of the device, from each form; what is missing or wrong is said."""

from __future__ import annotations

from typing import Any

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.baileys.credentials import device_keys
from core.moving.baileys.part import Part
from core.moving.signatures import public_key
from tests.emulator.crypto import CURVE, KEY_TYPE
from tests.support.baileys.samples import Json, buffer, creds_of, pair
from tests.support.moving_keys import made_device


def read(creds: Json) -> Any:
    return device_keys(Part("creds.json", creds))


def refusal(creds: Json) -> tuple[str, str]:
    with pytest.raises(MoveRefusedError) as refused:
        read(creds)
    return refused.value.code, refused.value.detail


def test_a_device_is_read_whole() -> None:
    """The same keys that it was written from."""
    device = made_device()
    assert read(creds_of(device)) == device


def test_public_keys_may_carry_signals_mark() -> None:
    """33 bytes and 32 mean the same key."""
    device = made_device()
    creds = creds_of(device)
    creds["signedIdentityKey"]["public"] = buffer(KEY_TYPE + public_key(device.identity_private))
    assert read(creds) == device
    creds["signedIdentityKey"]["public"] = buffer(b"\x06" + public_key(device.identity_private))
    assert refusal(creds) == (MoveCode.DAMAGED, "creds.json")


@pytest.mark.parametrize(
    ("lid", "read_as"),
    [
        (None, ""),
        ("", ""),
        ("nothing", ""),
        ("123456789@lid", "123456789:7@lid"),
        ("123456789:7@lid", "123456789:7@lid"),
    ],
)
def test_a_lid_may_be_missing_or_without_a_device(lid: str | None, read_as: str) -> None:
    """Older versions did not know it; the server tells it at the login."""
    creds = creds_of(made_device())
    creds["me"]["lid"] = lid
    assert read(creds).lid == read_as


def test_names_may_be_missing() -> None:
    """Baileys writes them when it learns them."""
    creds = creds_of(made_device())
    del creds["me"]["name"], creds["platform"]
    assert (read(creds).push_name, read(creds).platform) == ("", "")


@pytest.mark.parametrize("field", ["me", "account"])
@pytest.mark.parametrize("gone", [True, False])
def test_before_a_phone_linked_it_there_is_nothing_to_move(field: str, gone: bool) -> None:
    """A folder that showed a QR and no more."""
    creds = creds_of(made_device())
    creds[field] = None
    if gone:
        del creds[field]
    assert refusal(creds) == (MoveCode.NEVER_PAIRED, field)


@pytest.mark.parametrize("field", ["noiseKey", "signedIdentityKey", "signedPreKey"])
def test_a_public_key_must_be_that_of_its_private_key(field: str) -> None:
    """Two folders that were mixed."""
    creds = creds_of(made_device())
    holder = creds[field]["keyPair"] if field == "signedPreKey" else creds[field]
    holder["public"] = pair(CURVE.generate_keypair().private)["public"]
    assert refusal(creds) == (MoveCode.KEYS_WRONG, "creds.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("noiseKey", None),
        ("noiseKey", 7),
        ("noiseKey", {"private": buffer(b"short"), "public": buffer(bytes(32))}),
        ("registrationId", "7"),
        ("registrationId", True),
        ("registrationId", 1 << 40),
        ("advSecretKey", "%%"),
        ("signedPreKey", {"keyId": 1}),
        ("me", {"id": 7}),
        ("account", {"details": "AA=="}),
    ],
)
def test_a_part_of_another_kind_is_damage(field: str, value: Any) -> None:
    """Said with the file's name."""
    creds = creds_of(made_device())
    creds[field] = value
    assert refusal(creds) == (MoveCode.DAMAGED, "creds.json")
