"""What an owner does with an instance: rename, restart, log out, forget, delete, restore, pair by code."""

from __future__ import annotations

import pytest

from core.errors import AppError, InvalidInputError, NotConnectedError, UnknownInstanceError
from core.models.instance import InstanceState
from core.models.timeline import HistoryKind
from core.store.session import has_device
from core.store.trash import TRASH_DIR
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

S = InstanceState


def test_a_name_changes_at_any_time_and_stays(house: RegistryHarness) -> None:
    """Connected or not, nothing else changes; a name that is taken is refused."""
    house.open()
    paired, other = house.pair("Antes"), house.registry.create("Outra")
    house.registry.rename(paired.id, "Depois")
    assert house.view(paired.id).state is S.CONNECTED
    with pytest.raises(InvalidInputError, match="name-taken"):
        house.registry.rename(other.id, "DEPOIS")
    house.registry.rename(paired.id, "depois")
    house.close()
    house.open()
    assert house.view(paired.id).name == "depois"


def test_restart_gives_another_worker_at_once(house: RegistryHarness) -> None:
    """Also out of a wait; the session is the same."""
    house.open()
    paired = house.pair()
    before = house.worker(paired.id).pid
    house.registry.restart_instance(paired.id)
    house.registry.restart_instance(paired.id)
    again = house.registry.wait_for(
        paired.id,
        lambda view: view.state is S.CONNECTED and view.worker_pid not in (None, before),
        timeout=10,
    )
    assert again, house.view(paired.id)
    assert len(house.emulator.devices_of(paired.number)) == 1
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(refuse=True)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.RECONNECTING, reason="wa-unreachable")
    house.emulator.clear_faults()
    house.registry.restart_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)


def test_logging_out_unlinks_at_whatsapp_and_here(house: RegistryHarness) -> None:
    """The phone's list loses the device; the instance pairs anew under the same id."""
    house.open()
    paired = house.pair()
    house.registry.unlink(paired.id, timeout=10)
    house.wait(paired.id, S.LOGGED_OUT, reason="logged-out-here")
    assert not house.emulator.devices_of(paired.number)
    assert not has_device(house.folder(paired.id))
    with pytest.raises(NotConnectedError):
        house.registry.unlink(paired.id, timeout=10)
    house.registry.start_instance(paired.id)
    house.pair(instance_id=paired.id)


def test_offline_only_the_session_here_can_go(house: RegistryHarness) -> None:
    """Logging out needs a connection; forgetting does not, and leaves the device in the phone's list."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    with pytest.raises(NotConnectedError):
        house.registry.unlink(paired.id, timeout=10)
    for _ in range(2):
        house.registry.forget(paired.id)
        house.wait(paired.id, S.LOGGED_OUT, reason="removed-here")
    assert not (house.folder(paired.id) / "session.db").exists()
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_deleted_and_restored_with_the_session_whole(house: RegistryHarness) -> None:
    """The trash survives a restart; what comes back connects without a QR and keeps its timeline."""
    house.open()
    paired = house.pair("Loja")
    house.registry.trash.delete(paired.id)
    with pytest.raises(UnknownInstanceError):
        house.registry.trash.delete(paired.id)
    assert house.registry.views() == ()
    house.close()
    registry = house.open()
    [item] = registry.trash.deleted()
    assert (item.id, item.name, item.linked) == (paired.id, "Loja", True)
    assert item.purged_at - item.deleted_at == 7 * 24 * 3600
    registry.create("Loja")
    back = registry.trash.restore(item.trash_name)
    assert (back.id, back.name, back.state) == (paired.id, "Loja (2)", S.STOPPED)
    assert registry.trash.deleted() == ()
    with pytest.raises(UnknownInstanceError):
        registry.trash.restore(item.trash_name)
    registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    kinds = [one.kind for one in registry.timeline(paired.id, limit=50)]
    assert HistoryKind.CREATED in kinds
    assert HistoryKind.RESTORED in kinds


def test_a_restored_ones_new_name_is_stored(house: RegistryHarness) -> None:
    """Stopped, deleted, restored beside another of its name: told apart in the next process too."""
    registry = house.open()
    created = registry.create("Loja")
    registry.stop_instance(created.id, timeout=5)
    registry.trash.delete(created.id)
    other = registry.create("Loja")
    [item] = registry.trash.deleted()
    registry.trash.restore(item.trash_name)
    house.close()
    house.open()
    assert (house.view(created.id).name, house.view(other.id).name) == ("Loja (2)", "Loja")


def test_purging_erases_and_strange_names_do_nothing(house: RegistryHarness) -> None:
    """Only what lies in the trash can be purged, whatever name is asked for."""
    registry = house.open()
    paired = house.pair()
    for name in ("", "..", f"../{paired.id}", paired.id, f"{paired.id}-123456789"):
        with pytest.raises(UnknownInstanceError):
            registry.trash.purge(name)
    registry.trash.delete(paired.id)
    [item] = registry.trash.deleted()
    registry.trash.purge(item.trash_name)
    assert registry.trash.deleted() == ()
    assert list((house.auth_dir / TRASH_DIR).iterdir()) == []


def test_pairing_by_code(house: RegistryHarness) -> None:
    """The code stands in the view until it is used; typed on the phone, it connects."""
    registry = house.open()
    created = registry.create("Código")
    house.wait_qr(created.id)
    owner = house.contact()
    registry.ask_pairing_code(created.id, owner)
    assert registry.wait_for(created.id, lambda view: view.pairing_code is not None, timeout=10)
    code = registry.view(created.id).pairing_code
    assert code is not None
    assert (len(code.code), code.number) == (8, owner)
    assert 150 < code.expires_at - house.view(created.id).since <= 161
    house.emulator.enter_code(number=owner, code=code.code)
    house.wait(created.id, S.CONNECTED)
    assert house.view(created.id).phone == owner
    with pytest.raises(AppError, match="not-pairing"):
        registry.ask_pairing_code(created.id, owner)


def test_the_timeline_tells_a_life(house: RegistryHarness) -> None:
    """Created, paired, connected, lost, connected, stopped, and the process's starts, in that order."""
    registry = house.open()
    paired = house.pair()
    house.emulator.drop(paired.number)
    house.wait(paired.id, S.RECONNECTING, reason="wa-disconnected")
    house.wait(paired.id, S.CONNECTED)
    registry.stop_instance(paired.id, timeout=5)
    house.wait_noted(paired.id, HistoryKind.STOPPED)
    house.close()
    registry = house.open()
    house.wait_noted(paired.id, HistoryKind.PROCESS_STARTED)
    kinds = [one.kind.value for one in reversed(registry.timeline(paired.id, limit=50))]
    assert kinds == [
        "created",
        *("starting", "pairing", "linked", "connected", "reconnecting", "connected", "stopped"),
        "process_started",
    ]


def test_proof_of_life_is_real_traffic(house: RegistryHarness) -> None:
    """It moves when something arrives, and only then."""
    registry = house.open()
    paired = house.pair()
    first = registry.view(paired.id).last_data_at
    assert first is not None
    friend = house.contact()
    house.emulator.inbound(sender=friend, receiver=paired.number, text="oi")
    eventually(
        lambda: (registry.view(paired.id).last_data_at or 0) > first,
        timeout=15,
        seen=lambda: (first, registry.view(paired.id).last_data_at),
    )
