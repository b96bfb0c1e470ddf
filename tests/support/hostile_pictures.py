"""Pictures that nobody takes by accident: bombs of gigabytes in a few bytes, lies, halves, other files."""

from __future__ import annotations

import io
import itertools
import random
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Final

from PIL import Image, TiffImagePlugin

from tests.support.media_samples import image, moving

_SIZES: Final = ((16_383, 3_051), (16_384, 16_384), (9_000, 5_500), (7_000, 7_000), (4_000, 4_000))
_DAMAGED_OF_EACH: Final = 12


@cache
def hostile_pictures() -> dict[str, bytes]:
    """At least 200, by what they are."""
    return dict(itertools.chain(_webp(), _png(), _gif(), _jpeg(), _bmp(), _avif(), _foreign(), _damaged()))


def one_colour_webp(width: int, height: int, *, canvas: tuple[int, int] | None = None) -> bytes:
    """A lossless WebP in which no pixel takes a bit: 46 bytes with a canvas, whatever its size.

    Source: the WebP lossless bitstream specification; five codes of one symbol each.
    """
    bits = "".join(_bits(value, size) for value, size in ((width - 1, 14), (height - 1, 14), (1, 1), (0, 3)))
    bits += "000"  # no transform, no colour cache, one group of codes
    for symbol in (90, 160, 200, 255, 0):
        bits += "1" + "0" + "1" + _bits(symbol, 8)
    bits += "0" * (-len(bits) % 8)
    body = b"\x2f" + bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return _riff(_canvas(canvas or (width, height)) + _chunk_of_riff(b"VP8L", body))


def _bits(value: int, size: int) -> str:
    return f"{value:0{size}b}"[::-1]


def _canvas(size: tuple[int, int], *, moving: bool = False) -> bytes:
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return _chunk_of_riff(b"VP8X", bytes((0x02 if moving else 0x10, 0, 0, 0)) + sides)


def _chunk_of_riff(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _moving_webp(size: tuple[int, int], frames: int) -> bytes:
    width, height = min(size[0], 16_384), min(size[1], 16_384)
    still = one_colour_webp(width, height)[12 + 18 :]
    head = b"\0" * 6 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + b"\x50\0\0\0"
    frame = _chunk_of_riff(b"ANMF", head + still)
    return _riff(_canvas(size, moving=True) + _chunk_of_riff(b"ANIM", b"\0" * 6) + frame * frames)


def _webp() -> Iterator[tuple[str, bytes]]:
    for width, height in _SIZES:
        yield f"webp-one-colour-{width}x{height}", one_colour_webp(width, height)
    yield "webp-canvas-larger-than-its-picture", one_colour_webp(10, 10, canvas=(16_000, 3_000))
    yield "webp-canvas-smaller-than-its-picture", one_colour_webp(16_000, 3_000, canvas=(10, 10))
    yield "webp-canvas-of-2-to-the-24", one_colour_webp(10, 10, canvas=(1 << 24, 1 << 24))
    for size, frames in (((512, 512), 4_000), ((512, 512), 300), ((8_000, 6_000), 2), ((4_000, 3_000), 40)):
        yield f"webp-moving-{size[0]}x{size[1]}-{frames}", _moving_webp(size, frames)
    yield "webp-without-a-picture", _riff(_canvas((100, 100)))
    yield "webp-that-ends", one_colour_webp(10, 10)[:25]
    yield "webp-with-a-wrong-length", b"RIFF\xff\xff\xff\xff" + one_colour_webp(16_383, 3_051)[8:]


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *between: bytes, depth: int = 8, colour: int = 2, data: bytes = b""
) -> bytes:
    """A PNG that claims that size; ``between`` are whole chunks before its data."""
    head = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data = data or zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (head, *between, _png_chunk(b"IDAT", data), _png_chunk(b"IEND", b""))
    )


