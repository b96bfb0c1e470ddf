"""A folder becomes a device with its conversations; what is damaged or cannot be moved is said."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.converted import ConvertedSession, Lost
from core.models.moving.device import MoveRefusedError, TrustToken
from core.moving.baileys import folder as module
from core.moving.baileys.folder import convert_folder
from tests.emulator.crypto import CURVE, KEY_TYPE
from tests.support.baileys.samples import (
    Files,
    app_state_key_of,
    buffer,
    creds_of,
    folder_of,
    pair,
    sender_key_of,
    session_of,
)
from tests.support.moving_keys import LID, NUMBER, made_device

CONTACT, CONTACT_LID = "5511970000000", "200000000000000"
GROUP = "120363000000000001@g.us"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def refusal(files: Files) -> tuple[str, str]:
    with pytest.raises(MoveRefusedError) as refused:
        convert_folder(files)
    return refused.value.code, refused.value.detail


def test_a_folder_becomes_a_device_with_its_conversations() -> None:
    """Sessions under the LID, keys with what the server has of them, and nothing lost."""
    device = made_device()
    converted = convert_folder(folder_of(device, sessions=3, one_time_keys=30))
    conversations = converted.conversations
    assert converted.keys == device
    assert converted.lost == Lost()
    assert set(conversations.sessions) == {f"{int(CONTACT_LID) + index}_1:0" for index in range(3)}
    assert set(conversations.identities) == set(conversations.sessions)
    assert [(key.key_id, key.uploaded) for key in conversations.one_time_keys[-2:]] == [
        (29, True),
        (30, False),
    ]
    assert (len(conversations.one_time_keys), conversations.next_key_id) == (30, 31)
    assert conversations.lid_of == {
        NUMBER: LID,
        **{str(int(CONTACT) + index): str(int(CONTACT_LID) + index) for index in range(3)},
    }


def test_sessions_under_a_number_move_to_its_lid() -> None:
    """As Baileys 6 keeps them, where the LID is known; one under the LID itself is the newer."""
    device = made_device()
    files = folder_of(device, sessions=2)
    newer = files[f"session-{CONTACT_LID}_1.0.json"]
    files[f"session-{CONTACT}.0.json"] = encoded(session_of(device))
    files[f"session-{CONTACT}.9.json"] = encoded(session_of(device))
    files[f"session-{NUMBER}.0.json"] = encoded(session_of(device))
    converted = convert_folder(files)
    alone = convert_folder({"creds.json": files["creds.json"], f"session-{CONTACT_LID}_1.0.json": newer})
    sessions = converted.conversations.sessions
    assert sessions[f"{CONTACT_LID}_1:0"] == alone.conversations.sessions[f"{CONTACT_LID}_1:0"]
    assert {f"{CONTACT_LID}_1:9", f"{LID}_1:0"} <= set(sessions)
    assert not any(address.startswith("55") for address in sessions)
    assert converted.lost == Lost()


def test_lids_that_are_written_like_numbers_are_recognized() -> None:
    """As Baileys 6 keeps those who wrote by LID: the core finds them under it, and nothing is lost."""
    device = made_device()
    files = {"creds.json": encoded(creds_of(device))}
    files[f"session-{CONTACT_LID}.0.json"] = encoded(session_of(device))
    files[f"session-{LID}.0.json"] = encoded(session_of(device))
    files[f"sender-key-{GROUP}--{CONTACT_LID}--0.json"] = encoded(sender_key_of())
    converted = convert_folder(files)
    assert set(converted.conversations.sessions) == {f"{CONTACT_LID}_1:0", f"{LID}_1:0"}
    assert [key.sender for key in converted.conversations.sender_keys] == [f"{CONTACT_LID}_1:0"]
    assert converted.lost == Lost()


def test_contacts_without_a_lid_are_named() -> None:
    """The core looks under the LID: a first message may need a resend. Their session is kept all the same."""
    device = made_device(lid="")
    files = {"creds.json": encoded(creds_of(device))}
    for address in (f"{CONTACT}.0", f"{CONTACT}.7", f"{NUMBER}.0"):
        files[f"session-{address}.json"] = encoded(session_of(device))
    converted = convert_folder(files)
    assert set(converted.conversations.sessions) == {f"{CONTACT}:0", f"{CONTACT}:7", f"{NUMBER}:0"}
    assert converted.lost == Lost(contacts=(CONTACT,))


def test_identity_keys_are_kept() -> None:
    """Those of files, and of sessions that have none."""
    files = folder_of(made_device(), sessions=1)
    other = CURVE.generate_keypair().public
    files["identity-key-200000000000009_1.0.json"] = encoded(buffer(KEY_TYPE + other))
    identities = convert_folder(files).conversations.identities
    assert identities["200000000000009_1:0"] == other
    assert set(identities) == {"200000000000009_1:0", f"{CONTACT_LID}_1:0"}


DAMAGED: dict[str, tuple[str, bytes]] = {
    "empty": (f"session-{CONTACT_LID}_1.0.json", b""),
    "cut": (f"session-{CONTACT_LID}_1.0.json", b'{"_sessions":{"BQ'),
    "other": (f"session-{CONTACT_LID}_1.0.json", b"[]"),
    "deep": (f"session-{CONTACT_LID}_1.0.json", b"[" * 50_000),
    "large": (f"session-{CONTACT_LID}_1.0.json", b" " * (9 << 20)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_session_does_not_stop_the_move(name: str) -> None:
    """Baileys leaves such files after a crash: the contact is named, and the file without its number."""
    files = folder_of(made_device(), sessions=2)
    files.update([DAMAGED[name]])
    converted = convert_folder(files)
    assert set(converted.conversations.sessions) == {f"{int(CONTACT_LID) + 1}_1:0"}
    assert converted.lost == Lost(contacts=(CONTACT,), damaged=("session-…0000_1.0.json",))


def test_an_older_session_does_not_stand_in_for_a_damaged_one() -> None:
    """What was written since would be read with keys of before: the contact is named instead."""
    device = made_device()
    files = folder_of(device, sessions=1)
    files[f"session-{CONTACT_LID}_1.0.json"] = b""
    files[f"session-{CONTACT}.0.json"] = encoded(session_of(device))
    converted = convert_folder(files)
    assert converted.conversations.sessions == {}
    assert converted.lost.contacts == (CONTACT,)


def test_other_damaged_parts_are_named() -> None:
    """A one-time key, an identity, a pair of number and LID; a contact without a known number is counted."""
    files = folder_of(made_device(), sessions=1) | {
        "pre-key-2.json": b"{}",
        "pre-key-01.json": encoded(pair(CURVE.generate_keypair().private)),
        "pre-key-99999999.json": encoded(pair(CURVE.generate_keypair().private)),
        "identity-key-200000000000001_1.0.json": b'"AA=="',
        "lid-mapping-5511970000009.json": b'"x"',
        "session-200000000000005_1.0.json": b"",
    }
    lost = convert_folder(files).lost
    assert lost.unnamed_contacts == 1
    assert set(lost.damaged) == {
        "pre-key-2.json",
        "pre-key-01.json",
        "pre-key-…9999.json",
        "identity-key-…0001_1.0.json",
        "lid-mapping-…0009.json",
        "session-…0005_1.0.json",
    }


def test_keys_of_groups_move() -> None:
    """Of the other members: under their LID where it is known. The account's own is made anew."""
    files = folder_of(made_device(), sessions=1)
    for sender in (f"{CONTACT}--0", f"{CONTACT_LID}_1--0", f"{CONTACT}--9", f"{NUMBER}--7", f"{LID}_1--7"):
        files[f"sender-key-{GROUP}--{sender}.json"] = encoded(sender_key_of())
    files[f"sender-key-memory-{GROUP}.json"] = b"{}"
    files["sender-key-status@broadcast--1--0.json"] = b"{}"
    converted = convert_folder(files)
    keys = {(key.chat, key.sender) for key in converted.conversations.sender_keys}
    assert keys == {(GROUP, f"{CONTACT_LID}_1:0"), (GROUP, f"{CONTACT_LID}_1:9")}
    assert converted.lost == Lost()


