"""Videos: H.264 and AAC in an MP4 that every phone plays."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from core.errors import InvalidInputError
from core.media import ffmpeg
from core.media.ffmpeg_program import needed
from core.media.file_type import container, is_something_else, rejected, shown
from core.media.images import THUMBNAIL_SIDE, small_jpeg
from core.media.mp4 import AAC, H264, Mp4, read_mp4
from core.media.temp_folder import MediaFolder
from core.media.tools import MediaTools
from core.media.untrusted import Decoders

LIMIT: Final = 16 * 1024**2
"""Bytes, as sent."""
LONGEST_SIDE: Final = 1280
_AUDIO_RATE: Final = 96_000
_LEAST_VIDEO_RATE: Final = 120_000
_MOST_VIDEO_RATE: Final = 2_500_000
_ROOM: Final = 0.92
"""Of the limit that is aimed at: a rate is kept on the whole, not exactly."""
_PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})
_BARE: Final = ("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-dn", "-sn")


def prepare_video(
    data: bytes, tools: MediaTools, *, progress: ffmpeg.ProgressCallback | None = None
) -> tuple[Path, Mp4, str]:
    """Return the video as a new file, what it holds, and a thumbnail (JPEG in base64; empty without ffmpeg).

    Picture and sound that are right already are kept as they are. Raises InvalidInputError: file-not-video,
    file-damaged, file-needs-ffmpeg, file-too-slow, file-too-long (detail: minutes), file-still-too-large.
    """
    if is_something_else(data):
        raise rejected("not-video")
    if not ffmpeg.program():
        return _without_ffmpeg(data, tools.folder)
    folder = tools.folder
    source = ffmpeg.Source(folder.keep(data, ".in"))
    target = folder.new_file(".mp4")
    try:
        _convert(source, target, progress)
        film = read_mp4(target.read_bytes())
        return target, film, _still(target, film.seconds, tools.decoders)
    except BaseException:
        folder.remove(target)
        raise
    finally:
        folder.remove(source.path)


def _without_ffmpeg(data: bytes, folder: MediaFolder) -> tuple[Path, Mp4, str]:
    """Accept only what is right already: there is no ffmpeg."""
    if container(data) != "mov":
        raise needed()
    film = read_mp4(data)
    if not film.video:
        raise rejected("not-video")
    if film.video not in H264 or film.audio not in {"", AAC} or film.brand == "qt  ":
        raise needed()
    if len(data) > LIMIT:
        raise rejected("still-too-large", shown(LIMIT))
    return folder.keep(data, ".mp4"), film, ""


def _convert(source: ffmpeg.Source, target: Path, progress: ffmpeg.ProgressCallback | None) -> None:
    probe = ffmpeg.probe(source)
    if not probe.video:
        raise rejected("not-video")
    right = probe.video == "h264" and probe.audio in {"", "aac"} and probe.pixels in _PIXELS
    kept = right and source.path.stat().st_size <= LIMIT
    coding = ("-c", "copy") if kept else _coding(probe.seconds)
    arguments = ("-map", "0:V:0", "-map", "0:a:0?", *coding, *_BARE, "-movflags", "+faststart", "-f", "mp4")
    ffmpeg.run((*arguments, f"file:{target}"), source, work=ffmpeg.Progress(probe.seconds, progress))
    if target.stat().st_size > LIMIT:
        raise rejected("still-too-large", shown(LIMIT))


def _coding(seconds: float) -> tuple[str, ...]:
    rate = _MOST_VIDEO_RATE
    if seconds > 0:
        rate = min(rate, int(LIMIT * 8 * _ROOM / seconds) - _AUDIO_RATE)
    if rate < _LEAST_VIDEO_RATE:
        longest = LIMIT * 8 * _ROOM / (_LEAST_VIDEO_RATE + _AUDIO_RATE)
        raise rejected("too-long", str(int(longest // 60)))
    side = LONGEST_SIDE if rate > 800_000 else LONGEST_SIDE // 2
    scale = f"scale='if(gte(iw,ih),min({side},iw),-2)':'if(gte(iw,ih),-2,min({side},ih))'"
    even = "pad='ceil(iw/2)*2':'ceil(ih/2)*2'"
    picture = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-threads", "2")
    bounds = ("-maxrate", str(rate), "-bufsize", str(2 * rate), "-vf", f"{scale},{even},setsar=1", "-r", "30")
    return (*picture, *bounds, "-c:a", "aac", "-b:a", str(_AUDIO_RATE), "-ac", "2", "-fs", str(LIMIT + 1))


def _still(target: Path, seconds: float, decoders: Decoders) -> str:
    """Return a picture from a little after the beginning, where few films are black."""
    scale = f"scale={2 * THUMBNAIL_SIDE}:{2 * THUMBNAIL_SIDE}:force_original_aspect_ratio=decrease"
    arguments = ("-frames:v", "1", "-vf", scale, "-c:v", "mjpeg", "-f", "image2pipe", "pipe:1")
    try:
        shot = ffmpeg.run(arguments, ffmpeg.Source(target, "mov", skip=min(1.0, seconds / 4)))
        return base64.b64encode(small_jpeg(shot, decoders, side=THUMBNAIL_SIDE)).decode()
    except InvalidInputError:  # a film without one can be sent all the same
        return ""
