"""Large photos of phones, piece by piece: each tile of their grid is a HEIF that can be decoded by itself.

Decoded at once, 48 megapixels take more memory than there is; a row of tiles takes little.
Sources: ISO/IEC 14496-12 (meta box), 23008-12 (grid, hvc1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pillow_heif
from PIL import Image

from core.media.heif_header import boxes, number

_MOST_TILES: Final = 1_000
_ROTATES: Final = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
_MIRRORS: Final = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)
"""By the axis in the box: 0 is the horizontal one, 1 the vertical one."""
_WHOLE_FILE: Final = 0
_IN_META: Final = 1


@dataclass(frozen=True, slots=True)
class _Meta:
    """What the boxes say, by the numbers of the items."""

    main: int
    types: dict[int, bytes]
    places: dict[int, list[tuple[int, int, int]]]
    """Where each item lies: in what, from where, how many bytes."""
    parts: dict[int, list[int]]
    """What each item is put together from."""
    properties: dict[int, list[bytes]]
    """Whole boxes."""
    idat: bytes


@dataclass
class Tiles:
    """A picture in tiles, of which a row at a time is decoded."""

    width: int
    height: int
    turns: list[Image.Transpose]
    """What turns it upright, one after the other."""
    profile: bytes
    """Of its colours; may be empty."""
    _data: bytes = field(repr=False)
    _meta: _Meta = field(repr=False)
    _ids: list[int] = field(repr=False)
    _columns: int = 1
    _side: tuple[int, int] = (0, 0)
    """Pixels of a tile."""
    _rows: dict[int, Image.Image] = field(default_factory=dict, repr=False)
    """The last two that were decoded."""

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return whole rows of pixels, from the second number of ``box`` up to the last."""
        _, top, _, bottom = box
        part = Image.new("RGB", (self.width, bottom - top))
        for row in range(top // self._side[1], -(-bottom // self._side[1])):
            part.paste(self._row(row), (0, row * self._side[1] - top))
        return part

    def _row(self, row: int) -> Image.Image:
        if row not in self._rows:
            while len(self._rows) > 1:
                del self._rows[min(self._rows)]
            made = Image.new("RGB", (self.width, self._side[1]))
            for column in range(self._columns):
                tile = self._tile(self._ids[row * self._columns + column])
                made.paste(tile, (column * self._side[0], 0))
            self._rows[row] = made
        return self._rows[row]

    def _tile(self, item: int) -> Image.Image:
        alone = _alone(self._meta.properties[item], _content(self._data, self._meta, item))
        tile = pillow_heif.open_heif(alone, convert_hdr_to_8bit=True).to_pillow()
        if tile.size != self._side:
            raise ValueError("a tile of another size")
        return tile.convert("RGB")


def read_tiles(data: bytes) -> Tiles | None:
    """Return the main picture where it is a grid of tiles; None where it is not, or where that is damaged."""
    try:
        return _tiles(data)
    except (ValueError, KeyError, IndexError, struct.error):
        return None


def _tiles(data: bytes) -> Tiles | None:
    meta = _read(data)
    if meta.types.get(meta.main) != b"grid":
        return None
    grid = _content(data, meta, meta.main)
    rows, columns = grid[2] + 1, grid[3] + 1
    width, height = struct.unpack(">II" if grid[1] & 1 else ">HH", grid[4 : 12 if grid[1] & 1 else 8])
    ids = meta.parts[meta.main]
    side = _size_of(meta.properties[ids[0]])
    covered = columns * side[0] >= width and rows * side[1] >= height and min(*side, width, height) > 0
    if not covered or len(ids) != rows * columns or len(ids) > _MOST_TILES:
        return None
    if any(meta.types[item] != b"hvc1" for item in ids):
        return None
    own = meta.properties.get(meta.main, [])
    profile = next((body[12:] for body in own if body[4:12] in (b"colrprof", b"colrrICC")), b"")
    return Tiles(width, height, _turns(own), profile, data, meta, ids, columns, side)


def _turns(properties: list[bytes]) -> list[Image.Transpose]:
    turns: list[Image.Transpose] = []
    for box in properties:
        if box[4:8] == b"irot" and (turn := _ROTATES[box[8] & 3]) is not None:
            turns.append(turn)
        if box[4:8] == b"imir":
            turns.append(_MIRRORS[box[8] & 1])
        if box[4:8] == b"clap":
            raise ValueError("a picture that is cut out of another")
    return turns


def _size_of(properties: list[bytes]) -> tuple[int, int]:
    width, height = next(struct.unpack(">II", box[12:20]) for box in properties if box[4:8] == b"ispe")
    return width, height


def _read(data: bytes) -> _Meta:
    body = next(body for name, body in boxes(memoryview(data)) if name == b"meta")
    inside = dict(boxes(body[4:]))
    properties = dict(boxes(inside[b"iprp"]))
    known = [struct.pack(">I4s", 8 + len(one), name) + one for name, one in boxes(properties[b"ipco"])]
    main = number(inside[b"pitm"], 4, 2 if inside[b"pitm"][0] == 0 else 4)
    return _Meta(
        main,
        dict(_types(inside[b"iinf"])),
        dict(_places(inside[b"iloc"])),
        dict(_parts(inside.get(b"iref", memoryview(bytes(4))))),
        {item: [known[index - 1] for index in listed] for item, listed in _listed(properties[b"ipma"])},
        bytes(inside.get(b"idat", b"")),
    )


def _types(iinf: memoryview) -> Iterator[tuple[int, bytes]]:
    for name, infe in boxes(iinf[6 if iinf[0] == 0 else 8 :]):
        if name == b"infe" and infe[0] in (2, 3):
            size = 2 if infe[0] == 2 else 4
            yield number(infe, 4, size), bytes(infe[6 + size : 10 + size])


def _parts(iref: memoryview) -> Iterator[tuple[int, list[int]]]:
    size = 2 if iref[0] == 0 else 4
    for name, body in boxes(iref[4:]):
        if name == b"dimg":
            count = number(body, size, 2)
            yield number(body, 0, size), [number(body, size + 2 + at * size, size) for at in range(count)]


def _listed(ipma: memoryview) -> Iterator[tuple[int, list[int]]]:
    """Yield each item with the numbers of its properties, which begin at 1; 0 is none."""
    at, wide = 8, 2 if ipma[3] & 1 else 1
    for _ in range(number(ipma, 4, 4)):
        size = 2 if ipma[0] == 0 else 4
        item, count = number(ipma, at, size), ipma[at + size]
        at += size + 1
        numbers = [number(ipma, at + index * wide, wide) for index in range(count)]
        at += count * wide
        mask = 0x7FFF if wide == 2 else 0x7F
        yield item, [one & mask for one in numbers if one & mask]


def _places(iloc: memoryview) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
    version = iloc[0]
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, iloc[5] & 15 if version else 0
    size = 2 if version < 2 else 4
    count, at = number(iloc, 6, size), 6 + size
    for _ in range(count):
        item, at = number(iloc, at, size), at + size
        way = number(iloc, at, 2) & 15 if version else _WHOLE_FILE
        at += 2 if version else 0
        base, at = number(iloc, at + 2, base_size), at + 2 + base_size
        extents, at = number(iloc, at, 2), at + 2
        found = []
        for _ in range(extents):
            at += index_size
            start, at = base + number(iloc, at, offset_size), at + offset_size
            length, at = number(iloc, at, length_size), at + length_size
            found.append((way, start, length))
        yield item, found


def _content(data: bytes, meta: _Meta, item: int) -> bytes:
    parts = []
    for way, start, length in meta.places[item]:
        if way not in (_WHOLE_FILE, _IN_META):
            raise ValueError("an item that lies elsewhere")
        source = data if way == _WHOLE_FILE else meta.idat
        if not length or start + length > len(source):
            raise ValueError("an item that is not whole")
        parts.append(source[start : start + length])
    return b"".join(parts)


def _alone(properties: list[bytes], content: bytes) -> bytes:
    """Return a HEIF with one tile in it."""
    listed = struct.pack(">IHB", 1, 1, len(properties)) + bytes(range(1, len(properties) + 1))
    before = b"".join(
        (
            _box(b"hdlr", bytes(8) + b"pict" + bytes(13)),
            _box(b"pitm", bytes(4) + b"\0\1"),
            _box(b"iinf", bytes(4) + b"\0\1" + _box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")),
            _box(b"iprp", _box(b"ipco", b"".join(properties)) + _box(b"ipma", bytes(4) + listed)),
        )
    )
    kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    # Its place comes last: 12 bytes of box, 4 of sizes and count, 14 of the one item; then 8 before the data.
    start = len(kind) + 12 + len(before) + 30 + 8
    place = b"\x44\0\0\1" + struct.pack(">HHHII", 1, 0, 1, start, len(content))
    meta = _box(b"meta", bytes(4) + before + _box(b"iloc", bytes(4) + place))
    return kind + meta + _box(b"mdat", content)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body
