"""A session that was prepared connects without a QR, and a crash in between leaves nothing or all of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.models.instance import InstanceState
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import staging
from core.store import session
from core.store.layout import instance_ids
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.polling import eventually

S = InstanceState


def saved_session(house: RegistryHarness, to: Path) -> Paired:
    """A device whose only copy is the session in that folder: its instance is gone for good."""
    house.open()
    paired = house.pair("Antiga")
    assert house.registry.stop_instance(paired.id, timeout=5)
    to.mkdir()
    shutil.copy(house.folder(paired.id) / "session.db", to)
    house.registry.trash.delete(paired.id)
    (item,) = house.registry.trash.deleted()
    house.registry.trash.purge(item.trash_name)
    return paired


def test_it_connects_without_a_qr(house: RegistryHarness, tmp_path: Path) -> None:
    """The same device, sending and receiving; no second one on the account, and no QR was ever shown."""
    paired = saved_session(house, tmp_path / "saved")
    with staging.staging_folder(house.auth_dir) as folder:
        shutil.copy(tmp_path / "saved" / "session.db", folder)
        made = house.registry.moving.adopt(folder, "Nova")
    view = house.wait(made.id, S.CONNECTED)
    assert (view.phone, view.linked, view.restarts) == (paired.number, True, 0)
    assert len(house.emulator.devices_of(paired.number)) == 1
    contact = house.contact()
    sent = house.send_text(made.id, to=contact, text="Olá", timeout=10)
    assert sent.state.value == "sent"


def test_the_device_that_runs_is_refused_by_name(house: RegistryHarness) -> None:
    """Read beside its worker, which stays connected."""
    house.open()
    paired = house.pair("Matriz")
    session.checkpoint(house.folder(paired.id))
    with staging.staging_folder(house.auth_dir) as folder:
        shutil.copy(house.folder(paired.id) / "session.db", folder)
        with pytest.raises(MoveRefusedError) as caught:
            house.registry.moving.adopt(folder, "Nova")
    assert (caught.value.code, caught.value.detail) == (MoveCode.ALREADY_HERE, "Matriz")
    assert house.view(paired.id).state is S.CONNECTED
    assert [view.id for view in house.registry.views()] == [paired.id]


@pytest.mark.parametrize(("at", "there"), [("before it is in place", False), ("in place", True)])
def test_a_crash_leaves_nothing_or_all_of_it(
    house: RegistryHarness, start_registry: StartRegistry, tmp_path: Path, at: str, there: bool
) -> None:
    """Killed at the last step: the next start sweeps what is half, and connects what is whole."""
    paired = saved_session(house, tmp_path / "saved")
    house.registry.stop()
    with start_registry() as process:
        process.ask("die", at=at)
        with pytest.raises(AssertionError):
            process.ask("adopt", source=str(tmp_path / "saved" / "session.db"), name="Nova")
        eventually(process.has_ended, timeout=5, seen=process.log_text)
    registry = house.open()
    left = house.auth_dir / staging.STAGING_DIR
    assert list(left.iterdir()) == []
    assert [view.name for view in registry.views()] == (["Nova"] if there else [])
    for instance_id in instance_ids(house.auth_dir):
        assert house.wait(instance_id, S.CONNECTED).phone == paired.number
