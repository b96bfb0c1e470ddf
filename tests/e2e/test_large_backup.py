"""A backup that is larger than an upload may be: downloaded in pieces, and brought back without an upload."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from core.services.moving.imports import UPLOAD_LIMIT
from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.support.accessibility import violations
from tests.support.backups import on_their_way
from tests.support.bucket import ACCESS_KEY, BUCKET, SECRET_KEY, running_bucket
from tests.support.polling import eventually
from tests.support.visitor import Visitor

PASSPHRASE: Final = "correta bateria cavalo grampo"
FILLED: Final = UPLOAD_LIMIT + (20 << 20)
MOST_MORE: Final = 48 << 20
"""Bytes of memory that a download of all of that may cost at its peak; it was the whole file, twice."""


def fill(history: Path, size: int) -> None:
    """Years of messages, as far as their size goes: bytes that no format makes smaller."""
    with closing(sqlite3.connect(history, timeout=10)) as file, file:
        file.execute("CREATE TABLE filler (data BLOB)")
        for _ in range(size >> 20):
            file.execute("INSERT INTO filler VALUES (randomblob(1048576))")


def most_memory(pid: int) -> int:
    """Bytes that the process had at its peak. Source: proc(5), VmHWM."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) << 10


def left(auth_dir: Path) -> list[Path]:
    """Files that are being prepared, or wait."""
    return on_their_way(auth_dir)


def bring(person: Visitor) -> None:
    """Say that the other system is stopped, and start what was found."""
    person.by_key("import-stopped").locator("label").first.click()
    person.press("import-start")
    person.by_key("arrival").wait_for(timeout=60_000)


def test_a_large_backup_is_downloaded_and_comes_back(
    own_connected: Connected, app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """In pieces that the server's memory does not feel; saved once it is here. Brought back out of the folder
    of the daily ones, under the passphrase that it was made with, connected without a QR.
    """
    connected, app = own_connected, own_connected.app
    fill(app.auth_dir / connected.instance_id / "history.db", FILLED)
    person = connected.visitor("/instance?id={id}")
    person.unfold("backup")
    person.type_into("backup-passphrase", PASSPHRASE)
    person.press("backup-make")
    expect(person.by_key("backup-ready")).to_contain_text("BACKUP_TO", timeout=120_000)
    assert not violations(person.page)
    before = most_memory(app.pid)
    with person.page.expect_download(timeout=120_000) as waiting:
        person.by_key("backup-download").get_by_role("link").click()
    copies = tmp_path / "copias"
    copies.mkdir()
    name = waiting.value.suggested_filename
    waiting.value.save_as(copies / name)
    more = most_memory(app.pid) - before
    print(f"a download of {(copies / name).stat().st_size >> 20} MB: {more >> 20} MB more of memory")
    assert (copies / name).stat().st_size > UPLOAD_LIMIT
    assert more < MOST_MORE
    person.open(f"/instance?id={connected.instance_id}")
    expect(person.by_key("backup-age")).to_contain_text("Último backup: hoje")
    app.terminate()
    env = {"BACKUP_TO": str(copies), "BACKUP_PASSPHRASE": "another passphrase"}
    fresh = app_process(auth_dir=tmp_path / "fresh", env=env)
    fresh.wait_healthy()
    person = visit(fresh).open("/import")
    expect(person.by_key("import-stored")).to_contain_text(name)
    assert not violations(person.page)
    person.press("import-stored-open")
    field = person.by_key("import-passphrase").locator("input")
    field.wait_for(timeout=60_000)
    field.fill(PASSPHRASE)
    person.press("import-open")
    expect(person.by_key("import-found")).to_be_visible(timeout=60_000)
    bring(person)
    assert fresh.wait_instance(person.instance_id(), state="connected")["phone"] == connected.number
    assert (copies / name).exists()
    eventually(lambda: not left(fresh.auth_dir), timeout=5, seen=lambda: left(fresh.auth_dir))
    fresh.terminate()
    assert PASSPHRASE not in fresh.log_text()


def test_a_backup_comes_back_out_of_a_bucket(
    own_connected: Connected, app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """With the variables of the lost server and nothing typed: the newest is the first that is offered."""
    connected = own_connected
    person = connected.visitor("/instance?id={id}")
    person.unfold("backup")
    person.type_into("backup-passphrase", PASSPHRASE)
    person.press("backup-make")
    with person.page.expect_download() as waiting:
        person.by_key("backup-download").get_by_role("link").click()
    data = Path(waiting.value.path()).read_bytes()
    connected.app.terminate()
    with running_bucket() as bucket:
        bucket.objects[f"plantao/{waiting.value.suggested_filename}"] = data
        bucket.objects["plantao/whatsapp-backup-20250101T030000Z.age"] = b"older"
        env = {
            "BACKUP_TO": f"s3://{BUCKET}/plantao",
            "BACKUP_PASSPHRASE": PASSPHRASE,
            "BACKUP_ENDPOINT": bucket.url,
            "BACKUP_ACCESS_KEY": ACCESS_KEY,
            "BACKUP_SECRET_KEY": SECRET_KEY,
        }
        fresh = app_process(auth_dir=tmp_path / "fresh", env=env)
        fresh.wait_healthy()
        person = visit(fresh, width=390).open("/import")
        expect(person.by_key("import-stored")).to_contain_text(waiting.value.suggested_filename)
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not violations(person.page)
        person.press("import-stored-open")
        expect(person.by_key("import-found")).to_be_visible(timeout=30_000)
        bring(person)
        assert fresh.wait_instance(person.instance_id(), state="connected")["phone"] == connected.number


def test_a_link_that_is_an_hour_old_says_so(connected: Connected) -> None:
    """In the person's language, with the way back."""
    person = connected.visitor("/instance?id={id}")
    answer = person.page.goto(f"{connected.app.url}/backups/{'0' * 16}?lang=pt_BR")
    assert answer is not None
    assert answer.status == 410
    expect(person.page.get_by_role("heading")).to_have_text("Este arquivo não está mais aqui")
    assert not violations(person.page)
    person.page.get_by_role("link", name="Voltar ao aplicativo").click()
    person.by_key("instances-table").wait_for()