def test_damaged_keys_of_groups_stay_behind() -> None:
    """Each group counts once; the members' next messages bring them again."""
    files = folder_of(made_device(), sessions=1)
    for sender in ("1_1--0", "2_1--0", "3--0"):
        files[f"sender-key-{GROUP}--{sender}.json"] = b"[]"
    lost = convert_folder(files).lost
    assert (lost.groups, len(lost.damaged)) == (1, 3)


def test_keys_of_the_phones_settings_move() -> None:
    """A slash in their id is written as two underlines in a file's name, and as it is in Redis."""
    files = folder_of(made_device(), sessions=1)
    files["app-state-sync-key-2ygv__dT0.json"] = encoded(app_state_key_of(b"a" * 32))
    files["app-state-sync-key-AAAA.json"] = b"{}"
    converted = convert_folder(files)
    (key,) = converted.conversations.app_state_keys
    assert (key.key_id, key.data, key.at) == (base64.b64decode("2ygv/dT0"), b"a" * 32, 1_700_000_000_000)
    assert converted.lost == Lost(damaged=("app-state-sync-key-AAAA.json",))


def test_tokens_of_trust_move() -> None:
    """Without them a contact's messages could be refused as a stranger's; a damaged one is named."""
    files = folder_of(made_device(), sessions=1)
    files["tctoken-200000000000000@lid.json"] = encoded({"token": buffer(b"t"), "timestamp": "1700000000"})
    files["tctoken-__index.json"] = encoded({"token": buffer(b"[]")})
    files["tctoken-1@lid.json"] = b"{"
    converted = convert_folder(files)
    token = TrustToken(contact="200000000000000@lid", token=b"t", at=1_700_000_000)
    assert converted.conversations.trust_tokens == (token,)
    assert converted.lost == Lost(damaged=("tctoken-1@lid.json",))


