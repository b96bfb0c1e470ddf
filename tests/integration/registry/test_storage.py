"""Damaged files and a folder that cannot be owned: told, mended, and nobody else suffers."""

from __future__ import annotations

import os

import pytest

from core.models.instance import InstanceState
from core.store.session import has_device
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

S = InstanceState


def test_a_damaged_session_is_kept_told_and_can_be_paired_anew(house: RegistryHarness) -> None:
    """Failed with the file's new name, the others connect; started again it shows a QR under the same id."""
    house.open()
    damaged, sound = house.pair("Um"), house.pair("Dois")
    house.registry.stop()
    path = house.folder(damaged.id) / "session.db"
    broken = path.read_bytes()[:4096] + b"\xa5" * 100_000
    path.write_bytes(broken)
    house.open()
    view = house.wait(damaged.id, S.FAILED, reason="session-corrupt")
    house.wait(sound.id, S.CONNECTED)
    (notice,) = house.registry.storage().notices
    assert (notice.code, notice.instance_id, notice.detail) == ("session-corrupt", damaged.id, view.detail)
    assert (house.folder(damaged.id) / view.detail).read_bytes() == broken
    assert (view.linked, view.name, view.phone) == (False, "Um", damaged.number)
    house.registry.start_instance(damaged.id)
    house.pair(instance_id=damaged.id)
    assert (house.folder(damaged.id) / view.detail).exists()


def test_a_damaged_record_does_not_cost_the_session(house: RegistryHarness) -> None:
    """Rebuilt from the folder: connected without a QR, with a notice that names the kept file."""
    house.open()
    paired = house.pair("Loja Centro")
    house.registry.stop()
    (house.folder(paired.id) / "instance.json").write_bytes(b'{"version": 1, "na')
    house.open()
    view = house.wait(paired.id, S.CONNECTED)
    (notice,) = house.registry.storage().notices
    assert (notice.code, notice.instance_id) == ("record-corrupt", paired.id)
    assert (house.folder(paired.id) / notice.detail).exists()
    assert (view.name, view.phone) == ("loja-centro", paired.number)
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_a_session_that_disappeared_is_told_before_a_qr_shows(house: RegistryHarness) -> None:
    """A QR as if nothing had happened would hide the loss. Its old log does no harm to the new session."""
    house.open()
    paired = house.pair()
    house.registry.stop()
    folder = house.folder(paired.id)
    (folder / "session.db-wal").write_bytes(b"\x37\x7f\x06\x82" + b"\0" * 4_000)
    (folder / "session.db").unlink()
    house.open()
    view = house.wait(paired.id, S.LOGGED_OUT, reason="session-missing")
    assert (view.linked, view.qr) == (False, None)
    assert [notice.code for notice in house.registry.storage().notices] == ["session-missing"]
    house.registry.start_instance(paired.id)
    house.pair(instance_id=paired.id)
    house.registry.stop()
    assert has_device(folder)
    house.open()
    house.wait(paired.id, S.CONNECTED)


def test_a_folder_in_use_is_waited_for(house: RegistryHarness, start_registry: StartRegistry) -> None:
    """The second process says who has it, touches nothing, and opens by itself when the first is gone."""
    with start_registry() as first:
        created = first.ask("create", name="Loja")["id"]
        first.wait(created, "pairing")
        house.begin()
        eventually(lambda: house.registry.storage().problem, timeout=5, seen=house.registry.storage)
        storage = house.registry.storage()
        assert (storage.ready, storage.problem) == (False, "auth-dir-locked")
        assert storage.detail.startswith(f"pid {first.pid}, ")
        assert house.registry.views() == ()
        assert first.wait(created, "pairing")["restarts"] == 0
    eventually(lambda: house.registry.storage().ready, timeout=5, seen=house.registry.storage)
    assert house.registry.storage().problem == ""
    house.pair(instance_id=created)


def test_a_file_in_the_place_of_the_folder_is_waited_out(house: RegistryHarness) -> None:
    """The page says so; when the file is moved away the app comes alive by itself."""
    house.auth_dir.write_text("mine")
    house.begin()
    eventually(lambda: house.registry.storage().problem, timeout=5, seen=house.registry.storage)
    storage = house.registry.storage()
    assert (storage.ready, storage.problem) == (False, "auth-dir-not-a-folder")
    assert house.auth_dir.read_text() == "mine"
    house.auth_dir.unlink()
    eventually(lambda: house.registry.storage().ready, timeout=5, seen=house.registry.storage)
    house.wait_qr(house.registry.create("Loja").id)


def test_a_store_does_not_grow_with_its_log(house: RegistryHarness) -> None:
    """Stopping folds the write-ahead log into the file: what the usage table counts is what there is."""
    house.open()
    paired = house.pair()
    house.registry.stop()
    files = {path.name: path.stat().st_size for path in house.folder(paired.id).iterdir()}
    assert files.get("session.db-wal", 0) == 0
    assert files["session.db"] < 600_000


def test_a_pairing_is_in_the_file_itself_within_moments(house: RegistryHarness) -> None:
    """A machine that loses power keeps what the file holds: the device row does not wait in the log."""
    house.open()
    paired = house.pair()
    copy = house.auth_dir.parent / "copy"

    def survives() -> bool:
        copy.mkdir(exist_ok=True)
        (copy / "session.db").write_bytes((house.folder(paired.id) / "session.db").read_bytes())
        return has_device(copy)

    eventually(survives, timeout=3, seen=lambda: list(house.folder(paired.id).iterdir()))


def test_files_that_a_killed_process_began_are_removed(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the instances, and in the folder of each."""
    house.open()
    instance = house.registry.create("Loja")
    house.registry.stop()
    left = [folder / ".record.json.4242.tmp" for folder in (house.auth_dir, house.folder(instance.id))]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (0, 0))
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 0.1)
    house.open()
    eventually(lambda: not any(path.exists() for path in left), timeout=5, seen=lambda: left)
