"""What a person at the browser waits for."""

from __future__ import annotations

import io
import time
from functools import cache
from typing import Final

import psutil
from PIL import Image
from playwright.sync_api import Browser

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.app_process import AppProcess
from tests.support.composer_page import ComposerPage
from tests.support.visitor import CONNECTED, Visitor

RUNS = 5
MB = 1024 * 1024
_SENT: Final = ", ".join(f'[data-key][data-state="{state}"]' for state in ("sent", "delivered", "read"))


def measure(site: Site, browser: Browser) -> list[Row]:
    """Create, scan and send through the page, several times in one app."""
    with site.app() as app, Visitor(browser, app.url, cookie=app.cookie(), width=1280, height=900) as person:
        app.wait_healthy()
        person.open()
        rss = psutil.Process(app.pid).memory_info().rss / MB
        trips = [_trip(site, app, person, f"Loja {run}") for run in range(RUNS)]
    qr, scan, core, send, image = (tuple(figures) for figures in zip(*trips, strict=True))
    return [
        row("press create → QR visible", 1.5, "s", *qr),
        row("scan → “Conectada” visible", 2, "s", *scan),
        row("— of it the core alone: scan → connected", 0.3, "s", *core),
        row("press send → server's ack visible, contact known", 1, "s", *send),
        row("— the same for an image of 1 MB", 3, "s", *image),
        row("web process after the first visit, RSS", 110, "MB", rss),
    ]


def _trip(site: Site, app: AppProcess, person: Visitor, name: str) -> tuple[float, ...]:
    owner, friend = site.number(), site.number()
    person.open()
    person.press("new-instance")
    person.by_key("instance-name").locator("input").fill(name)
    begin = time.monotonic()
    person.press("create-instance")
    person.by_key("qr").locator("img, svg").first.wait_for()
    qr = time.monotonic() - begin
    code, instance_id = person.read_qr(), person.instance_id()
    begin, began_at = time.monotonic(), time.time()
    site.emulator.scan(number=owner, qr=code)
    person.sees_state(CONNECTED)
    scan = time.monotonic() - begin
    core = app.instance(instance_id)["since"] - began_at
    _send(person, instance_id, friend)
    return qr, scan, core, _send(person, instance_id, friend), _send_image(person, instance_id, friend)


def _send(person: Visitor, instance_id: str, to: str) -> float:
    """Seconds from the press to the visible ack, in a conversation that is open."""
    person.open(f"/messages?id={instance_id}").talk_to(f"+{to}")
    ComposerPage(person).box.fill("Olá!")
    return _press(person, "Olá!")


def _send_image(person: Visitor, instance_id: str, to: str) -> float:
    """The same for an image that was uploaded to the page and is previewed there."""
    person.open(f"/messages?id={instance_id}").talk_to(f"+{to}")
    composer = ComposerPage(person)
    composer.attach("photo")
    composer.choose_file(name="foto.jpg", buffer=_photo())
    composer.box.fill("A foto")
    return _press(person, "A foto")


@cache
def _photo() -> bytes:
    """A JPEG of about 1 MB."""
    out = io.BytesIO()
    Image.effect_noise((1280, 1280), 60).convert("RGB").save(out, "JPEG", quality=85)
    return out.getvalue()


def _press(person: Visitor, text: str) -> float:
    person.settled()
    sent = person.by_key("thread").locator(_SENT).filter(has_text=text).last
    begin = time.monotonic()
    person.press("send")
    sent.wait_for()  # at each frame; an expectation looks after 0.1, 0.35 and 0.85 s
    return time.monotonic() - begin