def _zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _png() -> Iterator[tuple[str, bytes]]:
    for width, height in (
        (60_000, 60_000),
        (2**31 - 1, 2**31 - 1),
        (2**31 - 1, 1),
        (1, 2**31 - 1),
        (0, 9),
        *_SIZES,
    ):
        yield f"png-{width}x{height}", png(width, height)
    yield "png-whole-7000x7000", png(7_000, 7_000, data=_zeros(141))
    yield "png-whole-16-bit-6000x6000", png(6_000, 6_000, depth=16, colour=6, data=_zeros(275))
    yield "png-whole-grey-7000x7000", png(7_000, 7_000, colour=0, data=_zeros(47))
    yield "png-much-more-data-than-pixels", png(10, 10, data=_zeros(300))
    text = _png_chunk(b"zTXt", b"Comment\0\0" + _zeros(64))
    yield "png-text-of-64-MB", png(20, 20, text)
    yield "png-texts-of-1-MB-each", png(20, 20, _png_chunk(b"zTXt", b"Comment\0\0" + _zeros(1)[:-1]) * 500)
    yield (
        "png-texts-below-1-MB-each",
        png(20, 20, _png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 1_000_000)) * 200),
    )
    yield "png-international-text", png(20, 20, _png_chunk(b"iTXt", b"a\0\1\0\0\0" + _zeros(100)))
    yield "png-colour-profile-of-64-MB", png(20, 20, _png_chunk(b"iCCP", b"icc\0\0" + _zeros(64)))
    yield (
        "png-two-heads",
        png(20, 20, _png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))),
    )
    yield "png-no-palette", png(300, 300, colour=3)
    yield "png-unknown-colours", png(300, 300, colour=5)
    yield "png-2-billion-frames", png(64, 64, _png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))
    yield "png-chunk-without-an-end", png(20, 20)[:33] + b"\x7f\xff\xff\xffzTXt"
    exif = b"MM\0\x2a\0\0\0\x08" + struct.pack(">HHHII", 0xFFFF, 0x0112, 4, 0xFFFFFFFF, 0xFFFFFFF0)
    yield "png-exif-that-lies", png(20, 20, _png_chunk(b"eXIf", exif), data=zlib.compress(b"\0" * 61 * 20))


def _gif_frame(width: int, height: int, *, left: int = 0, top: int = 0) -> bytes:
    return b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02\x02\x4c\x01\0"


def gif(width: int, height: int, frames: bytes) -> bytes:
    """A GIF with that canvas."""
    return (
        b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frames + b";"
    )


def _gif() -> Iterator[tuple[str, bytes]]:
    for width, height in ((65_535, 65_535), (60_000, 800), *_SIZES):
        yield f"gif-{width}x{height}", gif(width, height, _gif_frame(1, 1))
    yield "gif-100000-frames", gif(100, 100, _gif_frame(1, 1) * 100_000)
    yield "gif-200-frames-of-9000x5500", gif(9_000, 5_500, _gif_frame(9_000, 5_500) * 200)
    yield "gif-2-frames-of-4000x4000", gif(4_000, 4_000, _gif_frame(4_000, 4_000) * 2)
    yield "gif-frame-outside-its-canvas", gif(10, 10, _gif_frame(65_535, 65_535, left=65_535, top=65_535))
    yield (
        "gif-second-frame-outside",
        gif(10, 10, _gif_frame(1, 1) + _gif_frame(65_000, 65_000, left=9, top=9)),
    )
    yield "gif-no-frame", gif(10, 10, b"")
    yield "gif-comment-without-an-end", gif(10, 10, b"\x21\xfe" + (b"\xff" + b"a" * 255) * 4_000)


def _jpeg_sized(width: int, height: int, data: bytes) -> bytes:
    """``data`` with another size written into its frame."""
    at = next(
        data.index(marker) for marker in (b"\xff\xc0\0", b"\xff\xc2\0", b"\xff\xc1\0") if marker in data
    )
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _many_scans(scans: int, *, size: int = 512) -> bytes:
    """A progressive JPEG that says the same refinement again and again."""
    data = image("JPEG", size, size, progressive=True, quality=30)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def _jpeg() -> Iterator[tuple[str, bytes]]:
    plain, progressive = image("JPEG", 64, 64), image("JPEG", 64, 64, progressive=True)
    for width, height in ((65_500, 65_500), (65_535, 1), (0, 64), (64, 0), *_SIZES):
        yield f"jpeg-{width}x{height}", _jpeg_sized(width, height, plain)
        yield f"jpeg-progressive-{width}x{height}", _jpeg_sized(width, height, progressive)
    yield "jpeg-cmyk-7000x6500", _jpeg_sized(7_000, 6_500, image("JPEG", 64, 64, mode="CMYK"))
    yield "jpeg-4000-scans", _many_scans(4_000)
    yield "jpeg-many-scans-of-many-pixels", _jpeg_sized(6_900, 6_900, _many_scans(200))
    yield "jpeg-two-frames", plain[:2] + plain[plain.index(b"\xff\xc0") :][:19] + plain[2:]
    segment = b"\xff\xe2" + struct.pack(">H", 65_535) + b"ICC_PROFILE\0\1\1" + bytes(65_519)
    yield "jpeg-profile-of-2-MB", plain[:2] + segment * 30 + plain[2:]
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08" + struct.pack(">HHHII", 1, 0x0112, 2, 0x7FFFFFFF, 8)
    yield "jpeg-exif-that-lies", plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + plain[2:]
    mpf = b"MPF\0MM\0\x2a\0\0\0\x08" + struct.pack(">HHHII", 3, 0xB001, 4, 1, 0xFFFFFFFF)
    yield (
        "jpeg-of-4-billion-pictures",
        plain[:2] + b"\xff\xe2" + struct.pack(">H", 2 + len(mpf)) + mpf + plain[2:],
    )
    yield "jpeg-fill-bytes", b"\xff\xd8" + b"\xff" * 1_000_000 + plain[2:]
    yield "jpeg-restarts", plain[:-2] + b"\xff\xd0" * 100_000 + b"\xff\xd9"
    for name, marker in (("lossless", 0xC3), ("arithmetic", 0xC9), ("hierarchical", 0xC5)):
        yield f"jpeg-{name}", plain.replace(b"\xff\xc0", bytes((0xFF, marker)), 1)


