"""One device out of somebody's tables, into a store of our own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.moving import whatsmeow_rows
from core.moving.whatsmeow_file import WhatsmeowFile
from core.moving.whatsmeow_rows import copy_device, describe, device_keys, stored_devices
from core.moving.whatsmeow_schema import OWNER_COLUMNS
from tests.support.disk_room import room_for
from tests.support.whatsmeow_stores import (
    SHOP,
    edit,
    many_devices,
    older_store,
    rows,
    shop_store,
    split_keys,
)


def _opened(path: Path) -> WhatsmeowFile:
    return WhatsmeowFile(path, deadline=time.monotonic() + 20)


def _copied(path: Path, target: Path, *, index: int = 0) -> Path:
    with _opened(path) as tables:
        copy_device([tables], stored_devices(tables)[index], target)
    return target


def _refusal(path: Path, target: Path) -> MoveRefusedError:
    with pytest.raises(MoveRefusedError) as refused:
        _copied(path, target)
    return refused.value


def test_a_device_is_described_by_what_a_person_knows_of_it(tmp_path: Path) -> None:
    """Number, device, name, and how many keys and conversations come along."""
    path = edit(shop_store(tmp_path / "s.db"), "UPDATE whatsmeow_device SET push_name = 'Loja'")
    with _opened(path) as tables:
        (device,) = stored_devices(tables)
        assert describe(tables, 0, device) == FoundDevice(
            index=0, number=SHOP, device=1, name="Loja", keys=811, conversations=3
        )


def test_a_name_beyond_all_measure_is_cut(tmp_path: Path) -> None:
    """What is shown of it fits; what is moved is whole."""
    path = edit(
        shop_store(tmp_path / "s.db"), "UPDATE whatsmeow_device SET push_name = hex(zeroblob(1000000))"
    )
    with _opened(path) as tables:
        assert len(stored_devices(tables)[0].name) == 200
    copy = _copied(path, tmp_path / "session.db")
    assert rows(copy, "SELECT length(push_name) FROM whatsmeow_device") == [(2_000_000,)]


def test_the_copy_holds_every_row_of_the_device(tmp_path: Path) -> None:
    """What is in the source is in the copy, table by table, and the copy is a whole database."""
    source = shop_store(tmp_path / "s.db")
    copy = _copied(source, tmp_path / "session.db")
    for table in OWNER_COLUMNS:
        query = f"SELECT * FROM {table} ORDER BY 1, 2"
        assert rows(copy, query) == rows(source, query), table
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    assert rows(copy, "PRAGMA foreign_key_check") == []
    assert copy.stat().st_mode & 0o777 == 0o600


def test_of_many_devices_one_is_taken(tmp_path: Path) -> None:
    """Nothing of the others comes along but the map of LIDs, which is for all."""
    path = many_devices(tmp_path / "many.db")
    with _opened(path) as tables:
        numbers = [device.number for device in stored_devices(tables)]
    assert numbers == [SHOP, "5511990000002", "5511990000003"]
    copy = _copied(path, tmp_path / "session.db", index=1)
    assert rows(copy, "SELECT jid FROM whatsmeow_device") == [("5511990000002:1@s.whatsapp.net",)]
    for table, owner in OWNER_COLUMNS.items():
        if owner:
            owners = {name for (name,) in rows(copy, f"SELECT DISTINCT {owner} FROM {table}")}
            assert owners <= {"5511990000002:1@s.whatsapp.net"}, table
    assert len(rows(copy, "SELECT * FROM whatsmeow_lid_map")) == len(
        rows(path, "SELECT * FROM whatsmeow_lid_map")
    )


@pytest.mark.parametrize("version", [4, 8])
def test_an_older_schema_comes_along_in_todays(tmp_path: Path, version: int) -> None:
    """What an earlier version did not know is empty, and the address is written as today."""
    source = older_store(tmp_path / "old.db", version)
    copy = _copied(source, tmp_path / "session.db")
    assert rows(copy, "SELECT version FROM whatsmeow_version") == [(15,)]
    assert rows(copy, "SELECT jid, lid_migration_ts FROM whatsmeow_device") == [
        (f"{SHOP}:1@s.whatsapp.net", 0)
    ]
    assert rows(copy, "SELECT count(*), min(jid) FROM whatsmeow_pre_keys") == [
        (811, f"{SHOP}:1@s.whatsapp.net")
    ]
    assert len(rows(copy, "SELECT * FROM whatsmeow_sessions")) == 3
    assert rows(copy, "PRAGMA foreign_key_check") == []


def test_keys_in_a_second_file_are_put_together(tmp_path: Path) -> None:
    """GoWA's `DB_KEYS_URI`: the device from one, its conversations from the other."""
    main, keys = split_keys(tmp_path)
    with _opened(main) as first, _opened(keys) as second:
        (device,) = stored_devices(first)
        assert describe(first, 0, device).keys == 0
        copy_device([first, second], device, tmp_path / "session.db")
    assert rows(tmp_path / "session.db", "SELECT count(*) FROM whatsmeow_pre_keys") == [(811,)]
    assert rows(tmp_path / "session.db", "SELECT count(*) FROM whatsmeow_device") == [(1,)]


