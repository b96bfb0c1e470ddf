"""`make screenshots`: every page in every state, light and dark, wide and narrow, in every language.

Pictures go to build/screenshots. They are made to be looked at; nothing compares them.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final, get_args

from PIL import Image
from playwright.sync_api import Browser

from core.models.instance import InstanceRecord
from core.store.instance_file import create_folder
from tests.emulator import content as seen
from tests.emulator.handle import Emulator
from tests.emulator.patch_core import patched_neonize
from tests.support.app_process import ROOT, AppProcess
from tests.support.backups import shop_backup
from tests.support.composer_page import ComposerPage, answer
from tests.support.own_disk import may_mount, own_disk
from tests.support.visitor import CONNECTED, Scheme, Visitor, chromium
from tests.support.whatsmeow_stores import many_devices

OUT: Final = ROOT / "build" / "screenshots"
WIDTHS: Final = {"wide": 1280, "390": 390}
LANGUAGES: Final = {"pt": "", "en": "language=English", "es": "language=Español"}
OWNER: Final = "5511987654321"
FRIEND: Final = "5511912345678"
OTHER: Final = "5521987654321"


def main() -> None:
    """Walk through the app once and photograph each stop in every look."""
    shutil.rmtree(OUT, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        base = Path(folder)
        with Emulator(base / "emulator") as emulator:
            core = patched_neonize(base / "core", emulator.root_key)
            with AppProcess(folder=base, emulator=emulator, core=core) as app:
                app.wait_healthy()
                _show_door(browser, app)
                with _windows(browser, app) as looks:
                    _walk(app, emulator, browser, looks)
            _show_lights(base / "lights", emulator, core, browser)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")


def _looks(browser: Browser, app: AppProcess) -> Iterator[tuple[str, Visitor]]:
    """One window for each look, kept open: a fresh one would load everything again for each picture."""
    for (size, width), scheme, language in product(WIDTHS.items(), get_args(Scheme), LANGUAGES):
        window = Visitor(browser, app.url, width=width, height=844, scheme=scheme, cookie=app.cookie())
        yield f"{size}-{scheme}-{language}", window


@contextlib.contextmanager
def _windows(browser: Browser, app: AppProcess) -> Iterator[dict[str, Visitor]]:
    with contextlib.ExitStack() as open_ones:
        yield {name: open_ones.enter_context(visitor) for name, visitor in _looks(browser, app)}


def _show_door(browser: Browser, app: AppProcess) -> None:
    """What somebody sees who has not opened the link, or opens one that was used."""
    for (size, width), scheme, language in product(WIDTHS.items(), get_args(Scheme), LANGUAGES):
        with Visitor(browser, app.url, width=width, height=844, scheme=scheme) as stranger:
            for name, path in (
                ("no-link", "/?"),
                ("used-link", "/login?link=used&"),
                ("left", "/login?out&"),
            ):
                stranger.page.goto(f"{app.url}{path}lang={'pt_BR' if language == 'pt' else language}")
                stranger.screenshot(OUT / f"0-{name}-{size}-{scheme}-{language}.png")


def _shoot(
    looks: dict[str, Visitor], name: str, path: str, prepare: Callable[[Visitor], Any] = lambda _: None
) -> None:
    """One stop in every look."""
    for look, visitor in looks.items():
        query = LANGUAGES[look.rpartition("-")[2]]
        visitor.open(path + ("&" if "?" in path else "?") * bool(query) + query)
        prepare(visitor)
        visitor.settled()
        visitor.screenshot(OUT / f"{name}-{look}.png")


def _show_lights(base: Path, emulator: Emulator, core: Path, browser: Browser) -> None:
    """The persistence light in each colour: without a disk, on a new disk, and after a deploy with it."""
    _show_light("red", base, base / "files", machine="srv-1", start=(emulator, core, browser))
    if not may_mount():
        print("amber and green need a mount: run as root on Linux")
        return
    with own_disk(base / "disk", base / "data") as disk:
        for machine, colour in (("srv-1", "amber"), ("srv-2", "green")):
            _show_light(
                colour, base, disk / "whatsapp_auth", machine=machine, start=(emulator, core, browser)
            )


def _show_light(
    colour: str, base: Path, folder: Path, *, machine: str, start: tuple[Emulator, Path, Browser]
) -> None:
    emulator, core, browser = start
    _link_one(folder)
    env = {"RENDER": "true", "RENDER_INSTANCE_ID": machine, "RENDER_SERVICE_NAME": "api-whatsapp-ew"}
    with AppProcess(folder=base, emulator=emulator, core=core, auth_dir=folder, env=env) as app:
        app.wait_healthy()
        with _windows(browser, app) as looks:
            seen = f"light-{colour}"
            _shoot(looks, f"13-{colour}", "/", lambda visitor: _show_evidence(visitor, seen))
            _shoot(looks, f"17-more-{colour}", "/more")
            _shoot(looks, f"14-guide-{colour}", "/guide", lambda visitor: visitor.unfold("server-steps"))


def _link_one(folder: Path) -> None:
    """Let an instance be on record as linked: before, there is nothing to lose, and no pill."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "loja").exists():
        create_folder(folder, InstanceRecord("loja", "Loja Centro", time.time(), wanted=False, linked=True))


