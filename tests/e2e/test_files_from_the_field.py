"""Files as phones have them, and a connection that goes while one is chosen."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Connected
from tests.emulator import content as seen
from tests.emulator.handle import Emulator
from tests.support.media_samples import heic, image, moving
from tests.support.polling import eventually
from tests.support.visitor import Visitor

UPLOADER = '[class*="st-key-send-file-"] input[type=file]'
BACK_MS = 30_000
"""Streamlit's page tries to connect again after a moment."""


class Form:
    """The form of a connected instance, with a friend's number in it."""

    def __init__(self, connected: Connected) -> None:
        self.emulator: Emulator = connected.emulator
        self.friend = connected.friend
        self.person: Visitor = connected.visitor("/messages?id={id}")
        self.person.type_into("send-to", f"+{self.friend}")
        expect(self.person.by_key("send-checked-yes")).to_contain_text("verified")
        self.person.choose("send-kind", "Imagem")

    @property
    def preview(self) -> Locator:
        """What would be sent."""
        return self.person.by_key("send-preview")

    def choose_file(self, name: str, data: bytes) -> None:
        """Choose it in the browser's dialog."""
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self.person.page.locator(UPLOADER).set_input_files(file)  # type: ignore[arg-type]

    def send(self) -> seen.Content | None:
        """Press it; gives what the friend's phone decrypted."""
        before = len(self.emulator.messages_to(self.friend))
        self.person.press("send")
        arrived = eventually(
            lambda: self.emulator.messages_to(self.friend)[before:],
            timeout=10,
            seen=lambda: self.emulator.messages_to(self.friend),
        )
        return self.emulator.content_of(arrived[0].message_id)


@pytest.fixture
def form(connected: Connected) -> Form:
    """A person about to send a file."""
    return Form(connected)


def test_the_photo_of_an_iphone_is_seen_and_arrives(form: Form) -> None:
    """Upright in the preview and at the friend's, without the place where it was taken."""
    form.choose_file("IMG_0001.HEIC", heic())
    expect(form.preview.locator("img")).to_be_visible(timeout=20_000)
    arrived = form.send()
    assert isinstance(arrived, seen.Image)
    assert Image.open(io.BytesIO(arrived.data)).size == (200, 320)
    assert b"Exif" not in arrived.data


def test_a_gif_plays_and_a_long_picture_goes_whole(form: Form) -> None:
    """What becomes of each is said before; one press sends the second unchanged."""
    form.choose_file("dança.gif", moving("GIF", 120, 80))
    form.person.sees("enviada como GIF", timeout=20)
    expect(form.preview.locator("video")).to_have_attribute("loop", "")
    gif = form.send()
    assert isinstance(gif, seen.Video)
    assert gif.gif
    long = image("JPEG", 1_080, 20_000)
    form.choose_file("conversa.jpg", long)
    form.person.sees("comprida", timeout=20)
    form.person.press("send-unchanged")
    form.person.sees("enviado como documento")
    assert form.send() == seen.Document(long, "conversa.jpg", "image/jpeg")


def test_a_file_that_is_chosen_without_a_connection_is_kept(form: Form) -> None:
    """The browser comes back from its dialog before the connection does: a line says so, then it goes on."""
    page = form.person.page
    lose_connection(form.person)
    form.choose_file("foto.jpg", image("JPEG"))
    expect(page.get_by_text("A conexão caiu")).to_be_visible()
    page.context.set_offline(False)
    expect(form.preview.locator("img")).to_be_visible(timeout=BACK_MS)
    expect(page.get_by_text("A conexão caiu")).to_have_count(0)
    expect(page.get_by_test_id("stFileChip")).to_have_count(1)
    arrived = form.send()
    assert isinstance(arrived, seen.Image)


def test_a_file_that_was_taken_away_does_not_come_back(form: Form) -> None:
    """A connection that goes and comes later hands in nothing that nobody wants any more."""
    page = form.person.page
    form.choose_file("foto.jpg", image("JPEG"))
    expect(form.preview.locator("img")).to_be_visible(timeout=20_000)
    page.get_by_test_id("stFileChipDeleteBtn").get_by_role("button").click()
    expect(form.preview).to_have_count(0)
    page.wait_for_timeout(1_000)  # so long the page may take to notice
    lose_connection(form.person)
    page.context.set_offline(False)
    expect(page.locator(f"{APP}[data-test-connection-state=CONNECTED]")).to_be_visible(timeout=BACK_MS)
    page.wait_for_timeout(4_000)
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)


APP = '[data-testid="stApp"]'


def lose_connection(person: Visitor) -> None:
    """No network any more; the page has noticed."""
    person.page.context.set_offline(True)
    connected = person.page.locator(f"{APP}[data-test-connection-state=CONNECTED]")
    expect(connected).to_have_count(0, timeout=BACK_MS)
