"""A store of one device: whole, private, in one step; what cannot be stored is refused and leaves nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import (
    AppStateKey,
    Conversations,
    MoveRefusedError,
    OneTimeKey,
    SenderKey,
    TrustToken,
)
from core.moving import session_writer
from core.moving.session_writer import write_session
from tests.support.moving_keys import ACCOUNT, LID, NUMBER, changed, made_device, one_time_key


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as store:
        return store.execute(query).fetchall()


def test_a_device_is_written_whole(tmp_path: Path) -> None:
    """Each value in its column; nothing beside the file; for the owner's eyes only."""
    device, path = made_device(business_name="Loja Ltda"), tmp_path / "session.db"
    conversations = Conversations(
        sessions={"99_1:0": b"{}"},
        identities={"99_1:0": b"i" * 32},
        app_state_keys=(AppStateKey(key_id=b"i", data=b"d" * 32, at=5, fingerprint=b"f"),),
        trust_tokens=(
            TrustToken(contact="99@lid", token=b"t", at=7, sent_at=8),
            TrustToken(contact="98@lid", token=b"u", at=9),
        ),
        sender_keys=(SenderKey(chat="1@g.us", sender="99_1:0", key=b"{}"),),
        one_time_keys=(one_time_key(3), one_time_key(9, uploaded=False)),
        lid_of={"5511970000002": "99"},
        next_key_id=10,
    )
    write_session(path, device, conversations)
    assert [entry.name for entry in tmp_path.iterdir()] == ["session.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(path, "SELECT * FROM whatsmeow_version") == [(15, 8)]
    (row,) = rows(path, "SELECT * FROM whatsmeow_device")
    assert row[:2] == (device.jid, device.lid)
    assert row[3:19] == (
        device.registration_id,
        device.noise_private,
        device.identity_private,
        device.signed_prekey_private,
        device.signed_prekey_id,
        device.signed_prekey_signature,
        device.adv_secret,
        device.account_details,
        device.account_signature,
        device.account_signature_key,
        device.device_signature,
        "android",
        "Loja Ltda",
        "Loja",
        0,
        "",
    )
    keys = conversations.one_time_keys
    assert rows(path, "SELECT * FROM whatsmeow_pre_keys ORDER BY key_id") == [
        (device.jid, 3, keys[0].private, 1),
        (device.jid, 9, keys[1].private, 0),
    ]
    assert rows(path, "SELECT * FROM whatsmeow_sessions") == [(device.jid, "99_1:0", b"{}")]
    assert rows(path, "SELECT * FROM whatsmeow_app_state_sync_keys") == [
        (device.jid, b"i", b"d" * 32, 5, b"f")
    ]
    assert rows(path, "SELECT * FROM whatsmeow_privacy_tokens ORDER BY timestamp") == [
        (device.jid, "99@lid", b"t", 7, 8),
        (device.jid, "98@lid", b"u", 9, None),
    ]
    assert rows(path, "SELECT * FROM whatsmeow_sender_keys") == [(device.jid, "1@g.us", "99_1:0", b"{}")]
    assert set(rows(path, "SELECT their_id, identity FROM whatsmeow_identity_keys")) == {
        ("99_1:0", b"i" * 32),
        (f"{LID}_1:0", ACCOUNT.public),
    }
    assert set(rows(path, "SELECT pn, lid FROM whatsmeow_lid_map")) == {
        (NUMBER, LID),
        ("5511970000002", "99"),
    }


@pytest.mark.parametrize(("next_key_id", "last"), [(813, 812), (1, 5), (6, 5), (1 << 30, (1 << 24) - 1)])
def test_no_id_of_a_key_comes_back(tmp_path: Path, next_key_id: int, last: int) -> None:
    """The core counts on from the highest id in the store; WhatsApp may hold public halves of lost keys."""
    path = tmp_path / "session.db"
    write_session(
        path, made_device(), Conversations(one_time_keys=(one_time_key(5),), next_key_id=next_key_id)
    )
    assert rows(path, "SELECT max(key_id) FROM whatsmeow_pre_keys") == [(last,)]
    assert rows(path, "SELECT count(*) FROM whatsmeow_pre_keys WHERE NOT uploaded") == [(0,)]


def test_the_device_alone_is_enough(tmp_path: Path) -> None:
    """No conversation, no LID: a store that logs in."""
    path = tmp_path / "session.db"
    write_session(path, made_device(lid=""), Conversations())
    assert rows(path, "SELECT lid FROM whatsmeow_device") == [(None,)]
    for table in ("pre_keys", "sessions", "identity_keys", "lid_map"):
        assert rows(path, f"SELECT count(*) FROM whatsmeow_{table}") == [(0,)]


def test_each_lid_belongs_to_one_number(tmp_path: Path) -> None:
    """What the device says of itself wins; the table would refuse a second."""
    path = tmp_path / "session.db"
    write_session(path, made_device(), Conversations(lid_of={"1": LID, NUMBER: "2", "3": "4", "5": "4"}))
    assert set(rows(path, "SELECT pn, lid FROM whatsmeow_lid_map")) == {(NUMBER, LID), ("3", "4")}


DAMAGED = {
    "short-key": Conversations(one_time_keys=(OneTimeKey(key_id=1, private=b"x", uploaded=True),)),
    "same-id": Conversations(one_time_keys=(one_time_key(1), one_time_key(1))),
    "large-id": Conversations(one_time_keys=(one_time_key(1 << 24),)),
    "huge-id": Conversations(one_time_keys=(one_time_key(1 << 70),)),
    "identity": Conversations(identities={"1:0": b"x"}),
    "surrogate": Conversations(sessions={"\ud800": b"x"}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_a_store_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    """And leaves no file."""
    with pytest.raises(MoveRefusedError) as refused:
        write_session(tmp_path / "session.db", made_device(), DAMAGED[name])
    assert refused.value.code == MoveCode.DAMAGED
    assert list(tmp_path.iterdir()) == []


def test_keys_that_do_not_fit_are_never_written(tmp_path: Path) -> None:
    """Checked first, whoever calls."""
    with pytest.raises(MoveRefusedError) as refused:
        write_session(
            tmp_path / "session.db", changed(made_device(), {"noise_private": b""}), Conversations()
        )
    assert refused.value.code == MoveCode.KEYS_WRONG
    assert list(tmp_path.iterdir()) == []


def test_after_an_error_the_old_file_is_still_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, for example."""
    path = tmp_path / "session.db"
    path.write_bytes(b"old")

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(session_writer, "write_atomic", full)
    with pytest.raises(OSError, match="No space"):
        write_session(path, made_device(), Conversations())
    assert path.read_bytes() == b"old"
