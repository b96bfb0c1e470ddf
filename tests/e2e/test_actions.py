"""What an owner does with an instance, on the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.handle import Emulator
from tests.support.visitor import CONNECTED

Number = Callable[[], str]


def test_pairing_by_a_code_typed_on_the_phone(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """The second way gives a code in two groups of four; typed on the phone, the page turns to connected."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Por código")
    person.sees_state("Esperando o QR code")
    person.press("pairing-way")
    person.type_into("pairing-number", f"+{owner}")
    person.press("pairing-request")
    code = person.read_pairing_code()
    emulator.enter_code(number=owner, code=code)
    person.sees_state(CONNECTED)


def test_deleted_and_restored_without_a_new_qr(own_connected: Connected) -> None:
    """Delete asks first and names the instance; the trash gives it back with its session whole."""
    app, instance_id, name = own_connected.app, own_connected.instance_id, own_connected.name
    person = own_connected.visitor("/instance?id={id}")
    person.press_more("delete")
    expect(
        person.page.get_by_text(re.compile(f"(Excluir|Mover|lixeira).*{name}|{name}.*lixeira")).first
    ).to_be_visible()
    person.press("delete-confirm")
    person.page.wait_for_url(re.compile(r"/(\?.*)?$"))
    assert app.instances() == []
    person.unfold("trash")
    person.page.locator('[class*="st-key-restore-"]').get_by_role("button").click()
    person.by_key(f"open-{instance_id}").wait_for()
    person.open(f"/instance?id={instance_id}")
    person.press("start")
    person.sees_state(CONNECTED)