def _walk(app: AppProcess, emulator: Emulator, browser: Browser, looks: dict[str, Visitor]) -> None:
    for number, name in ((OWNER, "Dona"), (FRIEND, "Amigo"), (OTHER, "Outro")):
        emulator.add_phone(number, name)

    shoot = partial(_shoot, looks)
    shoot("1-empty", "/")
    shoot("2-create", "/", lambda visitor: visitor.press("new-instance"))
    for name, bring in IMPORTS.items():
        shoot(name, "/import", bring)
    with Visitor(browser, app.url, cookie=app.cookie()) as person:
        person.open()
        person.create("Loja Centro")
        instance_id = person.instance_id()
        page = f"/instance?id={instance_id}"
        qr = person.read_qr()
        shoot("3-qr", page, lambda visitor: visitor.by_key("qr").locator("img, svg").first.wait_for())
        _ask_code(person)
        shoot("3-code", page, lambda visitor: visitor.by_key("pairing-code").locator("code").wait_for())
        shoot("3-help", page, lambda visitor: visitor.unfold("pairing-help"))
        person.press("pairing-way")
        qr = person.read_qr()
        emulator.scan(number=OWNER, qr=qr)
        person.sees_state(CONNECTED)
        person.open()
        person.create("Suporte ☕ com um nome que é comprido de verdade")
        second = person.instance_id()
        person.read_qr()
        person.press("stop")
        person.sees_state("Parada")
        person.open()
        person.create("Vendas")
        person.read_qr()
        _show_link(browser, app, person, looks)
    shoot("4-connected", page, lambda visitor: visitor.by_key("stop").wait_for())
    for action, open_action in (ACTIONS | FOLDS).items():
        shoot(f"4-{action}", page, open_action)
    shoot("5-list", "/", lambda visitor: visitor.by_key(f"open-{instance_id}").wait_for())
    for name, (path, ready) in SERVER.items():
        shoot(name, path, ready)
    shoot("6-stopped", f"/instance?id={second}", lambda visitor: visitor.by_key("start").wait_for())
    _write_to(OWNER, emulator)
    shoot("7-compose", f"/messages?id={instance_id}", _open_sheet)
    shoot("8-sent", f"/messages?id={instance_id}", _send)
    shoot("9-refused", f"/messages?id={instance_id}", _send_too_much)
    shoot("7-poll", f"/messages?id={instance_id}", _write_poll)
    shoot("7-place", f"/messages?id={instance_id}", _write_place)
    shoot("8-inbox", f"/messages?id={instance_id}", _read_inbox)
    shoot("8-answer-in-group", f"/messages?id={instance_id}", _answer_in_group)
    emulator.unlink(OWNER)
    app.wait_instance(instance_id, state="logged_out")
    shoot("10-sender-lost", f"/messages?id={instance_id}", _send_without_a_sender)
    shoot("10-logged-out", page, lambda visitor: visitor.by_key("start").wait_for())
    shoot("11-unknown", "/instance?id=nobody")
    with Visitor(browser, app.url, cookie=app.cookie()) as person:
        _delete(person, second)
    shoot("12-trash", "/", lambda visitor: visitor.unfold("trash"))


