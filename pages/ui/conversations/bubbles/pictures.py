"""The small pictures in bubbles: made harmless, and sent apart from the words.

Decoding them takes longer than drawing the words, and they weigh more: the bubbles go first.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2s
from typing import Final

import streamlit as st

from core.services.safe_image import thumbnail_data_uri
from pages.ui.presentation import is_on

_MOST: Final = 256
"""Small pictures that a browser keeps, of some 10 kB each."""
_BUCKETS: Final = 4
"""Elements that carry them: with a new picture, the browser gets a quarter of them again, not all."""
_SCRIPT: Final = """
export default function ({ data: [data] }) {
  const pictures = (window.threadPictures ??= { shown: new Map(), wanted: new Map() })
  for (const [name, address] of Object.entries(data.pictures)) {
    pictures.shown.set(name, address)
    for (const image of pictures.wanted.get(name) ?? []) image.src = address
    pictures.wanted.delete(name)
  }
  while (pictures.shown.size > data.most) pictures.shown.delete(pictures.shown.keys().next().value)
}
"""


def picture_name(thumbnail: str) -> str:
    """Return what names a small picture (base64) on a page; empty for none, and in presentation mode."""
    if not thumbnail or is_on():
        return ""
    return blake2s(thumbnail.encode(errors="replace"), digest_size=8).hexdigest()


def draw_pictures(thumbnails: Iterable[str]) -> None:
    """Give the browser these small pictures (base64), for the places that bear their names."""
    by_name = {name: thumbnail for thumbnail in thumbnails if (name := picture_name(thumbnail))}
    component = st.components.v2.component("thread_pictures", js=_SCRIPT)
    for bucket in range(_BUCKETS):
        names = [name for name in by_name if int(name[0], 16) % _BUCKETS == bucket]
        pictures = {name: made for name in names if (made := thumbnail_data_uri(by_name[name]))}
        component(
            data=({"pictures": pictures, "most": _MOST},), key=f"thread-pictures-{bucket}", height="content"
        )
