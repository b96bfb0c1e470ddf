"""Sound files, and voice notes with their length and the line that a phone draws for them."""

from __future__ import annotations

import base64
from array import array
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from core.media import ffmpeg
from core.media.ffmpeg_program import needed
from core.media.file_type import container, is_something_else, rejected, shown
from core.media.mp4 import AAC, read_mp4
from core.media.ogg import read_opus
from core.media.temp_folder import MediaFolder

LIMIT: Final = 16 * 1024**2
OPUS: Final = "audio/ogg; codecs=opus"
MOST_S: Final = 3600.0
WAVEFORM: Final = 64
_BARE: Final = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-vn", "-sn", "-dn")
_SAMPLES: Final = ("-t", str(MOST_S), "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a sound."""

    suffix: str
    muxer: str
    mime: str
    coding: tuple[str, ...] = ("-c:a", "copy")


_KEPT: Final = {
    ("mov", "aac"): _Form(".m4a", "mp4", "audio/mp4"),
    ("mp3", "mp3"): _Form(".mp3", "mp3", "audio/mpeg"),
    ("ogg", "opus"): _Form(".ogg", "ogg", OPUS),
}
"""What keeps its sound, by container and coding."""
_MADE: Final = _Form(".m4a", "mp4", "audio/mp4", ("-c:a", "aac", "-b:a", "128k", "-ac", "2"))
_VOICE: Final = _Form(
    ".ogg",
    "ogg",
    OPUS,
    ("-c:a", "libopus", "-b:a", "32k", "-ac", "1", "-ar", "48000", "-application", "voip"),
)


def prepare_audio(
    data: bytes, folder: MediaFolder, *, progress: ffmpeg.ProgressCallback | None = None
) -> tuple[Path, str, float]:
    """Return the sound as a new file, its mime and seconds. MP3, AAC and Opus stay; the rest becomes AAC.

    Raises InvalidInputError: file-not-audio, file-damaged, file-needs-ffmpeg, file-too-slow, file-too-long
    (detail: minutes), file-still-too-large.
    """
    _check(data)
    if not ffmpeg.program():
        return _without_ffmpeg(data, folder)
    source = ffmpeg.Source(folder.keep(data, ".in"))
    try:
        probe = _sound(source)
        form = _KEPT.get((probe.format, probe.audio), _MADE)
        target = _encode(source, folder, form, ffmpeg.Progress(probe.seconds, progress))
        return target, form.mime, _length(target, form.muxer, probe.seconds)
    finally:
        folder.remove(source.path)


def prepare_voice(
    data: bytes, folder: MediaFolder, *, progress: ffmpeg.ProgressCallback | None = None
) -> tuple[Path, float, str]:
    """Return the sound as a voice note in Ogg/Opus, one channel: file, seconds and waveform (base64).

    Without ffmpeg the waveform is empty. Raises as ``prepare_audio`` does.
    """
    _check(data)
    if not ffmpeg.program():
        path, _, seconds = _without_ffmpeg(data, folder, voice=True)
        return path, seconds, ""
    source = ffmpeg.Source(folder.keep(data, ".in"))
    try:
        target = _encode(source, folder, _VOICE, ffmpeg.Progress(_sound(source).seconds, progress))
        plain = ffmpeg.run(_SAMPLES, ffmpeg.Source(target, "ogg"))
        return target, read_opus(target.read_bytes()).seconds, base64.b64encode(loudness(plain)).decode()
    finally:
        folder.remove(source.path)


def loudness(plain: bytes) -> bytes:
    """Return 64 values of 0 to 100 for 16-bit samples: each stretch's loudest beside the loudest of all."""
    samples = array("h", plain[: len(plain) // 2 * 2])
    count = len(samples)
    cuts = [count * index // WAVEFORM for index in range(WAVEFORM + 1)]
    stretches = (samples[start:stop] for start, stop in pairwise(cuts))
    peaks = [max((*stretch, -min(stretch)), default=0) if stretch else 0 for stretch in stretches]
    highest = max(peaks) or 1
    return bytes(round(100 * peak / highest) for peak in peaks)


def _check(data: bytes) -> None:
    if is_something_else(data):
        raise rejected("not-audio")


def _without_ffmpeg(data: bytes, folder: MediaFolder, *, voice: bool = False) -> tuple[Path, str, float]:
    """Accept only what is right already: there is no ffmpeg."""
    if len(data) > LIMIT:
        raise rejected("still-too-large", shown(LIMIT))
    demuxer = container(data)
    if demuxer == "ogg":
        opus = read_opus(data)
        if voice and opus.channels != 1:
            raise needed()
        return folder.keep(data, ".ogg"), OPUS, opus.seconds
    if demuxer == "mov" and not voice:
        film = read_mp4(data)
        if film.audio == AAC and not film.video:
            return folder.keep(data, ".m4a"), "audio/mp4", film.seconds
    raise needed()


def _sound(source: ffmpeg.Source) -> ffmpeg.ProbeResult:
    probe = ffmpeg.probe(source)
    if not probe.audio:
        raise rejected("not-audio")
    if probe.seconds > MOST_S:
        raise rejected("too-long", str(int(MOST_S // 60)))
    return probe


def _encode(source: ffmpeg.Source, folder: MediaFolder, form: _Form, work: ffmpeg.Progress) -> Path:
    target = folder.new_file(form.suffix)
    bounds = ("-t", str(MOST_S), "-fs", str(LIMIT + 1), "-f", form.muxer)
    try:
        ffmpeg.run((*_BARE, *form.coding, *bounds, f"file:{target}"), source, work=work)
        size = target.stat().st_size
        if not size:
            raise rejected("damaged")
        if size > LIMIT:
            raise rejected("still-too-large", shown(LIMIT))
    except BaseException:
        folder.remove(target)
        raise
    return target


def _length(target: Path, muxer: str, fallback_s: float) -> float:
    if muxer == "mp4":
        return read_mp4(target.read_bytes()).seconds
    return read_opus(target.read_bytes()).seconds if muxer == "ogg" else fallback_s