def _bmp_head(width: int, height: int, *, bits: int = 24, packed: int = 0, colours: int = 0) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, packed, 0, 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def _bmp() -> Iterator[tuple[str, bytes]]:
    for width, height in ((2**31 - 1, 2**31 - 1), (-5, 5), (5, -(2**31)), (0, 0), *_SIZES):
        yield f"bmp-{width}x{height}", _bmp_head(width, height) + bytes(100)
    yield (
        "bmp-packed-9000x5500",
        _bmp_head(9_000, 5_500, bits=8, packed=1, colours=2) + bytes(8) + b"\xff\1" * 99_000,
    )
    yield "bmp-colours", _bmp_head(10, 10, bits=8, colours=2**31 - 1) + bytes(2_000)
    yield "bmp-bits", _bmp_head(10, 10, bits=7)


def _avif() -> Iterator[tuple[str, bytes]]:
    small = image("AVIF", 64, 48)
    at = small.index(b"ispe") + 8
    for width, height in ((1, 1), (60_000, 60_000), (2**31, 2**31), *_SIZES):
        yield f"avif-{width}x{height}", small[:at] + struct.pack(">II", width, height) + small[at + 8 :]
    large = io.BytesIO()
    Image.new("RGB", (7_900, 6_300), "teal").save(large, "AVIF", speed=10)
    yield "avif-7900x6300", large.getvalue()
    at = large.getvalue().index(b"ispe") + 8
    yield (
        "avif-that-hides-its-size",
        large.getvalue()[:at] + struct.pack(">II", 8, 8) + large.getvalue()[at + 8 :],
    )
    yield (
        "avif-boxes",
        struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"avif") + struct.pack(">I4s", 2**31, b"meta"),
    )


def _tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in (
        (256, 60_000),
        (257, 60_000),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 200),
        (278, 60_000),
        (279, 50),
    ):
        tags[tag] = value
    out = io.BytesIO(b"II\x2a\0\x08\0\0\0")
    out.seek(8)
    tags.save(out)
    return out.getvalue() + bytes(200)


def _foreign() -> Iterator[tuple[str, bytes]]:
    """Formats that Pillow reads and nobody sends, and no pictures at all."""
    for name, options in (
        *(("ICO", {}), ("TIFF", {}), ("JPEG2000", {}), ("ICNS", {}), ("TGA", {}), ("PCX", {}), ("DDS", {})),
        *(("PPM", {}), ("SGI", {}), ("EPS", {}), ("PDF", {}), ("XBM", {"mode": "1"})),
    ):
        yield f"foreign-{name}", image(name, 128, 128, **options)
    yield "foreign-tiff-60000x60000", _tiff()
    yield "foreign-ppm-60000x60000", b"P6\n60000 60000\n255\n" + bytes(100)
    yield "foreign-psd", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + bytes(100)
    yield (
        "foreign-ico-of-a-png",
        struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, 99, 22) + png(60_000, 60_000),
    )
    yield (
        "foreign-svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"><script/></svg>',
    )
    yield "foreign-html", b"<!doctype html><img src=x onerror=alert(1)>"
    yield (
        "foreign-postscript",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60000 60000\n(%pipe%id) (w) file\n",
    )
    yield "foreign-playlist", b"#EXTM3U\nhttp://127.0.0.1/x.ts"
    yield "foreign-zeros", bytes(5_000)
    for size in (1, 2, 3, 8, 12):
        yield f"foreign-{size}-bytes", image("JPEG")[:size]


def _damaged() -> Iterator[tuple[str, bytes]]:
    """Cut off, overwritten, doubled: the same ones each time."""
    chance = random.Random(1)
    for format_ in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"):
        seeds = [image(format_, 200, 120)]
        if format_ in {"PNG", "WEBP", "GIF"}:
            seeds.append(moving(format_))
        for number in range(_DAMAGED_OF_EACH):
            data = bytearray(seeds[number % len(seeds)])
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(4, len(data))
                data[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 6))
            if number % 3 == 0:
                del data[chance.randrange(len(data)) :]
            yield f"damaged-{format_.lower()}-{number}", bytes(data)
