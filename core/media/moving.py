"""Pictures that move (GIF, APNG, WebP, AVIF): sent as WhatsApp sends a GIF, a short video without sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.media import ffmpeg
from core.media.decoder_protocol import Task
from core.media.ffmpeg_program import needed
from core.media.file_type import rejected, shown
from core.media.mp4 import read_mp4
from core.media.tools import MediaTools

LIMIT: Final = 16 * 1024**2
"""Bytes, as sent."""
_CODING: Final = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-threads", "2"),
    # JPEGs use the whole range of brightness; films that phones play do not.
    *("-vf", "scale=in_range=pc:out_range=tv,pad='ceil(iw/2)*2':'ceil(ih/2)*2':color=white,setsar=1"),
    *("-an", "-movflags", "+faststart", "-f", "mp4", "-fs", str(LIMIT + 1)),
)


@dataclass(frozen=True, slots=True)
class MovingPicture:
    """A film that plays over and over."""

    path: Path
    seconds: float
    width: int
    height: int
    thumbnail: str
    """JPEG in base64."""


def prepare_moving(data: bytes, tools: MediaTools) -> MovingPicture:
    """Return the moving picture as a film. What is transparent becomes white.

    Raises InvalidInputError: file-not-video (it stands still), file-moving-needs-ffmpeg,
    file-moving-too-long, file-still-too-large, and what ``prepare_image`` raises.
    """
    if not ffmpeg.program():
        raise needed(moving=True)
    frames = tools.decoders.ask(Task.FRAMES, data)
    if not 0 < frames.shows_ms <= 60_000:
        raise rejected("damaged")
    folder = tools.folder
    source = ffmpeg.Source(folder.keep(frames.data, ".in"), "mjpeg", rate=1000 / frames.shows_ms)
    target = folder.new_file(".mp4")
    try:
        ffmpeg.run(("-map", "0:v:0", *_CODING, f"file:{target}"), source)
        film = read_mp4(target.read_bytes())
        if target.stat().st_size > LIMIT:
            raise rejected("still-too-large", shown(LIMIT))
        return MovingPicture(target, film.seconds, film.width, film.height, frames.thumbnail)
    except BaseException:
        folder.remove(target)
        raise
    finally:
        folder.remove(source.path)
