"""A person brings a session from another system: no QR, both sides go on, and nothing of the file is left."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp, StartCore
from tests.e2e.conftest import Connected, LinkedApp, Visit
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.support.accessibility import violations
from tests.support.app_process import AppProcess
from tests.support.backups import PASSPHRASE, backup_of, on_their_way, shop_backup
from tests.support.neonize_core import CoreProcess
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED, Visitor
from tests.support.whatsmeow_stores import SHOP, desk_store, many_devices, shop_store

Number = Callable[[], str]
INPUT = ".st-key-import-file input[type=file]"


def choose(person: Visitor, file: Path) -> None:
    """Choose a file on the page, as it lies on the disk."""
    person.page.locator(INPUT).set_input_files(
        {"name": file.name, "mimeType": "application/octet-stream", "buffer": file.read_bytes()}
    )


def tick(person: Visitor) -> None:
    """Say that the other system is stopped."""
    person.by_key("import-stopped").locator("label").first.click()


def name_it(person: Visitor, name: str) -> None:
    """Give the instance another name than the one that was found."""
    person.by_key("import-name").locator("input").fill(name)


def zipped(path: Path, store: Path) -> Path:
    """A store with the log that its program left beside it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in (store, store.with_name(f"{store.name}-wal")):
            packed.write(file, file.name)
    return path


def left_behind(app: AppProcess) -> list[str]:
    """What lies where uploads do."""
    return [str(path) for path in on_their_way(app.auth_dir)]


def converse(emulator: Emulator, core: CoreProcess, number: str, contact: str) -> None:
    """Both write, in turns, so that the ratchet moves."""
    for turn in range(3):
        core.write(Text(f"de lá {turn}"), to=contact)
        arrived = emulator.write(Text(f"para lá {turn}"), sender=contact, receiver=number)
        assert core.content_of(arrived) == Text(f"para lá {turn}")


def test_a_number_goes_on_here_without_a_qr(
    app_process: StartApp,
    start_core: StartCore,
    emulator: Emulator,
    visit: Visit,
    fresh_number: Number,
    tmp_path: Path,
) -> None:
    """From a neonize script: what was found is said, it connects, sends and receives, after a restart too."""
    number, friend = fresh_number(), fresh_number()
    emulator.add_phone(friend, "Amiga")
    script = start_core(tmp_path / "script.db")
    emulator.scan(number=number, qr=script.wait("qr")["code"])
    script.wait("connected")
    converse(emulator, script, number, friend)
    script.stop()
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.press("import")
    choose(person, script.store)
    expect(person.by_key("import-found")).to_contain_text("-wal")
    person.press("import-again")
    choose(person, zipped(tmp_path / "script.zip", script.store))
    expect(person.by_key("import-found")).to_contain_text(f"+55 {number[2:4]}")
    expect(person.by_key("import-found")).to_contain_text("conversa")
    assert len(left_behind(app)) == 1
    expect(person.by_key("import-start").get_by_role("button")).to_be_disabled()
    tick(person)
    name_it(person, "Loja trazida")
    person.press("import-start")
    person.sees_state(CONNECTED)
    expect(person.by_key("arrival")).to_contain_text("sem QR code")
    instance_id = person.instance_id()
    assert app.instance(instance_id)["name"] == "Loja trazida"
    assert left_behind(app) == []
    waiting = emulator.write(Text("oi, é você?"), sender=friend, receiver=number)
    person.open(f"/messages?id={instance_id}")
    person.sees("oi, é você?")
    person.send(to=f"+{friend}", text="sim, daqui")
    person.sees_sent("sim, daqui")
    (sent,) = [message for message in emulator.messages_to(friend) if message.text == "sim, daqui"]
    assert (sent.error, sent.copies) == ("", 1)
    assert len(emulator.devices_of(number)) == 1
    assert not [session for session in emulator.state().sessions if session.refs]
    app.terminate()
    log = app.log_text()
    assert number not in log
    assert friend not in log
    assert waiting not in log
    again = app_process(auth_dir=app.auth_dir)
    again.wait_healthy()
    assert again.wait_instance(instance_id, state="connected")["phone"] == number


