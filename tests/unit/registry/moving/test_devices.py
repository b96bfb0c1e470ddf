"""No device is in two instances: whoever has it is found, also where the table does not know."""

from __future__ import annotations

import threading
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.errors import AppError
from core.models.codes import RefusalCode
from core.models.instance import InstanceRecord
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import staging
from core.registry.moving.adoption import Adoption
from core.registry.moving.devices import Devices, number_of
from core.registry.supervisors import Supervisors
from core.registry.trash import Trash
from core.store import trash as store
from core.store.instance_file import create_folder
from tests.unit.registry.conftest import FakeContext
from tests.unit.registry.moving.conftest import JID, NUMBER, make_instance, make_session

OTHER = JID.replace(":7", ":8")


class WatchedLock:
    """A lock that tells when a second thread waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.waited = threading.Event()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self.waited.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@pytest.fixture
def trash(context: FakeContext, supervisors: Supervisors, devices: Devices) -> Trash:
    """The trash of the same folder."""
    return Trash(
        context.auth_dir, supervisors, MagicMock(), MagicMock(), devices, clock=lambda: 1_700_000_000.0
    )


def deleted(context: FakeContext, name: str, jid: str, *, phone: str = NUMBER) -> str:
    """An instance in the trash; its name there."""
    record = make_instance(context.auth_dir, name, jid, phone=phone)
    return store.move_to_trash(context.auth_dir, record.id, now=1_700_000_000.0)


@pytest.mark.parametrize("jid", [JID, "5511999990000.0:7@s.whatsapp.net", "5511999990000@s.whatsapp.net"])
def test_the_number_of_a_device(jid: str) -> None:
    """In each form that the core has written."""
    assert number_of(jid) == NUMBER


def test_an_instance_whose_record_could_not_be_read_has_its_device_still(
    context: FakeContext, devices: Devices
) -> None:
    """It is not in the table, and runs after the next start. It is named as its folder is."""
    make_instance(context.auth_dir, "Matriz", JID)
    assert devices.holder(JID) == "matriz"
    assert devices.holder(OTHER) == ""


def test_no_twin_comes_in_beside_it(context: FakeContext, adoption: Adoption) -> None:
    """As beside any other."""
    make_instance(context.auth_dir, "Matriz", JID)
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        with pytest.raises(MoveRefusedError) as caught:
            adoption.adopt(folder, "Loja")
    assert caught.value.code == MoveCode.ALREADY_HERE


@pytest.mark.parametrize("phone", [NUMBER, ""])
def test_a_device_that_is_here_does_not_come_out_of_the_trash(
    context: FakeContext, supervisors: Supervisors, trash: Trash, phone: str
) -> None:
    """Two copies would throw each other off; the other is named, and nothing has moved."""
    name = deleted(context, "Antiga", JID, phone=phone)
    supervisors.add(make_instance(context.auth_dir, "Matriz", JID))
    with pytest.raises(AppError) as caught:
        trash.restore(name)
    assert (caught.value.code, caught.value.detail) == (RefusalCode.DEVICE_HERE, "Matriz")
    assert (context.auth_dir / store.TRASH_DIR / name / "session.db").exists()


def test_what_is_nowhere_else_comes_out_of_the_trash(
    context: FakeContext, supervisors: Supervisors, trash: Trash
) -> None:
    """Also beside another device of the same number, and when its own session is damaged."""
    supervisors.add(make_instance(context.auth_dir, "Matriz", OTHER))
    assert trash.restore(deleted(context, "Antiga", JID)).name == "Antiga"
    name = deleted(context, "Velha", JID.replace(":7", ":9"))
    (context.auth_dir / store.TRASH_DIR / name / "session.db").write_bytes(b"no database" * 999)
    assert trash.restore(name).name == "Velha"


def test_without_anything_that_may_have_it_no_session_is_opened(
    context: FakeContext, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk it may not be possible, and a restore has to work there."""
    name = deleted(context, "Antiga", JID)
    monkeypatch.setattr("core.store.session.devices", lambda _: pytest.fail("opened"))
    assert trash.restore(name).name == "Antiga"


def test_no_twin_comes_in_while_its_instance_is_being_deleted(
    context: FakeContext,
    supervisors: Supervisors,
    adoption: Adoption,
    trash: Trash,
    devices: Devices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the table and the trash it is in neither: who brings the same device waits, and is refused."""
    record = make_instance(context.auth_dir, "Matriz", JID)
    supervisors.add(record)
    watched = WatchedLock()
    monkeypatch.setattr(devices, "moving", watched)
    on_its_way, go_on = threading.Event(), threading.Event()
    move = store.move_to_trash

    def slowly(auth_dir: Path, instance_id: str, *, now: float) -> str:
        on_its_way.set()
        assert go_on.wait(10)
        return move(auth_dir, instance_id, now=now)

    monkeypatch.setattr(store, "move_to_trash", slowly)
    refusals: list[str] = []

    def bring() -> None:
        with staging.staging_folder(context.auth_dir) as folder:
            make_session(folder, JID)
            try:
                adoption.adopt(folder, "Loja")
            except MoveRefusedError as error:
                refusals.append(error.code)

    deletion = threading.Thread(target=trash.delete, args=(record.id,))
    bringing = threading.Thread(target=bring)
    deletion.start()
    assert on_its_way.wait(10)
    bringing.start()
    waited = watched.waited.wait(10)
    go_on.set()
    for thread in (deletion, bringing):
        thread.join(10)
    assert waited
    assert refusals == [MoveCode.IN_TRASH]


def test_a_folder_without_a_session_holds_nothing(context: FakeContext, devices: Devices) -> None:
    """An instance that was never linked."""
    create_folder(context.auth_dir, InstanceRecord("nova-k7m2xq", "Nova", 1.0, wanted=False))
    assert devices.holder(JID) == ""
