"""Disks, networks and processes that do not do their part."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import LinkedApp, Visit
from tests.emulator.handle import Emulator
from tests.support.pairing import pair_instances
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED

Number = Callable[[], str]
WAITING = "continua tentando"


def test_a_missing_folder_is_made(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """AUTH_DIR need not exist, nor its parents; it becomes private to its owner."""
    app = app_process(auth_dir=tmp_path / "not" / "yet" / "there")
    app.wait_healthy()
    visit(app).open().by_key("new-instance").wait_for()
    assert app.auth_dir.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_folders_place_is_told_and_waited_out(
    app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """The page says that AUTH_DIR is a file, and comes alive by itself when it no longer is."""
    place = tmp_path / "auth"
    place.write_text("not a folder")
    app = app_process(auth_dir=place)
    app.wait_healthy()
    person = visit(app).open()
    person.sees(WAITING)
    expect(person.by_key("new-instance")).to_have_count(0)
    place.unlink()
    person.by_key("new-instance").wait_for()


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Make ``folder`` refuse writes, in a way that holds for root too."""
    folder.mkdir()
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    else:
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(0o700)


def test_a_read_only_folder_is_told_and_waited_out(
    app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """The page says that nothing can be written, and comes alive by itself when it can."""
    place = tmp_path / "auth"
    with _read_only(place):
        app = app_process(auth_dir=place)
        app.wait_healthy()
        person = visit(app).open()
        person.sees(WAITING)
    person.by_key("new-instance").wait_for()


def test_a_folder_owned_by_another_process_is_waited_for(
    linked_app: LinkedApp, app_process: StartApp, visit: Visit
) -> None:
    """In an overlapping deploy the new process says who owns the folder and takes over when it is free."""
    old, (instance,) = linked_app()
    instance_id = instance.id
    new = app_process(auth_dir=old.auth_dir)
    new.wait_healthy()
    person = visit(new).open()
    person.sees(WAITING)
    person.sees(f"pid {old.pid}")
    assert new.instances() == []
    assert old.instance(instance_id)["state"] == "connected"
    old.terminate()
    person.by_key(f"open-{instance_id}").wait_for()
    new.wait_instance(instance_id, state="connected")


def test_no_network_at_start_is_told_and_waited_out(
    app_process: StartApp,
    emulator: Emulator,
    patched_core: Path,
    visit: Visit,
    fresh_number: Number,
    tmp_path: Path,
) -> None:
    """With nobody to reach, the page says that it reconnects; it connects when the network is back."""
    [instance_id] = pair_instances(tmp_path / "auth", emulator, patched_core, [fresh_number()])
    emulator.faults(refuse=True)
    app = app_process()
    app.wait_healthy()
    person = visit(app).open(f"/instance?id={instance_id}")
    person.sees_state("Reconectando")
    assert app.instance(instance_id)["reason"] == "wa-unreachable"
    emulator.clear_faults()
    person.sees_state(CONNECTED, timeout=20)


def test_corrupt_files_are_set_aside_and_told_and_the_others_start(
    app_process: StartApp,
    emulator: Emulator,
    patched_core: Path,
    visit: Visit,
    fresh_number: Number,
    tmp_path: Path,
) -> None:
    """A damaged record costs its name, a damaged session its pairing; nothing is deleted, others run."""
    auth_dir = tmp_path / "auth"
    numbers = [fresh_number() for _ in range(3)]
    no_record, no_session, sound = pair_instances(auth_dir, emulator, patched_core, numbers)
    (auth_dir / no_record / "instance.json").write_bytes(b'{"version": 1, "id": ')
    broken = b"this is no database" * 100
    (auth_dir / no_session / "session.db").write_bytes(broken)
    app = app_process()
    app.wait_healthy()
    app.wait_instance(sound, state="connected")
    app.wait_instance(no_record, state="connected")
    assert app.wait_instance(no_session, state="failed")["reason"] == "session-corrupt"
    [kept] = (auth_dir / no_session).glob("session.db.corrupt-*Z")
    assert kept.read_bytes() == broken
    assert list((auth_dir / no_record).glob("instance.json.corrupt-*"))
    person = visit(app).open()
    person.sees("instance.json.corrupt-")
    person.open(f"/instance?id={no_session}")
    person.sees_state("Com problema")
    person.sees("session.db.corrupt-")
    person.press("start")
    emulator.scan(number=numbers[1], qr=person.read_qr())
    person.sees_state(CONNECTED)


def test_a_killed_worker_comes_back_with_all_that_are_in_it(linked_app: LinkedApp, visit: Visit) -> None:
    """They reconnect in a moment, each with one restart; who is elsewhere keeps its connection."""
    app, (one, _other) = linked_app(2)
    victim = app.wait_instance(one.id, state="connected")["worker_pid"]
    before = app.instances()
    inside = {each["id"] for each in before if each["worker_pid"] == victim}
    person = visit(app).open(f"/instance?id={one.id}")
    os.kill(victim, 9)
    eventually(
        lambda: all(
            each["worker_pid"] not in (None, victim) and each["state"] == "connected"
            for each in app.instances()
            if each["id"] in inside
        ),
        timeout=5,
        seen=app.instances,
    )
    person.sees_state(CONNECTED)
    for now, then in zip(app.instances(), before, strict=True):
        assert now == then if now["id"] not in inside else now["restarts"] == then["restarts"] + 1


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_every_process_ends_and_the_next_start_connects_all(
    linked_app: LinkedApp, app_process: StartApp, visit: Visit, how: str
) -> None:
    """SIGTERM ends all in 5 s, SIGKILL leaves no worker after 2 s, while a QR shows; all connect again."""
    app, instances = linked_app(4)
    person = visit(app).open()
    person.create("Sem par")
    person.read_qr()
    took = app.terminate(timeout=5) if how == "terminate" else app.kill(timeout=2)
    assert not app.orphans(), took
    again = app_process(auth_dir=app.auth_dir)
    again.wait_healthy()
    for instance in instances:
        again.wait_instance(instance.id, state="connected")


def test_nothing_private_is_logged(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """After pairing and sending, the log holds the line about the folder, but no QR, number or text."""
    owner, friend = fresh_number(), fresh_number()
    emulator.add_phone(owner, "Dona")
    emulator.add_phone(friend, "Amigo")
    app = app_process(env={"LOG_LEVEL": "DEBUG"})
    app.wait_healthy()
    person = visit(app).open()
    person.create("Discreta")
    instance_id = person.instance_id()
    code = person.read_qr()
    emulator.scan(number=owner, qr=code)
    person.sees_state(CONNECTED)
    person.open(f"/messages?id={instance_id}")
    person.send(to=f"+{friend}", text="segredo-do-dia")
    person.sees_sent("segredo-do-dia")
    app.terminate()
    log = app.log_text()
    assert f"Created new auth directory for instance {instance_id} at {app.auth_dir}/{instance_id}" in log
    for secret in (owner, friend, "segredo-do-dia", code, code.split("#")[-1].split(",")[0]):
        assert secret not in log
