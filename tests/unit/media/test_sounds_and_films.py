"""Sound and video, with a real ffmpeg and without one."""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.media import ffmpeg
from core.media.audio import OPUS, loudness
from core.media.mp4 import Mp4, read_mp4
from core.media.ogg import read_opus
from core.media.video import LIMIT
from core.models.content import Kind
from core.services import attachments
from tests.support.media_samples import h264_mp4, image, recorded, voice_note
from tests.support.media_tools import prepare_video, prepare_voice

pytestmark = pytest.mark.usefixtures("kept")


def refused(kind: Kind, data: bytes) -> str:
    """The code with which `data` is refused."""
    with pytest.raises(InvalidInputError) as error:
        attachments.prepare(kind, data, name="innocent.mp4")
    return error.value.code


def streams(path: Path) -> set[str]:
    """Codings that an independent look at the file finds."""
    found = ffmpeg.probe(ffmpeg.Source(path))
    return {found.video, found.audio} - {""}


def test_a_right_video_keeps_picture_and_sound(with_ffmpeg: Path) -> None:
    """Only what it says about itself is gone."""
    data = h264_mp4("-metadata", "location=-23.55-046.63/", "-metadata", "comment=mine")
    assert b"loci" in data
    path, film, small = prepare_video(data)
    assert film == Mp4(film.seconds, 160, 120, "avc1", "mp4a", "isom")
    assert film.seconds == pytest.approx(1.0, abs=0.15)
    assert b"loci" not in path.read_bytes()
    assert b"mine" not in path.read_bytes()
    assert _packets(with_ffmpeg, path) == _packets(with_ffmpeg, _file(path, data))
    assert base64.b64decode(small).startswith(b"\xff\xd8")


def _file(beside: Path, data: bytes) -> Path:
    path = beside.with_name("original.mp4")
    path.write_bytes(data)
    return path


def _packets(program: Path, path: Path) -> list[str]:
    command = [str(program / "ffmpeg"), "-v", "error", "-i", str(path), "-c", "copy", "-f", "md5", "-"]
    said: str = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.splitlines()


