"""Keys of a device: those that fit pass, and each that does not is named."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.key_checks import check_keys
from tests.emulator.crypto import CURVE
from tests.support.moving_keys import changed, made_device


@pytest.mark.parametrize(
    "prefixes", [(b"\x06\x00", b"\x06\x01"), (b"\x06\x05", b"\x06\x01"), (b"\x06\x05", b"\x06\x06")]
)
def test_keys_that_fit_pass(prefixes: tuple[bytes, bytes]) -> None:
    """Of accounts on a phone and of accounts that a service hosts."""
    check_keys(made_device(prefixes=prefixes))


def test_a_device_without_a_lid_passes() -> None:
    """Sources of before 2025 do not know it; the server tells it at the login."""
    check_keys(made_device(lid=""))


OTHER = CURVE.generate_keypair()

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "noise-short": ({"noise_private": b"x" * 31}, "noise key"),
    "identity-short": ({"identity_private": b""}, "identity key"),
    "identity-other": ({"identity_private": OTHER.private}, "signed pre-key signature"),
    "prekey-other": ({"signed_prekey_private": OTHER.private}, "signed pre-key signature"),
    "prekey-short": ({"signed_prekey_private": b"x"}, "signed pre-key"),
    "prekey-id": ({"signed_prekey_id": 1 << 24}, "signed pre-key id"),
    "prekey-id-negative": ({"signed_prekey_id": -1}, "signed pre-key id"),
    "prekey-signature": ({"signed_prekey_signature": secrets.token_bytes(64)}, "signed pre-key signature"),
    "registration": ({"registration_id": 1 << 32}, "registration id"),
    "secret": ({"adv_secret": b""}, "pairing secret"),
    "account-key": ({"account_signature_key": OTHER.public}, "account signature"),
    "account-key-short": ({"account_signature_key": b"x"}, "account key"),
    "account-signature": ({"account_signature": secrets.token_bytes(64)}, "account signature"),
    "account-details": ({"account_details": b"\x08\x01"}, "account signature"),
    "account-details-long": ({"account_details": b"x" * 5000}, "account details"),
    "device-signature": ({"device_signature": secrets.token_bytes(64)}, "device signature"),
    "device-signature-none": ({"device_signature": b""}, "device signature"),
    "lid": ({"lid": "a@lid"}, "hidden address"),
    "name": ({"push_name": "x" * 5000}, "name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_key_that_does_not_fit_is_named(name: str) -> None:
    """With the part, never with its content."""
    changes, part = WRONG[name]
    with pytest.raises(MoveRefusedError) as refused:
        check_keys(changed(made_device(), changes))
    assert (refused.value.code, refused.value.detail) == (MoveCode.KEYS_WRONG, part)


@pytest.mark.parametrize(
    "jid",
    [
        "",
        "5511960000001@s.whatsapp.net",
        "5511960000001:0@s.whatsapp.net",
        "5511960000001:70000@s.whatsapp.net",
        "1:7@lid",
        "x",
    ],
)
def test_without_the_number_of_a_device_it_was_never_linked(jid: str) -> None:
    """The phone's own address, or none: the source waited for its QR."""
    with pytest.raises(MoveRefusedError) as refused:
        check_keys(made_device(jid=jid))
    assert (refused.value.code, refused.value.detail) == (MoveCode.NEVER_PAIRED, "address")


def test_without_the_phones_signature_it_was_never_linked() -> None:
    """As a folder of Baileys that showed a QR and no more."""
    none = {"account_details": b"", "account_signature": b"", "account_signature_key": b""}
    with pytest.raises(MoveRefusedError) as refused:
        check_keys(changed(made_device(), none))
    assert (refused.value.code, refused.value.detail) == (MoveCode.NEVER_PAIRED, "account")
