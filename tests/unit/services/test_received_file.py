"""Files of strangers: shown by what they are, saved under a harmless name, never run."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from core.models.content import Attachment, Content, Kind
from core.models.messages import InboxEntry
from core.services import safe_image
from core.services.received_file import DisplayKind, file_name, prepare_for_display

pytestmark = pytest.mark.usefixtures("runtime")

HTML = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def entry(kind: Kind, *, name: str = "", mime: str = "") -> InboxEntry:
    return InboxEntry("a", "1", "", "", Content(kind, file=Attachment(name=name, mime=mime)), at=5.0)


def picture(form: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (40, 20)) -> bytes:
    made = io.BytesIO()
    image = Image.new(mode, size)
    exif = image.getexif()
    exif[0x010E] = "onde moro"
    image.save(made, form, exif=exif)
    return made.getvalue()


def bomb() -> bytes:
    """A few bytes that say they are a picture of 10 gigapixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_made_anew(form: str) -> None:
    """Only pixels are left: nothing that its file said besides."""
    data = picture(form)
    found = prepare_for_display(entry(Kind.IMAGE), data)
    assert (found.view, found.data) == (DisplayKind.PICTURE, data)
    assert b"onde moro" in data
    assert b"onde moro" not in found.picture
    assert Image.open(io.BytesIO(found.picture)).size == (40, 20)


def test_a_gif_plays_over_and_over_and_a_film_does_not() -> None:
    """Both are videos; the message says which."""
    film = entry(Kind.VIDEO)
    assert film.content.file is not None
    gif = replace(film, content=replace(film.content, file=replace(film.content.file, gif=True)))
    shown = [prepare_for_display(one, b"\0\0\0\x18ftypmp42") for one in (film, gif)]
    assert [one.view for one in shown] == [DisplayKind.FILM, DisplayKind.FILM]
    assert [one.gif for one in shown] == [False, True]


def test_transparency_stays_and_large_ones_shrink() -> None:
    """A sticker keeps its shape; nothing larger than a page."""
    clear = Image.open(io.BytesIO(safe_image.reencode(picture("PNG", "RGBA"))))
    assert (clear.format, clear.mode) == ("PNG", "RGBA")
    assert Image.open(io.BytesIO(safe_image.reencode(picture(size=(4_000, 1_000))))).size == (1_280, 320)


@pytest.mark.parametrize("data", [HTML, b"", b"\xff\xd8\xff\xe0 no picture", bomb(), picture()[:400]])
def test_what_is_no_picture_is_a_download(data: bytes) -> None:
    """A script, nothing, half a file, a bomb: none is shown, none raises."""
    assert (
        prepare_for_display(entry(Kind.IMAGE, name="foto.jpg", mime="image/jpeg"), data).view
        is DisplayKind.FILE
    )


@pytest.mark.parametrize(
    ("kind", "data", "view", "mime"),
    [
        (Kind.VOICE, b"OggS....", DisplayKind.SOUND, "audio/ogg"),
        (Kind.AUDIO, b"ID3.....", DisplayKind.SOUND, "audio/mpeg"),
        (Kind.AUDIO, b"\xff\xe3\x18\xc4", DisplayKind.SOUND, "audio/mpeg"),
        (Kind.AUDIO, b"\0\0\0\x18ftypM4A ", DisplayKind.SOUND, "audio/mp4"),
        (Kind.VIDEO, b"\0\0\0\x18ftypmp42", DisplayKind.FILM, "video/mp4"),
        (Kind.VIDEO, HTML, DisplayKind.FILE, ""),
        (Kind.AUDIO, HTML, DisplayKind.FILE, ""),
        (Kind.DOCUMENT, picture(), DisplayKind.FILE, ""),
        (Kind.DOCUMENT, HTML, DisplayKind.FILE, ""),
    ],
)
def test_sounds_and_films_are_known_by_how_they_begin(
    kind: Kind, data: bytes, view: DisplayKind, mime: str
) -> None:
    """Not by what their sender says they are; documents are downloads, whatever is in them."""
    found = prepare_for_display(entry(kind, mime="text/html"), data)
    assert (found.view, found.mime) == (view, mime)


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ("ata.pdf", "ata.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\y.exe", "C__x_y.exe"),
        ("foto\u202egpj.exe", "fotogpj.exe"),
        ("a\r\nb: c.txt", "ab_ c.txt"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("", "document-5.pdf"),
        (" . ", "document-5.pdf"),
    ],
)
def test_a_file_is_saved_under_a_harmless_name(given: str, saved: str) -> None:
    """No folder, nothing invisible, not too long; one of ours where there is none."""
    assert file_name(entry(Kind.DOCUMENT, name=given, mime="application/pdf; x=1")) == saved


def test_a_thumbnail_is_made_anew_too() -> None:
    """As an address for a page; nothing where there is no picture."""
    address = safe_image.thumbnail_data_uri(base64.b64encode(picture()).decode())
    assert address.startswith("data:image/jpeg;base64,")
    assert (
        safe_image.thumbnail_data_uri("%%%")
        == safe_image.thumbnail_data_uri(base64.b64encode(HTML).decode())
        == ""
    )
