"""A real disk that fills up in each moment of a session's life: nothing is lost, all goes on by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.timeline import HistoryKind
from core.store import storage_health, timeline
from core.store.session import has_device
from tests.emulator.handle import EmulatorError
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.fillable_disk import SmallDisk, ext4, needs_mounts, tmpfs
from tests.support.polling import eventually
from tests.support.stores import integrity

S = InstanceState
pytestmark = needs_mounts


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(house: RegistryHarness, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """`house` on a small disk of its own; the registry looks at it ten times a second."""
    made = tmpfs(house.auth_dir) if request.param == "tmpfs" else ext4(house.auth_dir, tmp_path / "image")
    with made as mounted:
        yield mounted
        house.close()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits 5 s for the next look."""
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 0.1)


def wait_trouble(house: RegistryHarness, code: str) -> None:
    eventually(lambda: house.registry.storage().trouble == code, timeout=10, seen=house.registry.storage)


def require_whole(house: RegistryHarness, paired: Paired) -> None:
    """The stored session is sound and linked, its record is one, and its timeline can be read."""
    folder = house.folder(paired.id)
    assert has_device(folder)
    for name in ("session.db", "history.db"):
        assert integrity(folder / name) == "ok"
    assert json.loads((folder / "instance.json").read_bytes())["phone"] == paired.number
    assert not [path for path in folder.iterdir() if ".corrupt-" in path.name or path.name.endswith(".tmp")]


