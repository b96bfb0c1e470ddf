"""The end of the process, orderly or not, and what the next start finds."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from core.models.instance import InstanceState
from core.models.messages import SendState
from core.registry.registry import Registry
from core.settings import Settings
from core.store.instance_file import load_records
from core.store.session import has_device
from core.store.session_process import MODULE
from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import alive, is_alive, looks_inside
from tests.support.stores import integrity

S = InstanceState


def test_a_restart_connects_everybody_without_a_qr(
    house: RegistryHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """Six sessions, more than start together: all connected, each once, no QR was ever offered, and the log
    says of each that its session was found: people look for that line after a deploy.
    """
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(6)]
    house.registry.stop()
    house.emulator.wait_for(lambda s: not s.sessions, what="the end of the connections")
    before = house.emulator.state()
    caplog.set_level(logging.INFO)
    begin = time.monotonic()
    house.open()
    for one in paired:
        view = house.wait(one.id, S.CONNECTED)
        assert f"Restoring session of instance {one.id} from {house.folder(one.id)}" in caplog.messages
        assert (view.phone, view.linked, view.restarts) == (one.number, True, 0)
    assert time.monotonic() - begin < 5
    after = house.emulator.state()
    assert after.connects - before.connects == 6
    assert sorted(login.number for login in after.logins[len(before.logins) :]) == sorted(
        one.number for one in paired
    )
    assert [view.name for view in house.registry.views()] == [f"Loja {number}" for number in range(6)]


def test_what_was_stopped_stays_stopped(house: RegistryHarness) -> None:
    """Across restarts, paired or not; a start by hand brings it back without a QR."""
    house.open()
    paired, unpaired = house.pair("Um"), house.registry.create("Dois")
    house.wait_qr(unpaired.id)
    for instance_id in (paired.id, unpaired.id):
        assert house.registry.stop_instance(instance_id, timeout=5)
    running = house.pair("Três")
    house.registry.stop()
    house.open()
    house.wait(running.id, S.CONNECTED)
    assert {view.id: view.state for view in house.registry.views()} == {
        paired.id: S.STOPPED,
        unpaired.id: S.STOPPED,
        running.id: S.CONNECTED,
    }
    assert house.view(paired.id).phone == paired.number
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_an_unpaired_instance_shows_a_qr_again_after_a_restart(house: RegistryHarness) -> None:
    """Somebody was about to scan: the next start goes on there, as one instance."""
    house.open()
    created = house.registry.create("Loja")
    first = house.wait_qr(created.id)
    house.registry.stop()
    house.open()
    assert house.wait_qr(created.id).code != first.code
    house.pair(instance_id=created.id)


def test_stopping_is_quick_and_may_be_repeated(house: RegistryHarness) -> None:
    """Five instances, one of them showing a QR: all gone in 5 s, the folder free, a second stop harmless."""
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(4)]
    house.wait_qr(house.registry.create("QR").id)
    workers = [house.worker(view.id) for view in house.registry.views()]
    begin = time.monotonic()
    house.registry.stop()
    assert time.monotonic() - begin < 5
    assert not alive(workers)
    house.registry.stop()
    house.open()
    house.wait(paired[0].id, S.CONNECTED)


def test_a_registry_stopped_while_it_opens_leaves_nothing(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it begins, or after it read the records and before it made anything of them: no thread, no
    process and no lock is left (the fixture looks).
    """
    house.open()
    house.wait_qr(house.registry.create("Loja").id)
    house.registry.stop()
    house.begin().stop()
    reading = threading.Event()

    def slow(auth_dir: Path) -> object:
        found = load_records(auth_dir)
        reading.set()
        assert registry._startup.closing.wait(5)
        return found

    with monkeypatch.context() as patched:
        patched.setattr("core.registry.startup.load_records", slow)
        registry = house.begin()
        assert reading.wait(5)
        registry.stop()
    assert registry.views() == ()
    house.wait_qr(house.open().views()[0].id)


def test_a_registry_never_started_can_be_stopped(house: RegistryHarness) -> None:
    """A start that failed half-way is cleaned up like any other."""
    Registry(Settings(house.auth_dir, False, "en", "INFO", 50)).stop()
    assert not house.auth_dir.exists()


