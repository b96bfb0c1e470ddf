"""``AUTH_DIR`` unmounted, deleted, replaced, read-only or forbidden while it is in use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.instance import InstanceState
from core.store.session import has_device
from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness, RegistryProcess
from tests.support.fillable_disk import bound, frozen, needs_mounts
from tests.support.polling import eventually
from tests.support.processes import is_alive, looks_inside

S = InstanceState
_OBEY_MODES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root, too, is bound by the modes of files."""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits 5 s for the next look."""
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 0.1)


def wait_trouble(house: RegistryHarness, code: str) -> None:
    eventually(lambda: house.registry.storage().trouble == code, timeout=10, seen=house.registry.storage)


def require_back(house: RegistryHarness, *paired: Paired) -> None:
    """Connected by itself, without a QR, as the same device; also after a restart of the process."""
    for one in paired:
        house.wait(one.id, S.CONNECTED)
        assert len(house.emulator.devices_of(one.number)) == 1
    wait_trouble(house, "")
    house.registry.stop()
    for one in paired:
        assert has_device(house.folder(one.id))
    house.open()
    for one in paired:
        house.wait(one.id, S.CONNECTED)


def delete(path: Path) -> None:
    """All of it in one moment, however busily somebody writes there."""
    gone = path.rename(path.parents[1] / f"deleted-{path.name}")
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@needs_mounts
def test_a_disk_unmounted_underneath_is_waited_for(house: RegistryHarness, tmp_path: Path) -> None:
    """Told; nothing is written into the empty mount point; with the disk back all connect by themselves."""
    real = tmp_path / "disk"
    with bound(real, house.auth_dir) as disk:
        house.open()
        paired, other = house.pair("Um"), house.pair("Dois")
        disk.detach()
        for one in (paired, other):
            assert house.wait(one.id, S.RECONNECTING, reason="auth-dir-replaced").worker_pid is None
        wait_trouble(house, "auth-dir-replaced")
        with pytest.raises(StorageUnavailableError) as caught:
            house.registry.create("Três")
        assert caught.value.code == "auth-dir-replaced"
        house.registry.rename(other.id, "Outra")
        with pytest.raises(StorageUnavailableError):
            house.registry.trash.delete(other.id)
        assert list(house.auth_dir.iterdir()) == []
        with bound(real, house.auth_dir):
            require_back(house, paired, other)
            house.close()


@needs_mounts
def test_another_disk_in_its_place_is_left_alone(house: RegistryHarness, tmp_path: Path) -> None:
    """It may be somebody else's: told, not a byte of it changes, until ours is back."""
    foreign = tmp_path / "foreign"
    (foreign / "loja-bbbbbb").mkdir(parents=True)
    (foreign / "owner.lock").write_text('{"pid": 1, "host": "x", "since": 1}')
    (foreign / "loja-bbbbbb" / "instance.json").write_text("{}")
    before = contents(foreign)
    house.open()
    paired = house.pair()
    with bound(foreign, house.auth_dir):
        house.wait(paired.id, S.RECONNECTING, reason="auth-dir-replaced")
        house.registry.restart_instance(paired.id)
        house.wait(paired.id, S.RECONNECTING, reason="auth-dir-replaced")
        wait_trouble(house, "auth-dir-replaced")
        assert contents(foreign) == before
    require_back(house, paired)


@needs_mounts
def test_a_disk_that_is_mounted_late_is_opened(house: RegistryHarness, tmp_path: Path) -> None:
    """The process was there first and holds nothing yet: what the disk holds is taken in and connects."""
    real = tmp_path / "disk"
    with bound(real, house.auth_dir):
        house.open()
        paired = house.pair()
        house.registry.stop()
    house.open()
    assert house.registry.views() == ()
    with bound(real, house.auth_dir):
        eventually(house.registry.views, timeout=10, seen=house.registry.storage)
        require_back(house, paired)
        house.close()


@needs_mounts
def test_a_disk_that_turns_read_only_is_waited_for(house: RegistryHarness) -> None:
    """As after a disk error: told and offline, every byte stays; writable again, all goes on."""
    house.open()
    paired = house.pair()
    with frozen(house.auth_dir):
        house.wait(paired.id, S.RECONNECTING, reason="auth-dir-read-only")
        wait_trouble(house, "auth-dir-read-only")
        record = (house.folder(paired.id) / "instance.json").read_bytes()
        house.registry.rename(paired.id, "Outra")
        with pytest.raises(StorageUnavailableError) as caught:
            house.registry.trash.delete(paired.id)
        assert caught.value.code == "auth-dir-read-only"
        assert (house.folder(paired.id) / "instance.json").read_bytes() == record
    require_back(house, paired)


