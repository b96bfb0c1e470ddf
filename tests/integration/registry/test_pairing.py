"""From a name to a connected instance, and everything a person may press on the way."""

from __future__ import annotations

import threading
import time

import psutil
import pytest

from core.errors import InvalidInputError, LimitReachedError, StorageUnavailableError
from core.models.instance import InstanceState
from core.models.timeline import HistoryKind
from core.store.session import has_device
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import is_alive

S = InstanceState


def test_a_new_instance_shows_a_qr_and_a_scan_connects_it(house: RegistryHarness) -> None:
    """QR 1 of 6, good for about a minute; after the scan connected, with the phone's number and no QR."""
    house.open()
    created = house.registry.create("Loja Centro")
    assert created.state in (S.STOPPED, S.STARTING)
    step = house.wait_qr(created.id)
    view = house.view(created.id)
    assert (view.state, view.linked, view.phone, view.restarts) == (S.PAIRING, False, "", 0)
    assert (step.index, step.total) == (1, 6)
    assert 55 < step.expires_at - time.time() <= 60
    number = house.fresh_number()
    house.emulator.scan(number=number, qr=step.code)
    view = house.wait(created.id, S.CONNECTED)
    assert (view.phone, view.linked, view.qr, view.restarts) == (number, True, None, 0)
    assert view.worker_pid is not None
    assert psutil.pid_exists(view.worker_pid)
    assert view.since <= time.time()


@pytest.mark.parametrize("name", ["Ana 👩‍👩‍👧 ção محل", "../x?#%00"])
def test_the_phone_shows_the_instances_name(house: RegistryHarness, name: str) -> None:
    """Under Linked devices people find what they named here, whatever it is."""
    house.open()
    paired = house.pair(name)
    assert [device.platform for device in house.emulator.devices_of(paired.number)] == [name]


def test_what_is_stored_is_private(house: RegistryHarness) -> None:
    """Folders 0700, files 0600: also those that the core makes in its worker."""
    house.open()
    paired = house.pair()
    modes = {path.name: path.stat().st_mode & 0o777 for path in house.folder(paired.id).iterdir()}
    assert modes.pop("session.db") == 0o600
    assert set(modes.values()) == {0o600}
    assert house.folder(paired.id).stat().st_mode & 0o777 == 0o700


def test_pressing_start_again_and_again_is_one_client(house: RegistryHarness) -> None:
    """Ten presses, and ten threads at once, while the QR shows: same QR, one worker, one connection."""
    house.open()
    created = house.registry.create("Loja")
    step, worker = house.wait_qr(created.id), house.worker(created.id)
    before = house.emulator.state()
    presses = [threading.Thread(target=house.registry.start_instance, args=(created.id,)) for _ in range(10)]
    for press in presses:
        house.registry.start_instance(created.id)
        press.start()
    for press in presses:
        press.join(5)
    paired = house.pair(instance_id=created.id)  # everything pressed before was handled before this
    after = house.emulator.state()
    assert house.view(created.id).worker_pid == worker.pid
    assert psutil.Process(worker.ppid()).children() == [worker]
    # One connection more: the core's own reconnect after pairing.
    assert after.connects - before.connects == 1
    assert [session.number for session in after.sessions] == [paired.number]
    assert step.index == 1


def test_stopping_while_a_qr_shows_is_quick(house: RegistryHarness) -> None:
    """Under a second, with the process and the connection gone; the next start shows a new QR."""
    house.open()
    created = house.registry.create("Loja")
    step, worker = house.wait_qr(created.id), house.worker(created.id)
    begin = time.monotonic()
    assert house.registry.stop_instance(created.id, timeout=5)
    assert time.monotonic() - begin < 1
    assert not is_alive(worker)
    view = house.view(created.id)
    assert (view.state, view.reason, view.qr, view.worker_pid) == (S.STOPPED, "", None, None)
    house.emulator.wait_for(lambda state: not state.sessions, what="the end of the connection")
    house.registry.start_instance(created.id)
    again = house.wait_qr(created.id)
    assert (again.index, again.code == step.code) == (1, False)