def test_pairings_survive_the_death_of_everything(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
) -> None:
    """SIGKILL of the whole process the moment a pairing is through, six times in a row: none is ever lost."""
    paired: dict[str, str] = {}
    for attempt in range(6):
        with start_registry() as process:
            number = house.fresh_number()
            created = process.ask("create", name=f"Loja {attempt}")["id"]
            emulator.scan(number=number, qr=process.wait(created, "pairing")["qr"]["code"])
            if attempt % 2:  # as soon as the server let it in, and when the app knows it too
                process.wait(created, "connected")
            else:
                eventually(partial(emulator.logins_of, number), timeout=10, seen=emulator.state)
            process.kill()
            paired[created] = number
    before = emulator.state().connects
    house.open()
    for created, number in paired.items():
        view = house.wait(created, S.CONNECTED)
        assert (view.phone, view.restarts) == (number, 0)
        assert len(emulator.devices_of(number)) == 1
    assert emulator.state().connects - before == 6, "each logged in at once; none offered a QR"


def test_workers_do_not_outlive_a_killed_process(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
) -> None:
    """Connected or showing a QR, preloader included: gone within 2 s, and WhatsApp sees nobody."""
    with start_registry() as process:
        shown = process.ask("create", name="QR")["id"]
        paired = process.ask("create", name="Loja")["id"]
        qr = process.wait(paired, "pairing")["qr"]["code"]
        emulator.scan(number=house.fresh_number(), qr=qr)
        process.wait(paired, "connected")
        process.wait(shown, "pairing")
        family = process.family()
        assert len(family) == 4, "preloader, two workers, and the one that looks into sessions"
        process.kill()
        eventually(lambda: not alive(family), timeout=2, seen=lambda: alive(family))
    emulator.wait_for(lambda s: not s.sessions, what="the end of the connections")


@looks_inside
def test_a_look_into_a_session_outlives_nobody_and_hurts_no_successor(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
) -> None:
    """The process that checkpoints is frozen when its parent is killed: the next owner need not wait for it.

    It holds no lock of the folder; thawed it ends by itself, and the session is whole.
    """
    with start_registry() as process:
        created = process.ask("create", name="Loja")["id"]
        number = house.fresh_number()
        emulator.scan(number=number, qr=process.wait(created, "pairing")["qr"]["code"])
        process.wait(created, "connected")
        (looking,) = [one for one in process.family() if MODULE in one.cmdline()]
        assert str(house.auth_dir / "owner.lock") not in [one.path for one in looking.open_files()]
        looking.suspend()
        process.kill()
    house.open()
    view = house.wait(created, S.CONNECTED)
    assert (view.phone, view.restarts) == (number, 0)
    looking.resume()
    eventually(lambda: not is_alive(looking), timeout=5, seen=looking.status)
    assert house.send_text(created, to=house.contact(), text="oi", timeout=10).state is SendState.SENT
    house.registry.stop()
    assert has_device(house.folder(created))
    assert integrity(house.folder(created) / "session.db") == "ok"


@looks_inside
def test_workers_hold_the_owners_lock(house: RegistryHarness, start_registry: StartRegistry) -> None:
    """While one of them lives, nobody else may open the sessions."""
    with start_registry() as process:
        created = process.ask("create", name="Loja")["id"]
        pid = process.wait(created, "pairing")["worker_pid"]
        held = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
        assert str(house.auth_dir / "owner.lock") in held


@looks_inside
def test_workers_inherit_nothing_else_of_their_parents(house: RegistryHarness) -> None:
    """No other instance's pipe, no control socket: a worker that ends is seen to end by its supervisor."""
    house.open()
    for name in ("Um", "Dois", "Três"):
        house.wait_qr(house.registry.create(name).id)
    held = [
        {path.name: str(path.readlink()) for path in Path(f"/proc/{view.worker_pid}/fd").iterdir()}
        for view in house.registry.views()
    ]
    for files in held:
        # Its own pipe, twice (it reads and writes), and the connection to WhatsApp.
        assert len({name for name in files.values() if name.startswith("socket:")}) <= 2, files
        # Nobody else keeps what it writes to stderr open.
        assert sum(files["2"] in others.values() for others in held) == 1, held
