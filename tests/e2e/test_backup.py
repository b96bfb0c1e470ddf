"""A backup in one press, while the number stays connected; and the session taken out for another system."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import expect

from core.moving.backup.opening import open_backup
from core.moving.backup.record import BACKUPS_FILE
from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.handle import Emulator
from tests.support import alert_sinks
from tests.support.accessibility import violations
from tests.support.backups import on_their_way
from tests.support.bucket import ACCESS_KEY, BUCKET, SECRET_KEY, running_bucket
from tests.support.pairing import pair_instances
from tests.support.polling import eventually
from tests.support.visitor import Visitor

PASSPHRASE = "correta bateria cavalo grampo"


def saved(person: Visitor, key: str, to: Path) -> str:
    """Follow the link of a download and keep the file; gives what it is called."""
    with person.page.expect_download() as waiting:
        person.by_key(key).get_by_role("link").click()
    waiting.value.save_as(to)
    return waiting.value.suggested_filename


def left(connected: Connected) -> list[Path]:
    """Files that wait, or are being prepared."""
    return on_their_way(connected.app.auth_dir)


def test_a_backup_is_made_and_downloaded(own_connected: Connected, tmp_path: Path) -> None:
    """It opens with the passphrase, which is nowhere on the page or in the log afterwards; the instance stays
    connected, and its age is told.
    """
    connected = own_connected
    before = connected.app.instance(connected.instance_id)
    person = connected.visitor("/instance?id={id}")
    expect(person.by_key("backup-age")).to_contain_text("Esta instância ainda não tem backup")
    person.unfold("backup")
    person.type_into("backup-passphrase", "curta")
    person.press("backup-make")
    expect(person.page.get_by_text("Esta senha é curta demais")).to_be_visible()
    person.type_into("backup-passphrase", PASSPHRASE)
    field = person.by_key("backup-passphrase")
    field.get_by_role("button", name="Mostrar a senha").click()  # it is typed only once
    expect(field.locator("input")).to_have_attribute("type", "text")
    person.press("backup-make")
    expect(person.by_key("backup-ready")).to_contain_text("O backup está pronto", timeout=15_000)
    expect(person.by_key("backup-passphrase").locator("input")).to_have_value("")
    assert len(left(connected)) == 1
    name = saved(person, "backup-download", tmp_path / "backup.age")
    assert re.fullmatch(r"whatsapp-backup-\d{8}T\d{6}Z\.age", name)
    (tmp_path / "opened").mkdir()
    found = open_backup(tmp_path / "backup.age", PASSPHRASE, tmp_path / "opened")
    assert [device.number for device in found.devices] == [connected.number]
    after = connected.app.instance(connected.instance_id)
    assert (after["state"], after["worker_pid"]) == ("connected", before["worker_pid"])
    person.open(f"/instance?id={connected.instance_id}")
    expect(person.by_key("backup-age")).to_contain_text(re.compile(r"Último backup: hoje"))
    assert PASSPHRASE not in connected.app.log_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_backup_shuts_nobody_out(connected: Connected, width: int) -> None:
    """On a phone and on a desk, by day and by night; and nothing is wider than the screen."""
    person = connected.visitor("/instance?id={id}", width=width)
    person.unfold("backup")
    person.unfold("export")
    expect(person.by_key("export-make").get_by_role("button")).to_be_disabled()
    assert not violations(person.page)
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_session_is_taken_out(own_connected: Connected, tmp_path: Path) -> None:
    """After the promise; the instance is stopped, says why, and the file holds its device."""
    connected = own_connected
    person = connected.visitor("/instance?id={id}")
    person.unfold("export")
    person.type_into("export-passphrase", PASSPHRASE)
    _promise(person)
    expect(person.by_key("export-make").get_by_role("button")).to_be_enabled()
    person.press("export-make")
    expect(person.page.get_by_text("A sessão foi levada para outro sistema").first).to_be_visible(
        timeout=20_000
    )
    assert saved(person, "export-download", tmp_path / "whatsapp.db.age") == "whatsapp.db.age"
    store = pyrage.passphrase.decrypt((tmp_path / "whatsapp.db.age").read_bytes(), PASSPHRASE)
    assert store.startswith(b"SQLite format 3\0")
    assert connected.number.encode() in store
    eventually(
        lambda: connected.app.instance(connected.instance_id)["state"] == "stopped",
        timeout=5,
        seen=lambda: connected.app.instance(connected.instance_id),
    )
    _start_again(connected, person)


def test_what_was_made_is_shown_though_something_else_was_pressed(own_connected: Connected) -> None:
    """A backup on either page, and a session taken out: one file each, also after a double press."""
    connected = own_connected
    person = connected.visitor("/storage")
    switch = person.by_key("presentation").get_by_text("Modo apresentação")
    for path, fold in (("/storage", "backup-all"), (f"/instance?id={connected.instance_id}", "backup")):
        before = len(left(connected))
        person.open(path)
        person.unfold(fold)
        person.type_into("backup-passphrase", PASSPHRASE)
        person.by_key("backup-make").get_by_role("button").dblclick()
        switch.click()
        expect(person.by_key("backup-ready")).to_contain_text("O backup está pronto", timeout=15_000)
        assert len(left(connected)) == before + 1
    person.unfold("export")
    person.type_into("export-passphrase", PASSPHRASE)
    _promise(person)
    expect(person.by_key("export-make").get_by_role("button")).to_be_enabled()
    person.press("export-make")
    switch.click()
    expect(person.by_key("export-download").get_by_role("link")).to_be_visible(timeout=20_000)


def _promise(person: Visitor) -> None:
    person.settled()  # a hand is not so fast that what was just typed could still move what it presses
    person.by_key("export-sure").get_by_text("Este número não será ligado aqui de novo").click()


def _start_again(connected: Connected, person: Visitor) -> None:
    """The list says where it went and leads to its page, which asks before it starts."""
    person.open("/")
    row = person.by_key(f"row-{connected.instance_id}")
    expect(row).to_contain_text("Levada para outro sistema.")
    person.press(f"verb-{connected.instance_id}")
    expect(person.by_key("status")).to_contain_text("Este número foi levado para outro sistema")
    person.page.set_viewport_size({"width": 390, "height": 800})
    person.press("start")
    expect(person.by_key("start-ask")).to_be_visible()
    assert not violations(person.page)
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert connected.app.instance(connected.instance_id)["state"] == "stopped"
    person.press("start-anyway")
    eventually(
        lambda: connected.app.instance(connected.instance_id)["state"] == "connected",
        timeout=20,
        seen=lambda: connected.app.instance(connected.instance_id),
    )


def test_every_day_one_goes_to_a_bucket(
    app_process: StartApp,
    visit: Visit,
    emulator: Emulator,
    patched_core: Path,
    tmp_path: Path,
    fresh_number: Callable[[], str],
) -> None:
    """With no press: sealed, once, across a restart too. A bucket that refuses is said on the page and is an
    alert, and none of its secrets is in the log.
    """
    ids = pair_instances(tmp_path / "auth", emulator, patched_core, [fresh_number()])
    with running_bucket() as bucket, alert_sinks.ntfy() as ntfy:
        bucket.refuses = True
        env = {
            "BACKUP_TO": f"s3://{BUCKET}/plantao",
            "BACKUP_PASSPHRASE": PASSPHRASE,
            "BACKUP_ENDPOINT": bucket.url,
            "BACKUP_ACCESS_KEY": ACCESS_KEY,
            "BACKUP_SECRET_KEY": SECRET_KEY,
            "ALERT_URLS": ntfy.url,
        }
        app = app_process(auth_dir=tmp_path / "auth", env=env)
        app.wait_healthy()
        app.wait_instance(ids[0], state="connected")
        person = visit(app).open("/storage")
        eventually(lambda: bucket.refused, timeout=30, seen=app.log_text)
        eventually(lambda: ntfy.lines, timeout=30, seen=app.log_text)
        assert "O backup diário falhou" in ntfy.lines[0]
        person.open("/storage").sees("o serviço de armazenamento recusou")
        app.terminate()
        (app.auth_dir / BACKUPS_FILE).unlink()  # else it is tried again in an hour
        bucket.refuses = False
        again = app_process(auth_dir=tmp_path / "auth", env=env)
        again.wait_healthy()
        eventually(lambda: bucket.objects, timeout=30, seen=again.log_text)
        (data,) = bucket.objects.values()
        (tmp_path / "daily.age").write_bytes(data)
        (tmp_path / "opened").mkdir()
        assert len(open_backup(tmp_path / "daily.age", PASSPHRASE, tmp_path / "opened").devices) == 1
        said = re.compile(rf"Todo dia um backup vai para s3:.*//{BUCKET}/plantao. O último: hoje")
        visit(again).open("/storage").sees(said, timeout=20)
        log = app.log_text() + again.log_text()
        assert not [secret for secret in (PASSPHRASE, SECRET_KEY, ACCESS_KEY) if secret in log]
