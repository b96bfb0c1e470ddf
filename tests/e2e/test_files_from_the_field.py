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
    """A conversation with a friend, whose form for a photo or a video is open."""

    def __init__(self, connected: Connected) -> None:
        self.emulator: Emulator = connected.emulator
        self.friend = connected.friend
        self.emulator.inbound(sender=self.friend, receiver=connected.number, text="Manda a foto?")
        self.person: Visitor = connected.visitor("/messages?id={id}")
        self.person.page.add_init_script(SOCKETS)
        self.person.page.reload()
        self.person.settled()
        self.person.by_key("thread-list").locator("a").filter(has_text="Manda a foto?").first.click()
        self.open()

    def open(self) -> None:
        """Press the plus, and what is behind it."""
        self.person.press("attach")
        self.person.by_key("attach-photo").get_by_role("button").click()
        self.person.page.locator(UPLOADER).wait_for(state="attached")
        self.person.settled()

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
        button = self.person.by_key("send").get_by_role("button")
        expect(button).to_have_attribute("data-ready", "true", timeout=20_000)
        button.click()
        arrived = eventually(
            lambda: self.emulator.messages_to(self.friend)[before:],
            timeout=15,
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
    film = form.preview.locator("video")
    expect(film).to_have_attribute("autoplay", "")
    assert film.evaluate("film => film.muted")
    gif = form.send()
    assert isinstance(gif, seen.Video)
    assert gif.gif
    form.open()
    long = image("JPEG", 1_080, 20_000)
    form.choose_file("conversa.jpg", long)
    form.person.sees("comprida", timeout=20)
    form.person.press("send-unchanged")
    form.person.sees("como documento, sem")
    assert form.send() == seen.Document(long, "conversa.jpg", "image/jpeg")


@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "not noticed"])
def test_a_file_that_is_chosen_without_a_connection_is_kept(form: Form, noticed: bool) -> None:
    """The browser comes back from its dialog before the connection does: a line says so, then it goes on.

    Also where the network is gone and the page's socket does not know it yet: the upload fails.
    """
    page = form.person.page
    if noticed:
        lose_connection(form.person)
    else:
        page.context.set_offline(True)
    form.choose_file("foto.jpg", image("JPEG"))
    expect(page.get_by_text("A conexão caiu")).to_be_visible()
    page.context.set_offline(False)
    expect(form.preview.locator("img")).to_be_visible(timeout=BACK_MS)
    expect(page.get_by_text("A conexão caiu")).to_have_count(0)
    arrived = form.send()
    assert isinstance(arrived, seen.Image)


APP = '[data-testid="stApp"]'


SOCKETS = """
window.allSockets = []
const Genuine = window.WebSocket
window.WebSocket = class extends Genuine {
  constructor(...all) { super(...all); window.allSockets.push(this) }
}
"""


def lose_connection(person: Visitor) -> None:
    """No network any more, and the page has noticed: Chromium's switch leaves open sockets alone."""
    person.page.context.set_offline(True)
    person.page.evaluate("window.allSockets.forEach((socket) => socket.close())")
    connected = person.page.locator(f"{APP}[data-test-connection-state=CONNECTED]")
    expect(connected).to_have_count(0, timeout=BACK_MS)