def require_same_after_a_restart(house: RegistryHarness, paired: Paired) -> None:
    """A new process connects without a QR, as the same device."""
    house.registry.stop()
    require_whole(house, paired)
    house.open()
    house.wait(paired.id, S.CONNECTED)
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_a_connected_instance_waits_offline_and_comes_back(house: RegistryHarness, disk: SmallDisk) -> None:
    """Said why; not online, where it would lose what comes in; a text of that time arrives afterwards."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.send_text(paired.id, to=contact, text="antes", timeout=10)
    disk.fill()
    view = house.wait(paired.id, S.RECONNECTING, reason="disk-full")
    assert (view.linked, view.phone, view.worker_pid) == (True, paired.number, None)
    disk.settle()  # the worker is gone, and with it a log of some MB
    wait_trouble(house, "disk-full")
    assert house.registry.storage().ready, "the list stays"
    with pytest.raises(StorageUnavailableError) as refused:
        house.send_text(paired.id, to=contact, text="cheio", timeout=10)
    assert refused.value.code == "disk-full"
    disk.free()
    house.wait(paired.id, S.CONNECTED)
    wait_trouble(house, "")
    after = house.send_text(paired.id, to=contact, text="depois", timeout=10)
    assert after.state is SendState.SENT
    require_same_after_a_restart(house, paired)


def test_a_disk_known_to_be_full_takes_no_message_even_where_one_would_fit(
    house: RegistryHarness, disk: SmallDisk
) -> None:
    """Refused for the disk, not noted and then failed for another reason: what is known counts, not luck."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.registry.stop_instance(paired.id, timeout=10)
    house.wait(paired.id, S.STOPPED)
    disk.settle()
    disk.free()
    disk.fill(leave=storage_health.ENOUGH_BYTES // 2)
    wait_trouble(house, "disk-full")
    with pytest.raises(StorageUnavailableError, match="disk-full"):
        house.send_text(paired.id, to=contact, text="caberia", timeout=10)
    assert house.registry.sent(paired.id) == ()


def test_a_text_on_a_disk_that_has_just_filled_up_does_not_go_out(
    house: RegistryHarness, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anybody noticed: what cannot be written down first is refused, and the reason is the disk's."""
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 60.0)
    house.open()
    paired, contact = house.pair(), house.contact()
    eventually(
        lambda: (house.folder(paired.id) / "session.db-wal").stat().st_size == 0,
        timeout=10,
        seen=lambda: list(house.folder(paired.id).iterdir()),
    )
    disk.fill()
    with pytest.raises(StorageUnavailableError) as refused:
        house.send_text(paired.id, to=contact, text="cheio", timeout=10)
    assert refused.value.code == "disk-full"
    assert house.view(paired.id).state is S.CONNECTED
    disk.free()
    sent = house.send_text(paired.id, to=contact, text="depois", timeout=10)
    assert sent.state is SendState.SENT
    arrived = [one.text for one in house.emulator.state().messages if one.to_number == contact]
    assert arrived == ["depois"]
    require_same_after_a_restart(house, paired)


def test_no_instance_is_begun_without_room_for_its_session(house: RegistryHarness, disk: SmallDisk) -> None:
    """Refused in words, nothing half is left, and the same press works when there is room."""
    house.open()
    for leave in (0, storage_health.PAIRING_BYTES // 2):
        disk.fill(leave=leave)
        with pytest.raises(StorageUnavailableError) as caught:
            house.registry.create("Loja", request_id="r")
        assert caught.value.code == "disk-full"
        assert house.registry.views() == ()
        assert [path.name for path in house.auth_dir.iterdir() if path.name.startswith("loja")] == []
        disk.free()
    wait_trouble(house, "")
    created = house.registry.create("Loja", request_id="r")
    house.pair(instance_id=created.id)


def test_a_disk_that_fills_up_while_a_qr_shows(house: RegistryHarness, disk: SmallDisk) -> None:
    """No QR is shown that could not be used; another one comes by itself."""
    house.open()
    created = house.registry.create("Loja")
    step = house.wait_qr(created.id)
    disk.fill()
    view = house.wait(created.id, S.RECONNECTING, reason="disk-full")
    assert view.qr is None
    disk.free()
    house.wait_qr(created.id, other_than=step.code)
    require_same_after_a_restart(house, house.pair(instance_id=created.id))


def test_a_scan_that_cannot_be_stored_can_be_repeated(
    house: RegistryHarness, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone is told no, no device is linked, the page names the disk; the next scan works."""
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 1.0)
    house.open()
    created = house.registry.create("Loja")
    step = house.wait_qr(created.id)
    number = house.fresh_number()
    disk.fill()
    with pytest.raises(EmulatorError):
        house.emulator.scan(number=number, qr=step.code)
    view = house.wait(created.id, S.RECONNECTING, reason="disk-full")
    assert (view.linked, view.qr) == (False, None)
    assert house.emulator.devices_of(number) == ()
    disk.free()
    require_same_after_a_restart(house, house.pair(instance_id=created.id, number=number))


def test_a_disk_that_fills_up_right_after_the_scan_costs_no_pairing(
    house: RegistryHarness, disk: SmallDisk
) -> None:
    """The device row is stored before the phone is told yes: linked, and back without a QR."""
    house.open()
    created = house.registry.create("Loja")
    number = house.fresh_number()
    house.emulator.scan(number=number, qr=house.wait_qr(created.id).code)
    disk.fill()
    view = house.wait(created.id, S.RECONNECTING, reason="disk-full")
    assert view.linked
    disk.free()
    house.wait(created.id, S.CONNECTED)
    paired = Paired(created.id, number)
    eventually(
        lambda: house.registry.view(created.id).phone == number,
        timeout=5,
        seen=lambda: house.view(created.id),
    )
    contact = house.contact()
    assert house.send_text(created.id, to=contact, text="oi", timeout=10).state is SendState.SENT
    require_same_after_a_restart(house, paired)


def test_records_and_timeline_keep_what_they_had(
    house: RegistryHarness, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renamed and stopped on a full disk: the record stays whole, and the new one follows with the room."""
    monkeypatch.setattr("core.registry.instance_writer.EVERY_S", 0.2)
    house.open()
    paired = house.pair("Um")
    house.wait_noted(paired.id, HistoryKind.CONNECTED)
    folder = house.folder(paired.id)
    told = timeline.entries(folder, limit=100)

    def stored() -> tuple[str, bool]:
        body = json.loads((folder / "instance.json").read_bytes())
        return body["name"], body["wanted"]

    disk.fill()
    house.wait(paired.id, S.RECONNECTING, reason="disk-full")
    house.registry.rename(paired.id, "Dois")
    assert house.registry.stop_instance(paired.id, timeout=5)
    assert house.view(paired.id).name == "Dois"
    # A session that is closed gives its log back, which may be room for a record before it is taken again.
    assert stored() in {("Um", True), ("Dois", True), ("Dois", False)}
    assert timeline.entries(folder, limit=100)[-len(told) :] == told
    disk.free()
    eventually(lambda: stored() == ("Dois", False), timeout=5, seen=stored)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    require_same_after_a_restart(house, paired)


def test_deleting_and_restoring_need_no_room_and_purging_makes_some(
    house: RegistryHarness, disk: SmallDisk
) -> None:
    """What frees a full disk must work on one; the session comes back whole."""
    house.open()
    paired, other = house.pair("Um"), house.pair("Dois")
    house.registry.trash.delete(other.id)  # so that the folder of the trash is there
    disk.fill()
    house.wait(paired.id, S.RECONNECTING, reason="disk-full")
    house.registry.trash.delete(paired.id)
    by_name = {item.name: item.trash_name for item in house.registry.trash.deleted()}
    house.registry.trash.restore(by_name["Um"])
    house.registry.trash.purge(by_name["Dois"])
    disk.free()
    wait_trouble(house, "")
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    require_same_after_a_restart(house, paired)


def test_a_process_that_starts_on_a_full_disk_waits_for_room(house: RegistryHarness, disk: SmallDisk) -> None:
    """Not ready, and says why; every session connects when there is room, without a QR."""
    house.open()
    paired = house.pair()
    house.registry.stop()
    disk.fill()
    house.begin()
    eventually(lambda: house.registry.storage().problem, timeout=5, seen=house.registry.storage)
    assert house.registry.storage().problem == "disk-full"
    disk.free()
    eventually(lambda: house.registry.storage().ready, timeout=5, seen=house.registry.storage)
    house.wait(paired.id, S.CONNECTED)
    require_same_after_a_restart(house, paired)