def test_an_account_that_wants_a_passkey_is_told_so(house: RegistryHarness) -> None:
    """Failed with the reason, not another QR; nothing is linked. Where no passkey is wanted it pairs."""
    house.open()
    created = house.registry.create("Loja")
    number = house.fresh_number()
    house.emulator.faults(passkey=True)
    assert house.emulator.scan(number=number, qr=house.wait_qr(created.id).code) == ""
    view = house.wait(created.id, S.FAILED, reason="passkey-required")
    assert (view.linked, view.qr, view.worker_pid, view.next_try_at) == (False, None, None, None)
    assert not has_device(house.folder(created.id))
    assert not house.emulator.devices_of(number)
    house.emulator.clear_faults()
    house.registry.start_instance(created.id)
    house.pair(instance_id=created.id, number=number)


def test_unlinking_on_the_phone_logs_out_and_pairing_again_works(house: RegistryHarness) -> None:
    """The session is gone and said to be; the same instance shows a new QR at its next start."""
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    house.emulator.unlink(paired.number)
    view = house.wait(paired.id, S.LOGGED_OUT, reason="wa-logged-out")
    assert (view.linked, view.worker_pid, view.phone) == (False, None, paired.number)
    assert not is_alive(worker)
    assert not has_device(house.folder(paired.id))
    house.wait_noted(paired.id, HistoryKind.LOGGED_OUT)
    [newest] = house.registry.timeline(paired.id, limit=1)
    assert newest.reason == "wa-logged-out"
    assert newest.at == pytest.approx(view.since, abs=1)
    house.registry.start_instance(paired.id)
    house.pair(instance_id=paired.id, number=paired.number)
    assert len(house.emulator.devices_of(paired.number)) == 1
    assert [view.id for view in house.registry.views()] == [paired.id]


def test_a_device_unlinked_while_it_was_stopped_is_told(house: RegistryHarness) -> None:
    """No QR out of nowhere: first the person learns that the phone removed it."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.unlink(paired.number)
    house.registry.start_instance(paired.id)
    assert not house.wait(paired.id, S.LOGGED_OUT, reason="wa-logged-out").linked


def test_two_accounts_do_not_meet(house: RegistryHarness) -> None:
    """Each instance has its own session, worker and number."""
    house.open()
    one, two = house.pair("Um"), house.pair("Dois")
    views = {paired.id: house.view(paired.id) for paired in (one, two)}
    assert (views[one.id].phone, views[two.id].phone) == (one.number, two.number)
    assert views[one.id].worker_pid != views[two.id].worker_pid
    house.registry.stop_instance(one.id, timeout=5)
    assert house.view(two.id) == views[two.id]


def test_a_name_can_be_taken_once(house: RegistryHarness) -> None:
    """Refused without a trace on the disk: nobody can tell two instances of one name apart."""
    house.open()
    house.registry.create("Loja")
    for again in ("Loja", "LOJA", "loja"):
        with pytest.raises(InvalidInputError) as caught:
            house.registry.create(again)
        assert (caught.value.code, caught.value.detail) == ("name-taken", again)
    assert len([path for path in house.auth_dir.iterdir() if path.is_dir()]) == 1


def test_the_limit_of_instances_holds(house: RegistryHarness) -> None:
    """Also for stopped ones, and from many threads at once."""
    house.open(max_instances=3)
    refused: list[str] = []

    def create(number: int) -> None:
        try:
            house.registry.stop_instance(house.registry.create(f"Loja {number}").id, timeout=5)
        except LimitReachedError as error:
            refused.append(f"{error.code} {error.detail}")

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert refused == ["instance-limit 3"] * 5
    assert len(house.registry.views()) == 3


def test_nothing_is_created_before_the_folder_is_ours(house: RegistryHarness) -> None:
    """While another owner is waited for, the page is told so."""
    house.auth_dir.write_text("a file")
    house.begin()
    problem = eventually(lambda: house.registry.storage().problem, timeout=5, seen=house.registry.storage)
    with pytest.raises(StorageUnavailableError) as caught:
        house.registry.create("Loja")
    assert caught.value.code == problem == "auth-dir-not-a-folder"