def _bring(visitor: Visitor, content: bytes, key: str) -> None:
    """Choose a file to be brought here; wait for what is said of it."""
    file = {"name": "whatsapp.db", "mimeType": "application/octet-stream", "buffer": content}
    visitor.page.locator(".st-key-import-file input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    visitor.by_key(key).wait_for()


def _bring_a_profile(visitor: Visitor) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("Default/Local Storage/leveldb/1.log", "x")
    _bring(visitor, packed.getvalue(), "import-file")
    visitor.page.get_by_role("alert").wait_for()


def _bring_several(visitor: Visitor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _bring(visitor, many_devices(Path(folder) / "many.db").read_bytes(), "import-device")


def _bring_a_backup(visitor: Visitor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _bring(visitor, shop_backup(Path(folder) / "backup.age").read_bytes(), "import-passphrase")


IMPORTS: Final = {
    "2-import": lambda visitor: visitor.by_key("import-file").wait_for(),
    "2-import-database": lambda visitor: visitor.unfold("import-databases"),
    "2-import-refused": _bring_a_profile,
    "2-import-found": _bring_several,
    "2-import-passphrase": _bring_a_backup,
}


def _show_evidence(visitor: Visitor, light: str) -> None:
    visitor.by_key(light).wait_for()
    visitor.press("persistence")
    visitor.by_key("persistence-evidence").wait_for()


def _diagnose(visitor: Visitor) -> None:
    """Every part of the page that a press opens."""
    visitor.by_key("self-checks").wait_for()
    visitor.press("check-network")
    visitor.by_key("network-checks").wait_for()
    visitor.press("copy-report")
    visitor.by_key("report").locator("code").wait_for()
    visitor.unfold("checks-fine")
    visitor.unfold("settings")


def _ask_code(visitor: Visitor) -> None:
    visitor.press("pairing-way")
    visitor.type_into("pairing-number", f"+{OWNER}")
    visitor.press("pairing-request")
    visitor.read_pairing_code()


def _make_link(visitor: Visitor) -> str:
    """Make a link for the person with the phone, also where there is one; gives its address."""
    visitor.settled()
    if visitor.by_key("pairing-link-address").count():
        visitor.press("pairing-link-revoke")
    visitor.press("pairing-link")
    return visitor.by_key("pairing-link-address").inner_text().strip()


def _show_link(browser: Browser, app: AppProcess, owner: Visitor, looks: dict[str, Visitor]) -> None:
    """What its maker sees, and the person with the phone: the question, the first way, the other one."""
    _shoot(looks, "3-link", f"/instance?id={owner.instance_id()}", _make_link)
    for (size, width), scheme, language in product(WIDTHS.items(), get_args(Scheme), LANGUAGES):
        chosen = f"&lang={'pt_BR' if language == 'pt' else language}#"
        look, address = f"{size}-{scheme}-{language}", _make_link(owner).replace("#", chosen)
        phone = size == "390"
        with Visitor(browser, app.url, width=width, height=844, scheme=scheme, phone=phone) as guest:
            guest.page.goto(address)
            guest.screenshot(OUT / f"18-guest-question-{look}.png")
            guest.page.locator("#enter button").click()
            for stop in ("first-way", "other-way"):
                guest.page.locator("#switch").wait_for(timeout=60_000)
                guest.screenshot(OUT / f"18-guest-{stop}-{look}.png")
                guest.page.locator("#switch").click()


def _open_action(visitor: Visitor, action: str, shown: str) -> None:
    visitor.press_more(action)
    visitor.by_key(shown).wait_for()


ACTIONS: Final = {
    action: partial(_open_action, action=action, shown=shown)
    for action, shown in (
        ("rename", "rename-save"),
        ("log-out", "log-out-confirm"),
        ("delete", "delete-confirm"),
    )
}


def _unfold(visitor: Visitor, fold: str) -> None:
    visitor.unfold(fold)
    visitor.by_key(fold).locator("button:visible").first.wait_for()


FOLDS: Final = {fold: partial(_unfold, fold=fold) for fold in ("profile", "backup", "export")}


SERVER: Final = {
    "15-storage": ("/storage", lambda visitor: visitor.unfold("growth-costs")),
    "15-backup": ("/storage", lambda visitor: visitor.unfold("backup-all")),
    "16-diagnostics": ("/diagnostics", _diagnose),
    "19-alerts": ("/alerts", lambda visitor: visitor.by_key("alert-address").wait_for()),
}


def _delete(visitor: Visitor, instance_id: str) -> None:
    visitor.open(f"/instance?id={instance_id}")
    visitor.press_more("delete")
    visitor.press("delete-confirm")
    visitor.by_key("trash").wait_for()


def _talk(visitor: Visitor) -> ComposerPage:
    visitor.talk_to(f"+{FRIEND}")
    return ComposerPage(visitor)


def _send(visitor: Visitor) -> None:
    visitor.send(to=f"+{FRIEND}", text="Olá! Este é um teste.")
    visitor.sees_sent("Olá! Este é um teste.")


def _open_sheet(visitor: Visitor) -> None:
    _talk(visitor)
    visitor.press("attach")
    visitor.by_key("attach-sheet").wait_for()


def _write_poll(visitor: Visitor) -> None:
    composer = _talk(visitor)
    composer.attach("poll")
    composer.fill("send-question", "Que dia?")
    composer.fill("send-options", "Sábado\nDomingo")
    visitor.by_key("send-preview").wait_for()


def _write_place(visitor: Visitor) -> None:
    composer = _talk(visitor)
    composer.attach("location")
    composer.fill("send-coordinates", "-23.561414, -46.655881")
    composer.ready()


def _write_to(owner: str, emulator: Emulator) -> None:
    """What comes in during a day."""
    group = emulator.make_group("Família", members=[FRIEND, owner])
    first = emulator.inbound(sender=FRIEND, receiver=owner, text="Oi! Abre *amanhã* às 10h?")
    picture = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(picture, "JPEG")
    emulator.write(seen.Image(picture.getvalue(), caption="A vitrine"), sender=FRIEND, receiver=owner)
    emulator.write(seen.Poll("Que dia?", ("Sábado", "Domingo")), sender=FRIEND, group=group)
    emulator.write(seen.Reaction(first, "👍"), sender=FRIEND, receiver=owner)
    emulator.hang_up(emulator.ring(caller=FRIEND, receiver=owner))
    emulator.write(seen.Location(-23.5614, -46.6559, "MASP"), sender=FRIEND, receiver=owner)


def _read_inbox(visitor: Visitor) -> None:
    ComposerPage(visitor).open("Amigo")
    # A phone hides the list, whose line says it too.
    visitor.by_key("thread").get_by_text("MASP").wait_for()


def _answer_in_group(visitor: Visitor) -> None:
    composer = ComposerPage(visitor).open("Família")
    answer(composer, "Que dia?")
    composer.box.fill("Sábado!")


def _send_without_a_sender(visitor: Visitor) -> None:
    ComposerPage(visitor).open("Família")
    visitor.by_key("send-standing").wait_for()


def _send_too_much(visitor: Visitor) -> None:
    _talk(visitor).send("x" * 5000)
    visitor.by_key("send-refused").wait_for()


if __name__ == "__main__":
    main()
