"""Files as people have them, made by Pillow and by the ffmpeg that a development package brings."""

from __future__ import annotations

import io
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg
import pillow_heif
from PIL import Image, ImageDraw

PHOTO_EXIF: Final = {0x0112: 6, 0x010F: "Camera", 0x9286: "a comment"}
"""Turned to the right; who made it; what somebody wrote."""
GPS: Final = {1: "S", 2: (23.0, 33.0, 1.0), 3: "W", 4: (46.0, 38.0, 2.0)}


def ffmpeg_folder(folder: Path) -> Path:
    """A folder for PATH in which the program is called as everywhere: `ffmpeg`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return folder


def drawing(width: int = 320, height: int = 200, *, mode: str = "RGB") -> Image.Image:
    """Something with edges and colours, the same every time."""
    image = Image.new(mode, (width, height), "white" if mode in {"RGB", "L"} else None)
    pen = ImageDraw.Draw(image)
    pen.rectangle((width // 8, height // 8, width // 2, height // 2), fill="red" if mode != "L" else 90)
    pen.ellipse((width // 3, height // 3, width - 5, height - 5), fill="blue" if mode != "L" else 200)
    return image


def image(format_: str, width: int = 320, height: int = 200, **options: Any) -> bytes:
    """The drawing in a format of Pillow's."""
    out = io.BytesIO()
    drawing(width, height, mode=options.pop("mode", "RGB")).save(out, format_, **options)
    return out.getvalue()


def photo() -> bytes:
    """A JPEG as a phone writes it: lying on its side, and telling where it was taken."""
    exif = Image.Exif()
    for tag, value in PHOTO_EXIF.items():
        exif[tag] = value
    exif.get_ifd(0x8825).update(GPS)
    return image("JPEG", exif=exif, quality=92, comment=b"a comment")


def heic(
    width: int = 320, height: int = 200, *, mode: str = "RGB", orientation: int = 6, **options: Any
) -> bytes:
    """The drawing as an iPhone writes it: lying on its side, in tiles, and telling where it was taken."""
    out = io.BytesIO()
    picture = pillow_heif.from_pillow(drawing(width, height, mode=mode))
    exif = Image.Exif()
    for tag, value in {**PHOTO_EXIF, 0x0112: orientation}.items():
        exif[tag] = value
    exif.get_ifd(0x8825).update(GPS)
    quick = {"quality": 60, "enc_params": {"preset": "ultrafast"}}
    picture.save(out, exif=exif.tobytes(), **{**quick, **options})
    return out.getvalue()


def moving(format_: str, width: int = 64, height: int = 64, *, frames: int = 4) -> bytes:
    """Something that moves."""
    pictures = [drawing(width, height).rotate(20 * number) for number in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, format_, save_all=True, append_images=pictures[1:], duration=80, loop=0)
    return out.getvalue()


@cache
def recorded(
    suffix: str, *arguments: str, seconds: float = 1.0, video: str = "", audio: str = "sine"
) -> bytes:
    """What ffmpeg makes of test sources: `suffix` names the container, `arguments` how it is coded."""
    sources: list[str] = []
    if video:
        sources += ["-f", "lavfi", "-i", f"testsrc=d={seconds}:s={video}:r=12"]
    if audio:
        sources += ["-f", "lavfi", "-i", f"{audio}=d={seconds}"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *sources, *arguments]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        subprocess.run([*command, "-y", "-f", suffix, f"file:{made}"], check=True, timeout=60)
        return made.read_bytes()


def h264_mp4(*more: str, seconds: float = 1.0, size: str = "160x120") -> bytes:
    """A video that WhatsApp takes as it is."""
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return recorded("mp4", *coding, *more, seconds=seconds, video=size)


def voice_note(*, channels: int = 1, seconds: float = 1.0) -> bytes:
    """Ogg with Opus in it, as WhatsApp's own voice notes are."""
    return recorded("ogg", "-c:a", "libopus", "-ac", str(channels), seconds=seconds)
