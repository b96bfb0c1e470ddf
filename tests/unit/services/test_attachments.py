"""What becomes of an uploaded file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.media.temp_folder import MediaFolder
from core.media.tools import MediaTools
from core.models.content import FILES, Kind
from core.services import attachments
from tests.support.media_samples import image
from tests.support.runtimes import installed, with_media


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[MediaFolder]:
    """Files lie in the test's own place."""
    with installed(with_media(MediaTools(tmp_path))) as runtime:
        yield runtime.media.folder
        runtime.media.close()


def word_file() -> bytes:
    """The begin of what a word processor writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml"):
            archive.writestr(name, "<a/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf"),
        (b"just words\n", "text/plain"),
        (image("PNG"), "image/png"),
        (b"<!doctype html><html><script>alert(1)</script></html>", "text/html"),
        (word_file(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\x01\x02\x03\x04" * 8, "application/octet-stream"),
    ],
)
def test_a_document_is_named_by_its_content(data: bytes, mime: str) -> None:
    """The name only tells the recipient what to call it."""
    made = attachments.prepare(Kind.DOCUMENT, data, name="foto.jpg")
    assert (made.mime, made.name, made.size) == (mime, "foto.jpg", len(data))
    assert attachments.content(made) == data


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("relatório.pdf", "relatório.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ana\\x.doc", "x.doc"),
        ("gpj.\u202eexe.pdf", "gpj.exe.pdf"),
        ("a\x00b\n.txt", "ab.txt"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_one_that_can_be_shown(name: str, shown: str) -> None:
    """No folder, nothing invisible, nothing endless."""
    assert attachments.shown_name(name) == shown


def test_limits_are_those_that_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is refused with the limit; kinds without a file have none."""
    for kind in Kind:
        assert bool(attachments.limit(kind)) == (kind in FILES)
    assert attachments.limit(Kind.DOCUMENT) == 100 * 1024**2
    monkeypatch.setattr(attachments, "UPLOAD_LIMIT", 1024**2)
    attachments.prepare(Kind.DOCUMENT, b"x" * 1024**2, name="x")
    with pytest.raises(InvalidInputError) as error:
        attachments.prepare(Kind.DOCUMENT, b"x" * (1024**2 + 1), name="x")
    assert (error.value.code, error.value.detail) == ("file-too-large", "1 MB")
    with pytest.raises(InvalidInputError, match="file-empty"):
        attachments.prepare(Kind.DOCUMENT, b"", name="x")


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [
        (1_080, 20_000, True),
        (20_000, 1_080, True),
        (720, 9_000, True),
        (1_920, 15_000, True),
        (1_080, 2_400, False),
        (1_080, 6_000, False),
        (8_000, 6_000, False),
        (300, 4_096, False),
    ],
)
def test_a_picture_that_becomes_unreadable_is_told(width: int, height: int, told: bool) -> None:
    """A long screenshot, or a wide one; never one that is only large, or that keeps its size."""
    made = attachments.prepare(Kind.IMAGE, image("JPEG", width, height), name="x")
    assert made.notice == (attachments.Notice.SHRUNK if told else "")
    assert made.sent_as is None


def test_a_file_can_be_sent_unchanged_whatever_it_was_chosen_as() -> None:
    """As a document, with its name; WhatsApp's limits for images do not count."""
    data = image("PNG", 40, 4_000)
    made = attachments.as_document(data, name="conversa longa.png")
    assert (made.sent_as, made.mime, made.name) == (Kind.DOCUMENT, "image/png", "conversa longa.png")
    assert attachments.content(made) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"no picture, no film", "file-not-image"), (b"", "file-empty")],
)
def test_what_is_neither_photo_nor_film_is_told(data: bytes, code: str) -> None:
    """In the words for a photo, which is what most people choose."""
    with pytest.raises(InvalidInputError, match=code):
        attachments.prepare_photo_or_film(data, name="x")


def test_a_photo_is_found_among_photos_and_films() -> None:
    """It goes as what it is."""
    made = attachments.prepare_photo_or_film(image("JPEG"), name="foto.jpg")
    assert (made.mime, made.sent_as) == ("image/jpeg", None)


def test_a_discarded_file_is_gone(folder: MediaFolder) -> None:
    """And so is one that was there when everything ended."""
    first = attachments.prepare(Kind.IMAGE, image("PNG"), name="x")
    second = attachments.prepare(Kind.STICKER, image("PNG"), name="x")
    assert Path(second.path).suffix == ".webp"
    attachments.discard(first)
    assert (attachments.present(first), attachments.present(second)) == (False, True)
    assert attachments.content(first) == b""
    folder.close()
    assert not Path(second.path).exists()


def test_an_attachment_never_shows_its_name_or_place() -> None:
    """Not in a log, not in a traceback."""
    made = attachments.prepare(Kind.DOCUMENT, b"words", name="segredo.txt")
    assert "segredo" not in repr(made)
    assert made.path not in repr(made)