@pytest.mark.parametrize(
    ("suffix", "coding"),
    [
        ("webm", ("-c:v", "libvpx", "-c:a", "libopus", "-deadline", "realtime")),
        ("avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
        ("mov", ("-c:v", "mjpeg", "-c:a", "pcm_s16le")),
    ],
)
@pytest.mark.usefixtures("with_ffmpeg")
def test_other_videos_become_mp4(suffix: str, coding: tuple[str, ...]) -> None:
    """H.264 and AAC, with how far it is told."""
    path, film, _ = prepare_video(recorded(suffix, *coding, video="162x121", audio="sine"))
    assert (film.video, film.audio, film.width, film.height) == ("avc1", "mp4a", 162, 122)
    assert streams(path) == {"h264", "aac"}


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_video_without_sound_and_one_on_its_side() -> None:
    """Both are videos; the second is as high as it is wide."""
    _, film, _ = prepare_video(recorded("matroska", "-c:v", "libx264", video="160x120", audio=""))
    assert film.audio == ""
    turned = h264_mp4()
    _, before, _ = prepare_video(turned)
    matrix = bytes.fromhex("00010000 00000000 00000000 00000000 00010000".replace(" ", ""))
    at = turned.index(matrix, turned.index(b"tkhd"))
    side = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000".replace(" ", ""))
    _, after, _ = prepare_video(turned[:at] + side + turned[at + 20 :])
    assert (after.width, after.height) == (before.height, before.width)


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_long_conversion_tells_how_far_it_is() -> None:
    """Shares that rise to the end."""
    told: list[float] = []
    data = recorded("matroska", "-c:v", "mpeg4", seconds=12.0, video="640x480", audio="")
    prepare_video(data, progress=told.append)
    assert told == sorted(told)
    assert told
    assert 0 <= told[0] <= told[-1] <= 1


@pytest.mark.usefixtures("with_ffmpeg")
def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    """The program is ended, and nothing lies around."""
    monkeypatch.setattr(ffmpeg, "TIME_S", 0.8)
    data = recorded("matroska", "-c:v", "mpeg4", seconds=25.0, video="1280x720", audio="")
    assert refused(Kind.VIDEO, data) == "file-too-slow"
    assert [each.name for each in kept.rglob("*") if each.is_file()] == [".lock"]


@pytest.mark.parametrize(
    ("suffix", "coding", "mime", "kept_sound"),
    [
        ("mp3", ("-c:a", "libmp3lame"), "audio/mpeg", "mp3"),
        ("ipod", ("-c:a", "aac"), "audio/mp4", "aac"),
        ("ogg", ("-c:a", "libopus"), OPUS, "opus"),
        ("wav", (), "audio/mp4", "aac"),
        ("flac", (), "audio/mp4", "aac"),
        ("ogg", ("-c:a", "libvorbis"), "audio/mp4", "aac"),
        ("adts", ("-c:a", "aac"), "audio/mp4", "aac"),
    ],
)
@pytest.mark.usefixtures("with_ffmpeg")
def test_sound_becomes_what_phones_play(
    suffix: str, coding: tuple[str, ...], mime: str, kept_sound: str
) -> None:
    """MP3, AAC and Opus stay what they are."""
    made = attachments.prepare(Kind.AUDIO, recorded(suffix, *coding, seconds=2.0), name="x")
    assert (made.mime, made.seconds) == (mime, 2)
    assert streams(Path(made.path)) == {kept_sound}
    assert made.size == Path(made.path).stat().st_size > 0


def with_tag(sound: bytes, *, padding: int) -> bytes:
    """Behind an ID3 tag with so much room in it, as programs leave it for a cover."""
    size = 10 + padding
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + sizes + b"TIT2\0\0\0\0\0\0" + bytes(padding) + sound


def amr() -> bytes:
    """A second of silence as old phones record it: the frames of 12.2 kbit/s."""
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50


SOUNDS: Final[dict[str, Callable[[], bytes]]] = {
    "MPEG-2.5": lambda: recorded("mp3", "-c:a", "libmp3lame", "-ar", "8000"),
    "MP3 with 16 kB of padding": lambda: with_tag(recorded("mp3", "-c:a", "libmp3lame"), padding=16_000),
    "MP3 with 200 kB of padding": lambda: with_tag(recorded("mp3", "-c:a", "libmp3lame"), padding=200_000),
    "MP3 behind rubbish": lambda: b"\x00\x01rubbish" * 40 + recorded("mp3", "-c:a", "libmp3lame"),
    "AAC with a tag": lambda: with_tag(recorded("adts", "-c:a", "aac"), padding=100),
    "FLAC with a tag": lambda: with_tag(recorded("flac"), padding=100),
    "RF64": lambda: recorded("wav", "-rf64", "always"),
    "W64": lambda: recorded("w64"),
    "AIFF": lambda: recorded("aiff"),
    "AMR": amr,
    "CAF": lambda: recorded("caf", "-c:a", "alac"),
    "AU": lambda: recorded("au"),
    "WMA": lambda: recorded("asf", "-c:a", "wmav2"),
    "3GP": lambda: recorded("3gp", "-c:a", "aac"),
    "MKA": lambda: recorded("matroska", "-c:a", "libopus"),
    "MPEG transport stream": lambda: recorded("mpegts", "-c:a", "aac"),
    "WavPack": lambda: recorded("wv"),
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.usefixtures("with_ffmpeg")
def test_what_ffmpeg_can_read_is_taken(name: str) -> None:
    """As a sound and as a voice note; what it is, ffmpeg says."""
    data = SOUNDS[name]()
    made = attachments.prepare(Kind.AUDIO, data, name="x")
    assert made.mime in {"audio/mpeg", "audio/mp4", OPUS}
    assert streams(Path(made.path)) & {"mp3", "aac", "opus"}
    assert attachments.prepare(Kind.VOICE, data, name="x").mime == OPUS


FILMS = {
    "3GP": ("3gp", "-c:v", "h263", "-s", "176x144", "-c:a", "aac"),
    "WMV": ("asf", "-c:v", "wmv2", "-c:a", "wmav2"),
    "MPEG": ("mpeg", "-c:v", "mpeg1video", "-c:a", "mp2", "-r", "25"),
    "transport stream": ("mpegts", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "FLV": ("flv", "-c:v", "flv1", "-c:a", "aac"),
    "MKV": ("matroska", "-c:v", "libx264", "-c:a", "libvorbis"),
}


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.usefixtures("with_ffmpeg")
def test_films_of_every_kind_are_taken(name: str) -> None:
    """Of old phones, of cameras, of the web."""
    suffix, *coding = FILMS[name]
    made = attachments.prepare(Kind.VIDEO, recorded(suffix, *coding, video="176x144"), name="x")
    assert (made.mime, made.width, made.height) == ("video/mp4", 176, 144)
    assert streams(Path(made.path)) == {"h264", "aac"}


@pytest.mark.parametrize(("suffix", "coding"), [("wav", ()), ("mp3", ()), ("webm", ("-c:a", "libopus"))])
@pytest.mark.usefixtures("with_ffmpeg")
def test_a_voice_note_is_opus_with_length_and_line(suffix: str, coding: tuple[str, ...]) -> None:
    """One channel; 64 values of which the loudest is 100."""
    path, seconds, line = prepare_voice(recorded(suffix, *coding, "-ac", "2", seconds=3.0))
    assert read_opus(path.read_bytes()).channels == 1
    assert seconds == pytest.approx(3.0, abs=0.1)
    values = base64.b64decode(line)
    assert len(values) == 64
    assert max(values) == 100


def test_the_line_of_a_voice_follows_its_loudness() -> None:
    """Silence is low, what is loud is high, whatever the length."""
    quiet = b"\x00\x00" * 6400
    loud = b"\x00\x40\x00\xc0" * 3200
    assert loudness(quiet + loud) == bytes([0] * 32 + [100] * 32)
    assert loudness(b"") == loudness(quiet) == bytes(64)
    assert len(loudness(b"\x01\x00" * 5)) == 64


@pytest.mark.usefixtures("without_ffmpeg")
class TestWithoutFfmpeg:
    """What is right already is sent; the rest is refused with the reason, which is said before."""

    def test_the_reason_is_told_beforehand(self) -> None:
        """Three kinds are limited, and only those."""
        told = {kind: attachments.available(kind) for kind in Kind if attachments.available(kind)}
        assert told == {
            Kind.VIDEO: "no-ffmpeg-video",
            Kind.AUDIO: "no-ffmpeg-audio",
            Kind.VOICE: "no-ffmpeg-voice",
        }
        assert attachments.limit(Kind.VIDEO) == LIMIT

    def test_right_files_are_taken_as_they_are(self) -> None:
        """With length and size read from the file itself."""
        film = attachments.prepare(Kind.VIDEO, h264_mp4(seconds=2.0), name="x")
        assert (film.mime, film.seconds, film.width, film.height) == ("video/mp4", 2, 160, 120)
        voice = attachments.prepare(Kind.VOICE, voice_note(seconds=2.0), name="x")
        assert (voice.mime, voice.seconds, Path(voice.path).read_bytes()) == (
            OPUS,
            2,
            voice_note(seconds=2.0),
        )
        sound = attachments.prepare(Kind.AUDIO, recorded("ipod", "-c:a", "aac", seconds=2.0), name="x")
        assert (sound.mime, sound.seconds) == ("audio/mp4", 2)

    @pytest.mark.parametrize(
        ("kind", "data", "code"),
        [
            (Kind.VIDEO, recorded("avi", video="64x48"), "file-needs-ffmpeg"),
            (Kind.VIDEO, recorded("mp4", "-c:v", "mpeg4", video="64x48"), "file-needs-ffmpeg"),
            (Kind.VIDEO, recorded("ipod", "-c:a", "aac"), "file-not-video"),
            (Kind.VIDEO, h264_mp4()[:-200], "file-damaged"),
            (Kind.AUDIO, recorded("wav"), "file-needs-ffmpeg"),
            (Kind.VOICE, recorded("wav"), "file-needs-ffmpeg"),
            (Kind.VOICE, voice_note(channels=2), "file-needs-ffmpeg"),
            (Kind.VOICE, recorded("ogg", "-c:a", "libvorbis"), "file-not-opus"),
            (Kind.VOICE, voice_note()[:-50], "file-damaged"),
            (Kind.VOICE, recorded("ipod", "-c:a", "aac"), "file-needs-ffmpeg"),
        ],
    )
    def test_all_else_is_refused(self, kind: Kind, data: bytes, code: str) -> None:
        """Nothing is left in the folder."""
        assert refused(kind, data) == code


HOSTILE = [
    (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "a playlist"),
    (b"ffconcat version 1.0\nfile /etc/passwd\n", "a list of files"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a drawing that may run"),
    (b"<html><video src=x></html>", "a page"),
    (b"\x00" * 4096, "nothing"),
    (b"MZ" + b"\x90" * 4096, "a program"),
    (b"%PDF-1.7\n" + b"x" * 4096, "a document"),
    (image("PNG"), "an image"),
]


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.AUDIO, Kind.VOICE])
@pytest.mark.parametrize(("data", "what"), HOSTILE, ids=[what for _, what in HOSTILE])
@pytest.mark.usefixtures("with_ffmpeg")
def test_what_is_neither_sound_nor_film_never_reaches_ffmpeg(
    kind: Kind, data: bytes, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of files would make it open them."""
    monkeypatch.setattr(ffmpeg, "_started", lambda *_: pytest.fail(what))
    assert refused(kind, data) in {"file-not-video", "file-not-audio"}


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_playlist_in_the_clothes_of_a_film_opens_nothing(tmp_path: Path) -> None:
    """It is read as what its first bytes say, and as that it is damaged."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(h264_mp4())
    for head in (b"\x00\x00\x00\x18ftypisom", b"OggS", b"ID3", b"RIFF\x00\x00\x00\x00AVI "):
        lure = head + b"\n#EXTM3U\n#EXTINF:1,\n" + str(secret).encode() + b"\n#EXT-X-ENDLIST\n"
        assert refused(Kind.VIDEO, lure) in {"file-damaged", "file-not-video"}


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.AUDIO])
@pytest.mark.parametrize(
    "list_of",
    [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{}</BaseURL></MPD>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n{}\n",
        "[playlist]\nFile1={}\n",
        ";FFMETADATA1\ntitle={}\n",
    ],
    ids=["hls", "concat", "dash", "sdp", "pls", "metadata"],
)
@pytest.mark.usefixtures("with_ffmpeg")
def test_a_list_of_files_opens_none_of_them(kind: Kind, list_of: str, tmp_path: Path) -> None:
    """Not even one that is no plain text: ffmpeg itself is told which formats it may read."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(h264_mp4())
    opened = secret.stat().st_atime_ns
    for name in (str(secret), f"file:{secret}", secret.name):
        for lure in (list_of.format(name).encode(), list_of.format(name).encode() + b"\0\x01\x02"):
            assert refused(kind, lure) in {"file-not-video", "file-not-audio", "file-damaged"}
    assert secret.stat().st_atime_ns == opened


@pytest.mark.usefixtures("with_ffmpeg")
def test_an_image_called_a_film_and_a_cut_one_are_refused() -> None:
    """By content, whatever the name says; nothing half is sent."""
    whole = h264_mp4("-movflags", "+faststart")
    assert refused(Kind.VIDEO, whole[:400]) == "file-damaged"
    assert refused(Kind.VIDEO, recorded("ipod", "-c:a", "aac")) == "file-not-video"
    assert (
        refused(Kind.AUDIO, recorded("mp4", "-c:v", "libx264", video="64x48", audio="")) == "file-not-audio"
    )
    assert refused(Kind.AUDIO, b"") == "file-empty"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_containers_are_read_or_refused(data: st.DataObject) -> None:
    """Whatever bytes change, our own readers say what is in there or that it is damaged."""
    seed, read = data.draw(st.sampled_from([(h264_mp4(), read_mp4), (voice_note(), read_opus)]))
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=5))
    with contextlib.suppress(InvalidInputError):
        read(bytes(changed))


@pytest.mark.usefixtures("with_ffmpeg")
def test_ffmpeg_runs_without_a_network_and_within_bounds(
    monkeypatch: pytest.MonkeyPatch, with_ffmpeg: Path
) -> None:
    """Looked at while it runs: only files, no more memory or time than allowed, none of our settings."""
    monkeypatch.setenv("APP_PASSWORD", "must-not-be-seen")
    seen: list[tuple[str, str, str]] = []
    genuine = ffmpeg._wait

    def look(process: subprocess.Popen[bytes], *rest: object) -> None:
        place = Path("/proc", str(process.pid))
        # Just begun it has no command line yet, and ended it has none any more.
        while process.poll() is None and not (place / "cmdline").read_text():
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        if process.poll() is None:
            seen.append(tuple((place / name).read_text() for name in ("cmdline", "limits", "environ")))  # type: ignore[arg-type]
        process.send_signal(signal.SIGCONT)
        genuine(process, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ffmpeg, "_wait", look)
    prepare_video(recorded("matroska", "-c:v", "mpeg4", seconds=12.0, video="640x480", audio=""))
    assert seen
    for command, limits, environment in seen:
        words = command.split("\0")
        assert words[0] == str(with_ffmpeg / "ffmpeg")
        assert ("-protocol_whitelist", "file,pipe") in itertools.pairwise(words)
        assert {"-f", "-format_whitelist"}.intersection(words[: words.index("-i")])
        assert re.search(r"Max address space +2147483648 ", limits)
        assert re.search(r"Max cpu time +240 ", limits)
        assert re.search(r"Max core file size +0 ", limits)
        assert "must-not-be-seen" not in environment