def test_a_device_is_chosen_out_of_many(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """By its number, out of a file of three."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open("/import")
    choose(person, many_devices(tmp_path / "whatsapp.db"))
    expect(person.by_key("import-device").get_by_role("radio")).to_have_count(3)
    person.by_key("import-device").locator("label").filter(has_text="+55 11 99000-0001").click()
    expect(person.by_key("import-found")).to_contain_text("811 chaves")
    tick(person)
    name_it(person, "Loja Centro")
    person.press("import-start")
    assert app.instance(person.instance_id())["phone"] == SHOP
    assert left_behind(app) == []


def test_a_device_that_is_here_is_refused(connected: Connected, tmp_path: Path) -> None:
    """By the name that it has here; the file is erased at once."""
    person = connected.visitor("/import")
    store = connected.app.auth_dir / connected.instance_id / "session.db"
    choose(person, zipped(tmp_path / "copy.zip", store))
    alert = person.page.get_by_role("alert")
    expect(alert).to_contain_text("já está aqui")
    expect(alert).to_contain_text(connected.name)
    assert left_behind(connected.app) == []


def test_a_backup_asks_for_its_passphrase(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """A wrong one is said, the right one opens it, and it comes in under its old name."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open("/import")
    choose(person, shop_backup(tmp_path / "backup.age"))
    field = person.by_key("import-passphrase").locator("input")
    field.fill("another passphrase")
    person.press("import-open")
    expect(person.page.get_by_role("alert")).to_contain_text("não abre o backup")
    field.fill(PASSPHRASE)
    person.press("import-open")
    expect(person.by_key("import-found")).to_contain_text("Loja Centro")
    tick(person)
    person.press("import-start")
    assert app.instance(person.instance_id())["name"] == "Loja Centro"
    assert left_behind(app) == []
    app.terminate()
    assert PASSPHRASE not in app.log_text()


def test_a_long_name_stays_in_its_card(empty_app: AppProcess, visit: Visit, tmp_path: Path) -> None:
    """On a phone, though it is one word as long as a name may be."""
    person = visit(empty_app, width=390).open("/import")
    choose(person, shop_backup(tmp_path / "backup.age", name="w" * 60))
    person.by_key("import-passphrase").locator("input").fill(PASSPHRASE)
    person.press("import-open")
    card = person.by_key("import-found")
    expect(card).to_contain_text("www")
    assert card.evaluate("it => it.scrollWidth <= it.clientWidth")
    person.press("import-again")
    eventually(lambda: not left_behind(empty_app), timeout=10, seen=lambda: left_behind(empty_app))


def test_the_passphrase_that_was_typed_last_counts(
    empty_app: AppProcess, visit: Visit, tmp_path: Path
) -> None:
    """Typed while the one before was still being tried, which takes a second; as often as one likes."""
    backup = shop_backup(tmp_path / "backup.age")
    person = visit(empty_app).open("/import")
    for _ in range(3):
        choose(person, backup)
        field = person.by_key("import-passphrase").locator("input")
        for words in ("another passphrase", "and another one", PASSPHRASE):
            field.fill(words)
            field.press("Enter")
        expect(person.by_key("import-found")).to_contain_text("Loja Centro")
        person.press("import-again")
        eventually(lambda: not left_behind(empty_app), timeout=10, seen=lambda: left_behind(empty_app))


def test_what_is_being_done_is_not_lost_to_another_press(
    app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """While a file is looked at, and while it is brought here: the page goes on with it all the same."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open("/import")
    choose(person, shop_backup(tmp_path / "backup.age"))
    field = person.by_key("import-passphrase").locator("input")
    field.fill(PASSPHRASE)
    field.press("Enter")
    switch = person.by_key("presentation").get_by_text("Modo apresentação")
    switch.click()
    expect(person.by_key("import-found")).to_contain_text("811 chaves")
    tick(person)
    expect(person.by_key("import-start").get_by_role("button")).to_be_enabled()
    person.press("import-start")
    switch.click()
    person.instance_id()
    assert [each["name"] for each in app.instances()] == ["Loja Centro"]
    assert left_behind(app) == []


def test_leaving_the_page_does_not_undo_what_was_begun(
    app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """All of a backup come, the second one after the page was left; then nothing of it is here any more."""
    app = app_process()
    app.wait_healthy()
    stores = {"Loja Centro": shop_store(tmp_path / "a.db"), "Balcão": desk_store(tmp_path / "b.db")}
    person = visit(app).open("/import")
    choose(person, backup_of(tmp_path / "backup.age", stores))
    person.by_key("import-passphrase").locator("input").fill(PASSPHRASE)
    person.press("import-open")
    tick(person)
    expect(person.by_key("import-all").get_by_role("button")).to_be_enabled()
    person.press("import-all")
    person.by_key("nav-guide").get_by_role("link").click()
    eventually(
        lambda: {each["name"] for each in app.instances()} == set(stores),
        timeout=20,
        seen=app.instances,
    )
    eventually(lambda: not left_behind(app), timeout=10, seen=lambda: left_behind(app))


def test_all_of_a_backup_come_back(
    linked_app: LinkedApp, app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """On another install, in one press: both connect without a QR, under their names."""
    lost, instances = linked_app(2)
    lost.terminate()
    names = {"Loja Centro": instances[0], "Balcão": instances[1]}
    stores = {name: lost.auth_dir / instance.id / "session.db" for name, instance in names.items()}
    backup = backup_of(tmp_path / "backup.age", stores)
    app = app_process(auth_dir=tmp_path / "other")
    app.wait_healthy()
    person = visit(app).open("/import")
    choose(person, backup)
    person.by_key("import-passphrase").locator("input").fill(PASSPHRASE)
    person.press("import-open")
    expect(person.by_key("import-device").get_by_role("radio")).to_have_count(2)
    tick(person)
    person.press("import-all")
    person.by_key("instances-table").wait_for()
    for name, instance in names.items():
        (there,) = [each for each in app.instances() if each["name"] == name]
        assert app.wait_instance(there["id"], state="connected")["phone"] == instance.number
    assert left_behind(app) == []


def test_leaving_the_page_erases_the_file(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """By a link, at once; with the process, too; and what a kill leaves, at the next start."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open("/import")
    file = shop_store(tmp_path / "whatsapp.db")
    choose(person, file)
    person.by_key("import-found").wait_for()
    assert len(left_behind(app)) == 1
    person.by_key("nav-guide").get_by_role("link").click()
    eventually(lambda: not left_behind(app), timeout=10, seen=lambda: left_behind(app))
    person.open("/import")
    choose(person, file)
    person.by_key("import-found").wait_for()
    app.kill()
    assert len(left_behind(app)) == 1
    again = app_process(auth_dir=app.auth_dir)
    again.wait_healthy()
    eventually(lambda: not left_behind(again), timeout=10, seen=lambda: left_behind(again))


def test_three_hundred_megabytes_are_refused_before_they_are_sent(
    empty_app: AppProcess, visit: Visit, tmp_path: Path
) -> None:
    """In words, and with the limit; a smaller one may be chosen then."""
    person = visit(empty_app).open("/import")
    huge = tmp_path / "whatsapp.db"
    huge.write_bytes(b"SQLite format 3\0")
    os.truncate(huge, 300 << 20)
    person.page.locator(INPUT).set_input_files(huge)
    expect(person.by_key("import-file")).to_contain_text("grande demais")
    expect(person.by_key("import-file")).to_contain_text("100")
    assert left_behind(empty_app) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_shuts_nobody_out(app_process: StartApp, visit: Visit, tmp_path: Path, width: int) -> None:
    """In each of its states, on a phone and on a desk; nothing sticks out at the side."""
    app = app_process()
    app.wait_healthy()
    person = visit(app, width=width, height=844).open("/import")
    found = {"empty": violations(person.page)}
    wrong = tmp_path / "profile.zip"
    with zipfile.ZipFile(wrong, "w") as packed:
        packed.writestr("Default/Local Storage/leveldb/1.log", json.dumps({}))
    choose(person, wrong)
    expect(person.page.get_by_role("alert")).to_contain_text("navegador")
    found["refused"] = violations(person.page)
    choose(person, many_devices(tmp_path / "whatsapp.db"))
    person.by_key("import-device").wait_for()
    found["found"] = violations(person.page)
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not any(found.values()), found
