"""The page that shows a QR, treated the way browsers are treated."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED

Number = Callable[[], str]


def _workers(app: AppProcess) -> list[int]:
    """Pids of the processes that hold a client: children of the preloader."""
    preloaders = [each for each in app.descendants() if "core.engine.preloader" in " ".join(each.cmdline())]
    inner = {each.pid for parent in preloaders for each in parent.children()}
    return sorted(inner)


def test_refreshing_closing_and_opening_twice_never_makes_a_second_client(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """However the page is looked at, one worker runs with one connection, and its QR links the phone."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    app = app_process()
    app.wait_healthy()
    connects_before = emulator.state().connects
    first = visit(app).open()
    first.create("Única")
    instance_id = first.instance_id()
    first.read_qr()
    workers = _workers(app)
    assert len(workers) == 1
    for _ in range(3):
        first.page.reload()
        first.settled()
    second = visit(app).open(f"/instance?id={instance_id}")
    tab = first.new_tab()
    tab.goto(f"{app.url}/instance?id={instance_id}")
    tab.locator(".st-key-qr img").first.wait_for()
    first.page.close()
    code = second.read_qr()
    second.page.reload()
    assert second.read_qr() == code
    assert _workers(app) == workers
    assert emulator.state().connects - connects_before == 1
    emulator.scan(number=owner, qr=code)
    second.sees_state(CONNECTED)
    expect(tab.locator(".st-key-status")).to_contain_text(CONNECTED)
    assert _workers(app) == workers


def test_pressing_create_twice_makes_one_instance(app_process: StartApp, visit: Visit) -> None:
    """An impatient double press leads to the one instance, not to an error or a twin."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.press("new-instance")
    person.by_key("instance-name").locator("input").fill("Dupla")
    person.by_key("create-instance").get_by_role("button").dblclick()
    person.sees_state("Esperando o QR code")
    assert [each["name"] for each in app.instances()] == ["Dupla"]


def test_stop_and_start_by_hand(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """Stopping keeps the session: starting again connects without a QR, and a stop outlives the process."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Vai e volta")
    instance_id = person.instance_id()
    emulator.scan(number=owner, qr=person.read_qr())
    person.sees_state(CONNECTED)
    person.press("stop")
    person.sees_state("Parada")
    assert not _workers(app)
    app.terminate()
    again = app_process(auth_dir=app.auth_dir)
    again.wait_healthy()
    again.wait_instance(instance_id, state="stopped")
    back = visit(again).open(f"/instance?id={instance_id}")
    back.sees_state("Parada")
    back.press("start")
    back.sees_state(CONNECTED)
    assert len(emulator.devices_of(owner)) == 1


def test_unlinked_by_the_phone_is_told_and_pairs_again(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """The page says that the phone disconnected it and offers a new QR under the same instance."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Desligada")
    instance_id = person.instance_id()
    emulator.scan(number=owner, qr=person.read_qr())
    person.sees_state(CONNECTED)
    emulator.unlink(owner)
    person.sees_state("Desconectada no celular")
    person.press("start")
    emulator.scan(number=owner, qr=person.read_qr())
    person.sees_state(CONNECTED)
    assert person.instance_id() == instance_id
    eventually(
        lambda: app.instance(instance_id)["phone"] == owner, timeout=5, seen=lambda: app.instance(instance_id)
    )
