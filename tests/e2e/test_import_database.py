"""A person names the database of another system; a device of it goes on here, and no address is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import LinkedApp, Visit
from tests.support.polling import eventually
from tests.support.postgres import PASSWORD, missing, running_postgres
from tests.support.visitor import CONNECTED
from tests.support.whatsmeow_stores import shop_store


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_device_of_a_database_connects_here(
    linked_app: LinkedApp, app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """A wrong password is said beside the address; then the number is chosen, and connects without a QR."""
    before, (instance,) = linked_app()
    before.terminate()
    app = app_process(auth_dir=tmp_path / "other")
    app.wait_healthy()
    person = visit(app).open("/import")
    with running_postgres() as server:
        server.load(before.auth_dir / instance.id / "session.db", shop_store(tmp_path / "shop.db"))
        person.unfold("import-databases")
        field = person.by_key("import-database").locator("input")
        field.fill(server.address.replace(PASSWORD, "another"))
        person.press("import-database-open")
        expect(person.by_key("import-databases").get_by_role("alert")).to_contain_text("não respondeu")
        field.fill(server.address)
        person.press("import-database-open")
        number = f"+55 {instance.number[2:4]} {instance.number[4:9]}-{instance.number[9:]}"
        person.by_key("import-device").locator("label").filter(has_text=number).click()
        expect(person.by_key("import-found")).to_contain_text(number)
        person.by_key("import-name").locator("input").fill("Do banco")
        person.by_key("import-stopped").locator("label").first.click()
        begin = time.monotonic()
        person.press("import-start")
        person.sees_state(CONNECTED)
        assert time.monotonic() - begin < 20
    there = app.instance(person.instance_id())
    assert (there["name"], there["phone"]) == ("Do banco", instance.number)
    eventually(lambda: not _left(app.auth_dir), timeout=5, seen=lambda: _left(app.auth_dir))
    app.terminate()
    assert PASSWORD not in app.log_text()
    assert instance.number not in app.log_text()


def _left(auth_dir: Path) -> list[str]:
    """Folders too, whether or not they are going at this moment."""
    return [name for _, folders, files in os.walk(auth_dir / ".moving") for name in (*folders, *files)]
