"""The product's name and mark: those of the settings, or our own."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.parsers import expat

from core.models.picture_header import read_header

NAME: Final = "Plantão"
NAME_LIMIT: Final = 40
"""Characters of a name: what the side of a page and a browser's tab still show."""
LOGO_LIMIT: Final = 200 * 1024
"""Bytes of a file with a logo."""
_SIDE_LIMIT: Final = 4_096
"""Pixels of a PNG in either direction; what it is scaled down from in the browser."""
MARK: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#0b6e5d"/>'
    '<circle cx="15.5" cy="16.5" r="6" fill="none" stroke="#fff" stroke-width="3"/>'
    '<circle cx="21.5" cy="10.5" r="5" fill="#f4b63f" stroke="#0b6e5d" stroke-width="2"/>'
    "</svg>"
)
_SVG: Final = "http://www.w3.org/2000/svg svg"


def is_logo(path: str) -> bool:
    """Return whether the file holds an SVG or a PNG within the limits. Nothing of it is decoded here."""
    return bool(_kind(_bytes(Path(path))))


@lru_cache(maxsize=4)
def mark_address(logo: str) -> str:
    """Return the mark as a ``data:`` address of a picture; our own when ``logo`` is no usable file's path.

    A page shows it as a picture only, so that no script in an SVG runs and none of its links is asked for.
    Threading: safe from any thread; a file is read once.
    """
    data = _bytes(Path(logo)) if logo else b""
    kind = _kind(data)
    if not kind:
        kind, data = "svg+xml", MARK.encode()
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _bytes(path: Path) -> bytes:
    """Return what the file holds; nothing for one that is too large, no file, or cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > LOGO_LIMIT:
            return b""
        with path.open("rb") as file:
            data = file.read(LOGO_LIMIT + 1)
    except (OSError, ValueError):
        return b""
    return data if len(data) <= LOGO_LIMIT else b""


def _kind(data: bytes) -> str:
    """Return the second half of its media type; empty for what is no logo."""
    if _is_svg(data):
        return "svg+xml"
    header = read_header(data)
    if header is None or header.format != "PNG" or max(header.width, header.height) > _SIDE_LIMIT:
        return ""
    return "png"


def _is_svg(data: bytes) -> bool:
    """Return whether it is one that a browser draws: whole, of the right kind, without entities of its own.

    A browser draws no SVG with a mistake in it, and an entity may stand for gigabytes.
    """
    opened: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: opened.append(name)
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError):
        return False
    return opened[0] == _SVG


def _refuse(*_: object) -> None:
    raise ValueError