def test_the_device_alone_can_move() -> None:
    """`creds.json` and nothing else: no id of a key comes back, and everybody's first message is said."""
    device = made_device()
    converted = convert_folder({"creds.json": encoded(creds_of(device))})
    assert converted.keys == device
    assert (converted.conversations.sessions, converted.conversations.next_key_id) == ({}, 31)
    assert converted.lost == Lost(everyone=True)


def test_without_creds_there_is_no_device() -> None:
    """Named: it is the one file that must be there."""
    files = folder_of(made_device())
    del files["creds.json"]
    assert refusal(files) == (MoveCode.DAMAGED, "creds.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"{}" * 2, b"[" * 90_000])
def test_damaged_creds_are_refused(data: bytes) -> None:
    """Nothing can be made of the rest."""
    assert refusal(folder_of(made_device()) | {"creds.json": data}) == (MoveCode.DAMAGED, "creds.json")


@pytest.mark.parametrize("field", ["nextPreKeyId", "firstUnuploadedPreKeyId"])
def test_without_the_count_of_keys_no_device_is_made(field: str) -> None:
    """Ids of keys could come back."""
    device = made_device()
    creds = creds_of(device)
    del creds[field]
    assert refusal({"creds.json": encoded(creds), **folder_of(device)} | {"creds.json": encoded(creds)}) == (
        MoveCode.DAMAGED,
        "creds.json",
    )


def test_keys_that_do_not_fit_are_refused() -> None:
    """Two folders that were mixed."""
    device = made_device(account_signature_key=CURVE.generate_keypair().public)
    assert refusal(folder_of(device)) == (MoveCode.KEYS_WRONG, "account signature")


def test_more_files_than_any_session_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they are read."""
    monkeypatch.setattr(module, "MOST_FILES", 10)
    assert refusal(folder_of(made_device())) == (MoveCode.TOO_LARGE, "10")


def test_a_person_sees_no_end_of_damage() -> None:
    """A hundred names are enough."""
    files = folder_of(made_device(), sessions=0) | {f"pre-key-{n}.json": b"" for n in range(1, 300)}
    converted: ConvertedSession = convert_folder(files)
    assert len(converted.lost.damaged) == 100