def test_a_folder_moved_away_and_back(house: RegistryHarness) -> None:
    """Gone while it is away, and no other one is made in its place."""
    house.open()
    paired = house.pair()
    elsewhere = house.auth_dir.with_name("elsewhere")
    house.auth_dir.rename(elsewhere)
    assert house.wait(paired.id, S.RECONNECTING, reason="auth-dir-gone").worker_pid is None
    wait_trouble(house, "auth-dir-gone")
    assert not house.auth_dir.exists()
    elsewhere.rename(house.auth_dir)
    require_back(house, paired)


def test_a_deleted_folder_is_told_and_not_made_anew(house: RegistryHarness) -> None:
    """No worker goes on with files that nobody can open; the list stays, so that it can be seen what is lost.

    The next process begins with what is there: nothing.
    """
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    delete(house.auth_dir)
    view = house.wait(paired.id, S.RECONNECTING, reason="auth-dir-gone")
    assert view.worker_pid is None
    eventually(lambda: not is_alive(worker), timeout=5, seen=worker.status)
    wait_trouble(house, "auth-dir-gone")
    for verb in (house.registry.start_instance, house.registry.restart_instance):
        verb(paired.id)
        house.wait(paired.id, S.RECONNECTING, reason="auth-dir-gone")
    with pytest.raises(StorageUnavailableError) as caught:
        house.registry.create("Outra")
    assert caught.value.code == "auth-dir-gone"
    assert [view.id for view in house.registry.views()] == [paired.id]
    assert not house.auth_dir.exists()
    house.registry.stop()
    assert not house.auth_dir.exists()
    house.open()
    assert house.registry.views() == ()


def test_an_emptied_folder_is_not_taken_for_a_new_one(house: RegistryHarness) -> None:
    """Everything in it deleted, the folder itself still there: told, and nothing appears in it."""
    house.open()
    paired = house.pair()
    for path in house.auth_dir.iterdir():
        delete(path)
    house.wait(paired.id, S.RECONNECTING, reason="auth-dir-replaced")
    wait_trouble(house, "auth-dir-replaced")
    house.registry.restart_instance(paired.id)
    house.wait(paired.id, S.RECONNECTING, reason="auth-dir-replaced")
    assert list(house.auth_dir.iterdir()) == []


@looks_inside
def test_a_deleted_lock_is_made_anew(house: RegistryHarness) -> None:
    """Somebody tidied up: nobody else may own the folder, and all connect again."""
    house.open()
    paired = house.pair()
    (house.auth_dir / "owner.lock").unlink()
    eventually((house.auth_dir / "owner.lock").exists, timeout=10, seen=house.registry.storage)
    house.wait(paired.id, S.CONNECTED)
    pid = house.worker(paired.id).pid
    held = [
        path.stat().st_ino
        for path in Path(f"/proc/{pid}/fd").iterdir()
        if "owner.lock" in str(path.readlink())
    ]
    assert held == [(house.auth_dir / "owner.lock").stat().st_ino]
    require_back(house, paired)


@pytest.mark.parametrize("what", ["the folder", "the session"])
def test_one_instance_deleted_underneath_is_told_and_nobody_else_suffers(
    house: RegistryHarness, what: str
) -> None:
    """Its worker does not go on in a file that is gone; started by a person it can be linked anew."""
    house.open()
    paired, other = house.pair("Um"), house.pair("Dois")
    before = house.view(other.id)
    if what == "the folder":
        delete(house.folder(paired.id))
    else:
        for path in house.folder(paired.id).glob("session.db*"):
            path.unlink()
    view = house.wait(paired.id, S.LOGGED_OUT, reason="session-missing")
    assert (view.worker_pid, view.linked) == (None, False)
    assert [(one.code, one.instance_id) for one in house.registry.storage().notices] == [
        ("session-missing", paired.id)
    ]
    assert house.registry.storage().trouble == ""
    assert house.view(other.id) == before
    house.registry.start_instance(paired.id)
    again = house.pair(instance_id=paired.id)
    require_back(house, again, other)


def test_permission_taken_away_and_given_back(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
) -> None:
    """A process that obeys modes: told as denied, offline; with permission again it connects by itself."""
    with start_registry(before=_OBEY_MODES) as process:
        created = process.ask("create", name="Loja")["id"]
        number = house.fresh_number()
        emulator.scan(number=number, qr=process.wait(created, "pairing")["qr"]["code"])
        process.wait(created, "connected")
        house.auth_dir.chmod(0o500)
        try:
            process.wait(created, "reconnecting")
            eventually(lambda: _trouble(process) == "auth-dir-denied", timeout=10, seen=process.log_text)
        finally:
            house.auth_dir.chmod(0o700)
        process.wait(created, "connected")
        eventually(lambda: _trouble(process) == "", timeout=10, seen=process.log_text)
        assert len(emulator.devices_of(number)) == 1


def _trouble(process: RegistryProcess) -> str:
    return str(process.ask("storage")["trouble"])
