"""Each kind of upload lists its devices and makes the session of one of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader.sources import whatsmeow_files
from tests.support.whatsmeow_stores import edit, many_devices, rows, shop_store, split_keys


def _deadline() -> float:
    return time.monotonic() + 20


def test_of_many_devices_the_chosen_one_is_prepared(tmp_path: Path) -> None:
    """By the index that the list gave it."""
    with whatsmeow_files([many_devices(tmp_path / "m.db")], deadline=_deadline()) as source:
        devices = source.found().devices
        assert [device.index for device in devices] == [0, 1, 2]
        prepared = source.prepare(2, tmp_path)
    assert prepared.number == devices[2].number
    assert rows(tmp_path / "session.db", "SELECT jid FROM whatsmeow_device") == [
        (f"{devices[2].number}:1@s.whatsapp.net",)
    ]


@pytest.mark.parametrize("change", ["one left", "one joined"])
def test_the_chosen_device_is_found_wherever_it_stands(tmp_path: Path, change: str) -> None:
    """Others joined or left a database since it was listed: its place is another's now."""
    path = many_devices(tmp_path / "m.db")
    with whatsmeow_files([path], deadline=_deadline()) as source:
        first, chosen, _ = source.found().devices
    if change == "one left":
        edit(path, f"DELETE FROM whatsmeow_device WHERE jid = '{first.jid}'")
    else:
        wanted = "registration_id, noise_key, identity_key, signed_pre_key, signed_pre_key_id"
        more = (
            "signed_pre_key_sig, adv_key, adv_details, adv_account_sig, adv_account_sig_key, adv_device_sig"
        )
        edit(
            path,
            f"INSERT INTO whatsmeow_device (jid, {wanted}, {more})"
            f" SELECT '100000:1@s.whatsapp.net', {wanted}, {more} FROM whatsmeow_device LIMIT 1",
        )
    with whatsmeow_files([path], deadline=_deadline()) as source:
        assert source.found().devices[chosen.index].jid != chosen.jid
        assert source.prepare(chosen.index, tmp_path, jid=chosen.jid).number == chosen.number
    assert rows(tmp_path / "session.db", "SELECT jid FROM whatsmeow_device") == [(chosen.jid,)]


def test_a_device_that_left_is_refused(tmp_path: Path) -> None:
    """The one in its place is never started instead."""
    path = many_devices(tmp_path / "m.db")
    with whatsmeow_files([path], deadline=_deadline()) as source:
        first = source.found().devices[0]
    edit(path, f"DELETE FROM whatsmeow_device WHERE jid = '{first.jid}'")
    with (
        whatsmeow_files([path], deadline=_deadline()) as source,
        pytest.raises(MoveRefusedError) as refused,
    ):
        source.prepare(first.index, tmp_path, jid=first.jid)
    assert refused.value.code == MoveCode.CHANGED
    assert not (tmp_path / "session.db").exists()


@pytest.mark.parametrize("index", [-1, 1])
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, index: int) -> None:
    """The upload may be another one than when it was looked at."""
    with (
        whatsmeow_files([shop_store(tmp_path / "s.db")], deadline=_deadline()) as source,
        pytest.raises(MoveRefusedError) as refused,
    ):
        source.prepare(index, tmp_path)
    assert refused.value.code == MoveCode.NO_DEVICE


@pytest.mark.parametrize("column", ["noise_key", "identity_key", "adv_details", "signed_pre_key_sig"])
def test_keys_that_do_not_fit_are_refused_before_anything_is_written(tmp_path: Path, column: str) -> None:
    """A single device already when it is looked at, of several the one that is chosen."""
    other = "randomblob(32)" if column != "signed_pre_key_sig" else "randomblob(64)"
    broken = f"UPDATE whatsmeow_device SET {column} = {other} WHERE jid LIKE '5511990000001%'"
    alone = edit(shop_store(tmp_path / "s.db"), broken)
    if column == "noise_key":  # nothing is signed with it: only its length can be wrong
        edit(alone, "UPDATE whatsmeow_device SET noise_key = x'00'")
    with whatsmeow_files([alone], deadline=_deadline()) as source, pytest.raises(MoveRefusedError) as refused:
        source.found()
    assert refused.value.code == MoveCode.KEYS_WRONG
    many = edit(many_devices(tmp_path / "m.db"), broken)
    if column == "noise_key":
        return
    with whatsmeow_files([many], deadline=_deadline()) as source:
        assert len(source.found().devices) == 3
        with pytest.raises(MoveRefusedError):
            source.prepare(0, tmp_path)
        assert not (tmp_path / "session.db").exists()
        source.prepare(1, tmp_path)


def test_a_device_without_its_keys_says_that_everyone_may_have_to_send_again(tmp_path: Path) -> None:
    """GoWA's first file alone; no id of a key that was used may come back with another key."""
    main, _ = split_keys(tmp_path)
    with whatsmeow_files([main], deadline=_deadline()) as source:
        (device,) = source.found().devices
        assert (device.keys, device.conversations) == (0, 0)
        target = tmp_path / "target"
        target.mkdir()
        assert source.prepare(0, target).lost.everyone
    ((lowest,),) = rows(target / "session.db", "SELECT min(key_id) FROM whatsmeow_pre_keys")
    assert isinstance(lowest, int)
    assert lowest > 1_000_000


def test_files_without_any_table_of_ours_hold_no_device(tmp_path: Path) -> None:
    """None of them."""
    with pytest.raises(MoveRefusedError) as refused, whatsmeow_files([], deadline=_deadline()):
        pass
    assert refused.value.code == MoveCode.NO_DEVICE
