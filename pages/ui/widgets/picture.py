"""A picture from outside, on a page."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.services import safe_image


def draw_picture(data: bytes, *, alt: str, width: int | Literal["stretch", "content"] = "content") -> None:
    """Draw what ``core.services.safe_image`` made of a picture; nothing at all when it made nothing.

    Never give a stranger's bytes to ``st.image``: it decodes them in the web process, without a bound.
    """
    if data:
        st.image(safe_image.address(data), width=width, alt=alt)
