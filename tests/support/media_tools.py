"""One set of tools for media tests, and what needs them with them put in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.media import audio, images, stickers, video
from core.media.mp4 import Mp4
from core.media.tools import MediaTools

TOOLS = MediaTools()
"""A test may put another folder or other decoders in."""


def prepare_image(data: bytes) -> images.Picture:
    """As ``core.media.images``."""
    return images.prepare_image(data, TOOLS.decoders)


def small_jpeg(data: bytes, *, side: int) -> bytes:
    """As ``core.media.images``."""
    return images.small_jpeg(data, TOOLS.decoders, side=side)


def prepare_sticker(data: bytes) -> images.Picture:
    """As ``core.media.stickers``."""
    return stickers.prepare_sticker(data, TOOLS.decoders)


def prepare_video(data: bytes, *, progress: Callable[[float], None] | None = None) -> tuple[Path, Mp4, str]:
    """As ``core.media.video``."""
    return video.prepare_video(data, TOOLS, progress=progress)


def prepare_voice(data: bytes) -> tuple[Path, float, str]:
    """As ``core.media.audio``."""
    return audio.prepare_voice(data, TOOLS.folder)