def test_the_keys_are_those_of_the_row(tmp_path: Path) -> None:
    """Every field has the length that it must have, and the LID comes along."""
    with _opened(shop_store(tmp_path / "s.db")) as tables:
        keys = device_keys(tables, stored_devices(tables)[0])
    assert keys.jid == f"{SHOP}:1@s.whatsapp.net"
    assert keys.lid.endswith("@lid")
    lengths = {len(keys.noise_private), len(keys.identity_private), len(keys.signed_prekey_private)}
    assert lengths == {32}
    assert len(keys.account_signature) == len(keys.device_signature) == 64


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE whatsmeow_device SET noise_key = 'x'", "whatsmeow_device.noise_key"),
        ("UPDATE whatsmeow_pre_keys SET key = 'text' WHERE key_id = 5", "whatsmeow_pre_keys.key"),
        ("UPDATE whatsmeow_pre_keys SET key = x'00' WHERE key_id = 5", "whatsmeow_pre_keys"),
        ("UPDATE whatsmeow_sessions SET session = 1.5", "whatsmeow_sessions.session"),
        (
            "UPDATE whatsmeow_lid_map SET pn = x'ff' WHERE lid = (SELECT min(lid) FROM whatsmeow_lid_map)",
            "whatsmeow_lid_map.pn",
        ),
    ],
)
def test_a_value_that_its_column_cannot_hold_is_named(tmp_path: Path, statement: str, detail: str) -> None:
    """Never its content."""
    refused = _refusal(edit(shop_store(tmp_path / "s.db"), statement), tmp_path / "session.db")
    assert (refused.code, refused.detail) == (MoveCode.DAMAGED, detail)


def test_copying_stops_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much a database will send is known only when it has been sent."""
    room_for(monkeypatch, 20_000)
    refused = _refusal(shop_store(tmp_path / "s.db"), tmp_path / "session.db")
    assert refused.code == MoveCode.DISK_FULL
    assert (tmp_path / "session.db").stat().st_size == 0 or rows(
        tmp_path / "session.db", "SELECT * FROM whatsmeow_device"
    ) == []


def test_a_missing_key_is_damage(tmp_path: Path) -> None:
    """A column that an import cannot do without."""
    path = edit(shop_store(tmp_path / "s.db"), "ALTER TABLE whatsmeow_device DROP COLUMN adv_key")
    with _opened(path) as tables, pytest.raises(MoveRefusedError) as refused:
        device_keys(tables, stored_devices(tables)[0])
    assert (refused.value.code, refused.value.detail) == (MoveCode.DAMAGED, "whatsmeow_device.adv_key")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM whatsmeow_device", MoveCode.NO_DEVICE),
        ("UPDATE whatsmeow_device SET jid = '5511990000001@s.whatsapp.net'", MoveCode.NEVER_PAIRED),
        ("UPDATE whatsmeow_device SET jid = '1:1@msgr'", MoveCode.NO_DEVICE),
        ("UPDATE whatsmeow_device SET jid = '../../etc/passwd'", MoveCode.NO_DEVICE),
    ],
)
def test_what_holds_no_linked_device_is_refused(tmp_path: Path, statement: str, code: MoveCode) -> None:
    """An address without a device never finished pairing; others are of another service."""
    assert _refusal(edit(shop_store(tmp_path / "s.db"), statement), tmp_path / "session.db").code == code


def test_too_many_devices_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list stays one that a person can choose from."""
    monkeypatch.setattr(whatsmeow_rows, "MOST_DEVICES", 2)
    assert _refusal(many_devices(tmp_path / "m.db"), tmp_path / "session.db").code == MoveCode.TOO_LARGE


def test_sums_without_their_state_are_left_behind(tmp_path: Path) -> None:
    """A program that had foreign keys off may have forgotten a state and kept its sums."""
    path = edit(
        shop_store(tmp_path / "s.db"),
        "INSERT INTO whatsmeow_app_state_mutation_macs SELECT jid, 'lost', 1, zeroblob(32), zeroblob(32) "
        "FROM whatsmeow_device",
    )
    copy = _copied(path, tmp_path / "session.db")
    assert rows(copy, "SELECT * FROM whatsmeow_app_state_mutation_macs") == []
    assert rows(copy, "PRAGMA foreign_key_check") == []


def test_nothing_that_lies_there_is_written_over(tmp_path: Path) -> None:
    """A link that waits at the target is not followed."""
    (tmp_path / "session.db").symlink_to(tmp_path / "elsewhere")
    assert _refusal(shop_store(tmp_path / "s.db"), tmp_path / "session.db").code == MoveCode.DISK_FULL
    assert not (tmp_path / "elsewhere").exists()
