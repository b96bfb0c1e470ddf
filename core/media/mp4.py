"""What an MP4 holds, read from its boxes. Source: ISO/IEC 14496-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.media.file_type import LONGEST_S, rejected

H264: Final = frozenset({"avc1", "avc3"})
AAC: Final = "mp4a"
_MOST_BOXES: Final = 10_000
_TRACKS: Final = 16


@dataclass(frozen=True, slots=True)
class Mp4:
    """One MP4 file."""

    seconds: float
    width: int
    height: int
    """Pixels as shown; 0 without a picture."""
    video: str
    """Four letters that name how the picture is coded; empty without one."""
    audio: str
    brand: str


def read_mp4(data: bytes) -> Mp4:
    """Return what ``data`` holds.

    Raises InvalidInputError (file-damaged) when it is no whole MP4 with a length.
    """
    try:
        top = {name: (start, end) for name, start, end in _boxes(data, 0, len(data))}
        if "mdat" not in top or "moov" not in top:
            raise rejected("damaged")
        inside = list(_boxes(data, *top["moov"]))
        seconds = next(_duration(data, start) for name, start, _ in inside if name == "mvhd")
        boxes = [(start, end) for name, start, end in inside if name == "trak"][:_TRACKS]
        tracks = [_track(data, start, end) for start, end in boxes]
        if not 0 < seconds <= LONGEST_S:
            raise rejected("damaged")
        picture = next((track for track in tracks if track[0] == "vide"), ("", "", 0, 0))
        sound = next((track for track in tracks if track[0] == "soun"), ("", "", 0, 0))
        return Mp4(seconds, picture[2], picture[3], picture[1], sound[1], data[8:12].decode("latin-1"))
    except (struct.error, StopIteration, IndexError, ValueError):
        raise rejected("damaged") from None


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Name, begin and end of the content of each box. Raises ValueError when one is longer than the file."""
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            raise ValueError("a box that is not whole")
        yield name.decode("latin-1"), at + head, at + size
        at += size


def _duration(data: bytes, at: int) -> float:
    """Return the seconds that a movie header tells."""
    if data[at] == 1:
        scale, length = struct.unpack_from(">IQ", data, at + 20)
    else:
        scale, length = struct.unpack_from(">II", data, at + 12)
    return length / scale if scale else 0.0


def _track(data: bytes, start: int, end: int) -> tuple[str, str, int, int]:
    """Return handler, coding, width and height of a track."""
    handler, coding, width, height = "", "", 0, 0
    for name, begin, stop in _boxes(data, start, end):
        if name == "tkhd":
            width, height = _size(data, begin)
        if name == "mdia":
            for inner, inner_begin, inner_stop in _boxes(data, begin, stop):
                if inner == "hdlr":
                    handler = data[inner_begin + 8 : inner_begin + 12].decode("latin-1")
                if inner == "minf":
                    coding = _coding(data, inner_begin, inner_stop)
    return handler, coding, width, height


def _size(data: bytes, at: int) -> tuple[int, int]:
    """Return width and height from a track header, turned as its matrix says."""
    matrix = at + (52 if data[at] == 1 else 40)
    a, b = struct.unpack_from(">ii", data, matrix)
    width, height = (value >> 16 for value in struct.unpack_from(">II", data, matrix + 36))
    return (height, width) if a == 0 and b != 0 else (width, height)


def _coding(data: bytes, start: int, end: int) -> str:
    for name, begin, stop in _boxes(data, start, end):
        if name == "stbl":
            for inner, inner_begin, inner_stop in _boxes(data, begin, stop):
                if inner == "stsd" and inner_begin + 16 <= inner_stop:
                    return data[inner_begin + 12 : inner_begin + 16].decode("latin-1")
    return ""
