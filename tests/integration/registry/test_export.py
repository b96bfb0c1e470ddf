"""A session that leaves: another system connects with it, and this one stays stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from core.errors import AppError, StorageUnavailableError
from core.models.instance import InstanceState
from core.models.timeline import HistoryKind
from core.moving.backup import making
from core.moving.backup.monitor import BackupMonitor, Sources
from core.registry import registry as registry_module
from core.registry.registry import Registry
from tests.conftest import StartCore
from tests.integration.registry.support import RegistryHarness

S = InstanceState
PASSPHRASE = "correta bateria cavalo grampo"


@pytest.fixture(autouse=True)
def _process_ended(nothing_left: None) -> Iterator[None]:
    """The process that writes the file ends before the look at what is left."""
    yield
    making.close()


def exported(registry: Registry, auth_dir: Path, instance_id: str) -> bytes:
    """The file, as the service makes it."""
    sources = Sources(storage=registry.storage, views=registry.views, flush=registry.flush_messages)
    backups = BackupMonitor(auth_dir, sources=sources, app_version="0.1.0")
    assert registry.stop_instance(instance_id, timeout=5)
    registry.mark_moved_out(instance_id, on=True)
    made = backups.export(registry.view(instance_id), PASSPHRASE)
    registry.note_moved_out(instance_id)
    assert made.file_name == "whatsapp.db.age"
    found = backups.waiting(made.token)
    assert found is not None
    data = found[0].read_bytes()
    backups.note_fetched(made)
    assert not backups.view.saved  # it is no backup
    backups.stop()
    return data


def test_another_system_connects_with_it(
    house: RegistryHarness, start_core: StartCore, tmp_path: Path
) -> None:
    """A bare core on the file, without a QR; this instance stays stopped across a restart, and says why.
    No press starts it unless that is confirmed; then it is taken back at once by the other, and left to it.
    """
    house.open()
    paired = house.pair()
    data = exported(house.registry, house.auth_dir, paired.id)
    store = tmp_path / "whatsapp.db"
    store.write_bytes(pyrage.passphrase.decrypt(data, PASSPHRASE))
    other = start_core(store)
    other.wait("connected")
    assert len(house.emulator.devices_of(paired.number)) == 1
    house.wait_noted(paired.id, HistoryKind.MOVED_OUT)
    house.registry.stop()
    house.open()
    view = house.view(paired.id)
    assert (view.state, view.linked) == (S.STOPPED, True)
    assert view.moved_out_at
    assert len(house.emulator.state().sessions_of(paired.number)) == 1
    for press in (house.registry.start_instance, house.registry.restart_instance):
        with pytest.raises(AppError, match="moved-out"):
            press(paired.id)
    assert house.view(paired.id) == view
    house.registry.start_instance(paired.id, confirmed=True)
    house.wait(paired.id, S.CONNECTED)
    assert house.view(paired.id).moved_out_at == 0
    start_core(store).wait("connected")
    house.wait(paired.id, S.FAILED, reason="wa-running-elsewhere")


def test_nothing_is_handed_out_when_the_disk_does_not_take_the_mark(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the next start of the machine two systems would run with the session."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    house.open()
    paired = house.pair()
    assert house.registry.stop_instance(paired.id, timeout=5)
    with monkeypatch.context() as patch:
        patch.setattr(registry_module, "write_record", refuse)
        with pytest.raises(StorageUnavailableError):
            house.registry.mark_moved_out(paired.id, on=True)
    house.registry.mark_moved_out(paired.id, on=False)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
