"""A backup in one press, while the number stays connected; and the session taken out for another system."""

from __future__ import annotations

import re
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import expect

from core.moving.backup.opening import open_backup
from core.moving.staging import STAGING_DIR
from tests.e2e.conftest import Connected
from tests.support.accessibility import violations
from tests.support.polling import eventually
from tests.support.visitor import Visitor

PASSPHRASE = "correta bateria cavalo grampo"


def saved(person: Visitor, key: str, to: Path) -> str:
    """Press the button of a download and keep the file; gives what it is called."""
    with person.page.expect_download() as waiting:
        person.by_key(key).get_by_role("button").click()
    waiting.value.save_as(to)
    return waiting.value.suggested_filename


def left(connected: Connected) -> list[Path]:
    """Files that wait, or are being prepared."""
    folder = connected.app.auth_dir / STAGING_DIR
    return [path for path in folder.rglob("*") if path.is_file()]


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
    person.by_key("export-sure").get_by_text("Este número não será ligado aqui de novo").click()
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
