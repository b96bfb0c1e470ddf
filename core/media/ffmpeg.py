"""The program ``ffmpeg``, where the machine has it: on one file, without a network, within bounds."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.media import ffmpeg_program
from core.media.file_type import rejected
from core.sandbox.limits import plain_environment

TIME_S: Final = 120.0
"""For one file, waiting for another included."""
_MEMORY: Final = 2 * 1024**3
_OUTPUT: Final = 120 * 1024**2
_SAID: Final = 256 * 1024
"""Bytes of what it prints that are looked at."""
_DURATION: Final = re.compile(rb"^  Duration: (?:N/A|(\d+):(\d\d):(\d\d(?:\.\d+)?))", re.MULTILINE)
_FORMAT: Final = re.compile(rb"^Input #0, (\w+)[^\n]*, from ", re.MULTILINE)
# At the begin of the line, after two spaces (before version 4.4: four). What a file says of itself stands
# further in, or before its length.
_STREAM: Final = re.compile(rb"^ {2,4}Stream #0:\d+[^:\n]*: (Video|Audio): (\w+)([^\n]*)", re.MULTILINE)
_PROGRESS: Final = re.compile(rb"out_time_(?:us|ms)=(\d+)")
"""Both count microseconds; the first name came later."""
_READABLE: Final = ",".join(
    (
        *("aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "caf", "dts", "eac3"),
        *("flac", "flv", "h264", "hevc", "m4v", "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts"),
        *("mpegvideo", "ogg", "qcp", "rm", "tta", "voc", "w64", "wav", "wv"),
    )
)
"""Formats that hold sound or film themselves, by the names of ffmpeg's demuxers. It knows others that are
lists of files and addresses: those would be opened."""
_one_at_a_time: Final = threading.BoundedSemaphore(1)

ProgressCallback = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read."""

    path: Path
    demuxer: str = ""
    """What reads it, as ffmpeg calls it; empty: as ffmpeg finds, among those that open no other file."""
    skip: float = 0.0
    """Seconds to begin after."""
    rate: float = 0.0
    """Pictures a second, of a row of pictures that does not say so itself."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that takes a while."""

    seconds: float
    """Length of what is worked on; 0 when it is not known: then nothing is told."""
    progress: ProgressCallback | None = None

    def report(self, output: bytes) -> None:
        """Pass on how far ``ffmpeg -progress`` says it is."""
        positions = _PROGRESS.findall(output)
        if positions and self.progress is not None and self.seconds > 0:
            self.progress(min(1.0, int(positions[-1]) / 1_000_000 / self.seconds))


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a file holds."""

    format: str
    """The name of the demuxer that read it; empty when none did."""
    seconds: float
    """0 when the file does not say."""
    video: str
    """As ffmpeg calls the coding; empty without a picture. A cover of an album is none."""
    audio: str
    pixels: str
    """How the picture's pixels are written, such as ``yuv420p``."""


def program() -> str:
    """Return where an ffmpeg is that can be used; empty where there is none."""
    return ffmpeg_program.usable()


def probe(source: Source) -> ProbeResult:
    """Return what the file holds. Raises as ``run`` does."""
    messages = _work(_command((), source), source, None, fails=True)[1]
    format_ = _FORMAT.search(messages)
    length = _DURATION.search(messages)
    told = length and length[3]
    seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length and told else 0.0
    video = audio = pixels = ""
    for kind, coding, rest in _STREAM.findall(messages, length.end() if length else 0):
        if kind == b"Video" and not video and b"attached pic" not in rest:
            video = coding.decode()
            pixels = (re.findall(rb", (\w+)", rest) or [b""])[0].decode()
        if kind == b"Audio" and not audio:
            audio = coding.decode()
    return ProbeResult(format_[1].decode() if format_ else "", seconds, video, audio, pixels)


def run(arguments: Sequence[str], source: Source, *, work: Progress | None = None) -> bytes:
    """Read ``source`` and do what ``arguments`` say; return what comes out at the program's own output.

    ``work`` tells how far it is. Raises InvalidInputError: file-damaged when ffmpeg cannot read it,
    file-too-slow when it takes longer than ``TIME_S``, file-needs-ffmpeg when the program is gone.
    """
    return _work(_command(arguments, source), source, work)[0]


def _command(arguments: Sequence[str], source: Source) -> list[str]:
    place = program()
    if not place:
        raise ffmpeg_program.needed()
    # Only what version 4.1 knows: an option that it does not know ends it.
    command = [place, "-nostdin", "-hide_banner", "-y", "-progress", "pipe:2"]
    command += ["-protocol_whitelist", "file,pipe"]
    if source.rate:
        command += ["-framerate", f"{source.rate:.3f}"]
    if source.skip:
        command += ["-ss", f"{source.skip:.2f}"]
    format_ = ["-f", source.demuxer] if source.demuxer else ["-format_whitelist", _READABLE]
    return [*command, *format_, "-i", f"file:{source.path}", *arguments]


def _work(
    command: list[str], source: Source, work: Progress | None, *, fails: bool = False
) -> tuple[bytes, bytes]:
    """Return its output and its messages, each cut to what is looked at."""
    deadline = time.monotonic() + TIME_S
    if not _one_at_a_time.acquire(timeout=TIME_S):
        raise rejected("too-slow")
    with contextlib.ExitStack() as stack:
        stack.callback(_one_at_a_time.release)
        folder = source.path.parent
        # Both ends are files: what it prints has no bound, and a full pipe would stop it.
        out, err = (stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(2))
        process = stack.enter_context(_started(command, folder, out.fileno(), err.fileno()))
        try:
            _wait(process, deadline, work, err.fileno())
        finally:
            if process.poll() is None:
                process.kill()
        if process.returncode < 0 or (process.returncode and not fails):
            raise rejected("damaged")
        out.seek(0)
        return out.read(_OUTPUT), os.pread(err.fileno(), _SAID, 0)


def _started(command: list[str], folder: Path, out: int, err: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        cwd=folder,
        env=plain_environment() | {"LC_ALL": "C"},
    )
    _bound(process.pid)
    return process


def _bound(pid: int) -> None:
    """Set the kernel's limits, where it has them for another process: they end what a hostile file causes."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415  # not on Windows

    limits = (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, max(2, int(2 * TIME_S))),
        (resource.RLIMIT_FSIZE, _OUTPUT),
        (resource.RLIMIT_CORE, 0),
    )
    with contextlib.suppress(ProcessLookupError, PermissionError):
        for which, most in limits:
            resource.prlimit(pid, which, (most, most))
        os.setpriority(os.PRIO_PROCESS, pid, 10)


def _wait(process: subprocess.Popen[bytes], deadline: float, work: Progress | None, err: int) -> None:
    while True:
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise rejected("too-slow") from None
            if work is not None:
                size = os.fstat(err).st_size
                work.report(os.pread(err, 4096, max(0, size - 4096)))
            continue
        if process.returncode == -getattr(signal, "SIGXCPU", 24):
            raise rejected("too-slow")
        return
