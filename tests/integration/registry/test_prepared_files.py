"""Files as people have them, prepared, sent by the genuine core, and decrypted on the contact's phone."""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from core.media.tools import MediaTools
from core.models.content import Content, Kind
from core.models.messages import SendState
from core.services import attachments, message_validation
from tests.emulator import content as seen
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.media_samples import ffmpeg_folder, heic, image, moving
from tests.support.runtimes import installed, with_media


@pytest.fixture
def paired(house: RegistryHarness) -> Paired:
    """A connected instance."""
    house.open()
    return house.pair()


@pytest.fixture(autouse=True)
def _tools(house: RegistryHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with ffmpeg, whose prepared files lie in the test's own place; gone before the house is."""
    monkeypatch.setenv("PATH", str(ffmpeg_folder(tmp_path / "bin")), prepend=os.pathsep)
    tools = MediaTools(tmp_path)
    with installed(with_media(tools)):
        yield
    tools.close()


def send(house: RegistryHarness, paired: Paired, kind: Kind, data: bytes, name: str, text: str = "") -> str:
    """Prepare and send a file that was chosen as `kind`; gives the id of the message."""
    content = Content(kind, text=text, file=attachments.prepare(kind, data, name=name))
    checked = message_validation.check(content, sent=(), now=time.time())
    done = house.send(paired.id, to=house.contact(), content=checked, timeout=15)
    assert (done.state, done.reason) == (SendState.SENT, "")
    assert done.content.file is not None
    assert (done.content.file.sent_as, done.content.file.notice) == (None, "")
    return done.message_id


def test_the_photo_of_an_iphone_arrives_as_a_jpeg(house: RegistryHarness, paired: Paired) -> None:
    """Upright, with its caption, and without the place where it was taken."""
    message_id = send(house, paired, Kind.IMAGE, heic(), "IMG_0001.HEIC", "da praia")
    arrived = house.emulator.content_of(message_id)
    assert isinstance(arrived, seen.Image)
    assert (arrived.mimetype, arrived.caption) == ("image/jpeg", "da praia")
    assert Image.open(io.BytesIO(arrived.data)).size == (200, 320)
    assert b"Exif" not in arrived.data
    part = house.emulator.message_of(message_id).imageMessage
    assert (part.width, part.height) == (200, 320)
    assert Image.open(io.BytesIO(part.jpegThumbnail)).format == "JPEG"


@pytest.mark.parametrize("format_", ["GIF", "WEBP"])
def test_a_gif_plays_on_the_other_phone(house: RegistryHarness, paired: Paired, format_: str) -> None:
    """Chosen as an image, it goes as WhatsApp sends a GIF."""
    message_id = send(house, paired, Kind.IMAGE, moving(format_, 120, 80), "dança.gif", "olha")
    arrived = house.emulator.content_of(message_id)
    assert isinstance(arrived, seen.Video)
    assert (arrived.mimetype, arrived.caption, arrived.gif) == ("video/mp4", "olha", True)
    assert arrived.data[4:8] == b"ftyp"
    part = house.emulator.message_of(message_id).videoMessage
    assert (part.width, part.height, part.seconds) == (120, 80, 1)
    assert Image.open(io.BytesIO(part.jpegThumbnail)).format == "JPEG"


def test_what_goes_unchanged_is_a_document(house: RegistryHarness, paired: Paired) -> None:
    """The choice for a long picture: whole, under its name."""
    data = image("PNG", 300, 6_000)
    file = attachments.as_document(data, name="conversa.png")
    checked = message_validation.check(Content(Kind.IMAGE, text="leia", file=file), sent=(), now=time.time())
    done = house.send(paired.id, to=house.contact(), content=checked, timeout=15)
    assert house.emulator.content_of(done.message_id) == seen.Document(
        data, "conversa.png", "image/png", "leia"
    )


def test_the_small_picture_of_what_is_quoted_is_at_hand(house: RegistryHarness, paired: Paired) -> None:
    """Of what was sent: the page and the quote read it from the message."""
    message_id = send(house, paired, Kind.IMAGE, heic(), "IMG_0001.HEIC")
    (stored,) = house.registry.sent(paired.id)
    assert stored.message_id == message_id
    small = Image.open(io.BytesIO(base64.b64decode(stored.content.small_picture)))
    assert (small.format, max(small.size)) == ("JPEG", 100)
