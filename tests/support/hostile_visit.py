"""A visit among hostile pictures: stored, arriving, opened, looked up, uploaded; the process is watched."""

from __future__ import annotations

import base64
import re
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import psutil
from playwright.sync_api import Locator, expect

from core.models.content import Attachment, Content, Kind
from core.models.messages import ReceivedMessage
from core.store import inbox_table
from tests.emulator.content import Image
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.composer_page import ComposerPage
from tests.support.hostile_pictures import hostile_pictures
from tests.support.media_samples import image
from tests.support.visitor import Visitor

MB: Final = 1024 * 1024
STORED, ARRIVING, OPENED, FACES, IMAGES, STICKERS = 60, 40, 20, 20, 35, 35
TOTAL: Final = STORED + ARRIVING + OPENED + FACES + IMAGES + STICKERS
_SMALL: Final = 8_192
"""Bytes of a thumbnail that was ever taken in."""
_PATIENCE_MS: Final = 60_000
_FILES: Final = {"photo": "image", "sticker": "sticker"}
_REFUSED: Final = re.compile("imagem|arquivo|figurinha|animação", re.IGNORECASE)


@dataclass
class Watch:
    """Looks at the web process many times a second: its memory, and how soon it says that it is healthy."""

    app: AppProcess
    waits: list[float] = field(default_factory=list)
    """Seconds of each answer of ``/healthz``."""
    most: int = 0
    before: int = 0

    def __enter__(self) -> Self:
        self._process = psutil.Process(self.app.pid)
        self._over = threading.Event()
        self.before = self._process.memory_info().rss
        self._threads = [threading.Thread(target=look) for look in (self._weigh, self._knock)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def growth_mb(self) -> float:
        """How much the process had at most above what it had at first."""
        return max(0, self.most - self.before) / MB

    def _weigh(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, self._process.memory_info().rss)

    def _knock(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while not self._over.wait(0.025):
            begin = time.monotonic()
            with opener.open(f"{self.app.url}/healthz", timeout=30) as answer:
                answer.read()
            self.waits.append(time.monotonic() - begin)


def chosen(count: int, *, begin: int = 0, most: int = 0) -> list[tuple[str, bytes]]:
    """So many of the hostile pictures, spread over all kinds, of at most ``most`` bytes."""
    fitting = [(name, data) for name, data in hostile_pictures().items() if not most or len(data) <= most]
    step = len(fitting) / count
    return [fitting[int(begin + number * step) % len(fitting)] for number in range(count)]


def store(folder: Path) -> None:
    """Write messages into an instance's history as they were taken in before anybody looked at thumbnails."""
    messages = [
        ReceivedMessage(
            instance_id=folder.name,
            message_id=f"STORED{number}",
            contact="5511900000001",
            name="Antiga",
            content=Content(
                Kind.IMAGE,
                text=name,
                file=Attachment(mime="image/jpeg", thumbnail=base64.b64encode(data).decode()),
            ),
            at=time.time() - 1_000 + number,
        )
        for number, (name, data) in enumerate(chosen(STORED, most=_SMALL))
    ]
    inbox_table.write(folder, messages, names={}, keep=inbox_table.Retention())


@dataclass
class HostileVisit:
    """One person on the messages page of a connected instance."""

    person: Visitor
    emulator: Emulator
    instance_id: str
    owner: str
    friend: str

    def warm(self) -> None:
        """Do each thing once with an honest picture: what is loaded for that is no growth."""
        self.open_page()
        self.arrive([("warm", image("JPEG"))])
        self.open_files(1)
        self.look_up([("warm", image("JPEG"))])
        for kind in ("photo", "sticker"):
            self.upload(kind, [("warm.png", image("PNG", 300, 300))])
        self.open_page()

    def suffer(self) -> None:
        """Everything that ``TOTAL`` says, in one process.

        The page is opened anew in between: a hundred cards cost the browser a second for each further press,
        and the process keeps what it held for the page before.
        """
        self.open_page()
        self.show_stored()
        self.arrive(chosen(ARRIVING, begin=1))
        self.open_page()
        self.open_files(OPENED)
        self.open_page()
        self.look_up(chosen(FACES, begin=2))
        self.upload("photo", chosen(IMAGES, begin=3))
        self.upload("sticker", chosen(STICKERS, begin=4))

    def open_page(self) -> None:
        """Go to the log of messages anew."""
        self.person.open(f"/messages?id={self.instance_id}&view=log")
        expect(self.person.by_key("inbox")).to_be_visible()

    def show_stored(self) -> None:
        """List all that is stored, each with its thumbnail where that is harmless."""
        cards = self.person.page.locator(".wa-message")
        while (before := cards.count()) < STORED:
            self.person.press("inbox-more")
            expect(cards).not_to_have_count(before, timeout=_PATIENCE_MS)
            self.person.settled()

    def arrive(self, pictures: Sequence[tuple[str, bytes]]) -> None:
        """Write to the instance: each picture as the file and, where it is small enough, as the thumbnail."""
        for name, data in pictures:
            thumbnail = base64.b64encode(data).decode() if len(data) <= _SMALL else ""
            content = Image(data, "image/jpeg", name, thumbnail or base64.b64encode(image("JPEG")).decode())
            self.emulator.write(content, sender=self.friend, receiver=self.owner)
        newest = self.person.page.locator(".wa-message").first
        expect(newest).to_contain_text(pictures[-1][0], timeout=_PATIENCE_MS)

    def open_files(self, count: int) -> None:
        """Press "show image" at the newest ones, one after the other; each can be saved at least."""
        inbox = self.person.by_key("inbox")
        for _ in range(count):
            before = inbox.get_by_role("button", name="Salvar arquivo").count()
            inbox.get_by_role("button", name="Mostrar imagem").first.click()
            saved = inbox.get_by_role("button", name="Salvar arquivo")
            expect(saved).to_have_count(before + 1, timeout=_PATIENCE_MS)
            self.person.settled()

    def look_up(self, pictures: Sequence[tuple[str, bytes]]) -> None:
        """Type the numbers of people with such profile pictures."""
        self.person.open(f"/messages?id={self.instance_id}")
        self.person.press("new-conversation")
        for number, (_, data) in enumerate(pictures):
            contact = f"55219{int(time.time() * 10) % 10**5:05d}{number:03d}"
            self.emulator.add_phone(contact, "Rosto")
            self.emulator.set_picture(contact, data)
            self.person.type_into("send-to", f"+{contact}")
            shown = self.person.by_key("send-checked-yes").filter(has_text=contact[-4:])
            expect(shown.or_(self.person.by_key("send-checked-no"))).to_be_visible(timeout=_PATIENCE_MS)

    def upload(self, kind: str, pictures: Sequence[tuple[str, bytes]]) -> None:
        """Choose each as a file of that kind and take it away again: it is previewed, or refused in words."""
        self.person.open(f"/messages?id={self.instance_id}")
        self.person.talk_to(f"+{self.friend}")
        ComposerPage(self.person).attach(kind)
        page = self.person.page
        place = page.locator(f'[class*="st-key-send-file-{_FILES[kind]}-"]')
        refused = page.get_by_role("alert").filter(has_text=_REFUSED)
        previewed = self.person.by_key("send-preview").locator("img")
        for name, data in pictures:
            file = {"name": name, "mimeType": "image/png", "buffer": data}
            place.locator("input[type=file]").set_input_files(file, timeout=_PATIENCE_MS)  # type: ignore[arg-type]
            expect(refused.or_(previewed).first).to_be_visible(timeout=_PATIENCE_MS)
            self._take_away(place)

    def _take_away(self, place: Locator) -> None:
        """Take the file away, or what was made of it."""
        self.person.settled()
        made = self.person.by_key("send-file-drop").get_by_role("button")
        refused = place.get_by_test_id("stFileChipDeleteBtn").get_by_role("button")
        (made if made.count() else refused).first.click()
        expect(self.person.by_key("send-preview")).to_have_count(0)
        expect(place.locator("input[type=file]")).to_have_count(1)
        self.person.settled()
