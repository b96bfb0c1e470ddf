"""Pictures that move become films that play over and over; without ffmpeg that is said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.media import ffmpeg
from core.models.content import Attachment, Kind
from core.services import attachments
from core.services.attachments import Notice
from tests.support.media_samples import drawing, image, moving

pytestmark = pytest.mark.usefixtures("kept")


def prepare(kind: Kind, data: bytes) -> Attachment:
    return attachments.prepare(kind, data, name="x.gif")


def refused(kind: Kind, data: bytes) -> str:
    """The code with which it is refused."""
    with pytest.raises(InvalidInputError) as error:
        prepare(kind, data)
    return error.value.code


def gif(*shows_ms: int, size: tuple[int, int] = (65, 49)) -> bytes:
    """One frame for each length."""
    frames = [drawing(*size).rotate(15 * number) for number in range(len(shows_ms))]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=list(shows_ms), loop=0)
    return out.getvalue()


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.usefixtures("with_ffmpeg")
def test_what_moves_becomes_a_film_without_sound(format_: str) -> None:
    """As WhatsApp sends a GIF: H.264 in an MP4, chosen as an image and sent as a video."""
    made = prepare(Kind.IMAGE, moving(format_, 320, 201, frames=8))
    assert (made.mime, made.gif, made.sent_as, made.notice) == ("video/mp4", True, Kind.VIDEO, Notice.AS_GIF)
    assert (made.width, made.height) == (320, 202)
    assert made.thumbnail
    found = ffmpeg.probe(ffmpeg.Source(Path(made.path)))
    assert (found.video, found.audio, found.pixels) == ("h264", "", "yuv420p")
    assert 1.0 <= found.seconds <= 2.0, "one round of 0.64 s is repeated"


@pytest.mark.usefixtures("with_ffmpeg")
def test_every_frame_shows_as_long_as_before() -> None:
    """Also where they differ: half a second, then two seconds."""
    made = prepare(Kind.IMAGE, gif(500, 2000))
    found = ffmpeg.probe(ffmpeg.Source(Path(made.path)))
    assert found.seconds == pytest.approx(2.5, abs=0.3)
    assert made.seconds == round(found.seconds)


@pytest.mark.usefixtures("with_ffmpeg")
def test_chosen_as_a_video_it_is_one() -> None:
    """It needs no other kind; one that stands still is no video."""
    made = prepare(Kind.VIDEO, moving("GIF"))
    assert (made.mime, made.gif, made.sent_as) == ("video/mp4", True, None)
    assert refused(Kind.VIDEO, image("GIF")) == "file-not-video"
    assert refused(Kind.VIDEO, image("WEBP")) == "file-not-video"
    assert refused(Kind.VIDEO, b"GIF89a" + bytes(200)) == "file-not-video"


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
@pytest.mark.usefixtures("with_ffmpeg")
def test_what_stands_still_stays_an_image(format_: str) -> None:
    """A GIF of one frame too."""
    made = prepare(Kind.IMAGE, image(format_))
    assert made.mime in {"image/jpeg", "image/png"}
    assert (made.gif, made.sent_as, made.notice) == (False, None, "")


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.VIDEO])
@pytest.mark.usefixtures("without_ffmpeg")
def test_without_ffmpeg_it_is_said_and_a_document_is_possible(kind: Kind) -> None:
    """It would stand still; unchanged, every phone can open it."""
    data = moving("GIF")
    assert refused(kind, data) == "file-moving-needs-ffmpeg"
    assert refused(Kind.VIDEO, image("PNG")) == "file-not-video"
    made = attachments.as_document(data, name="dança.gif")
    assert (made.mime, made.name, made.sent_as) == ("image/gif", "dança.gif", Kind.DOCUMENT)
    assert attachments.content(made) == data


@pytest.mark.usefixtures("with_ffmpeg")
def test_what_moves_for_too_long_is_refused(kept: Path) -> None:
    """By the number of its frames; nothing lies around."""
    out = io.BytesIO()
    frames = [Image.new("L", (8, 8), number % 255) for number in range(1_600)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=20)
    assert refused(Kind.IMAGE, out.getvalue()) == "file-moving-too-long"
    assert [path.name for path in kept.rglob("*") if path.is_file()] in ([], [".lock"])


@pytest.mark.usefixtures("with_ffmpeg")
def test_what_is_transparent_becomes_white() -> None:
    """As in a still picture."""
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    dot = clear.copy()
    dot.paste((255, 0, 0, 255), (0, 0, 8, 8))
    out = io.BytesIO()
    clear.save(out, "WEBP", save_all=True, append_images=[dot], duration=200, lossless=True)
    made = prepare(Kind.IMAGE, out.getvalue())
    shot = ffmpeg.run(
        ("-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"), ffmpeg.Source(Path(made.path))
    )
    seen = Image.open(io.BytesIO(shot)).convert("RGB").getpixel((40, 40))
    assert isinstance(seen, tuple)
    assert min(seen) > 235
