"""What a page is looked at with, as far as the browser says."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

_PHONE: Final = re.compile(r"\b(Mobi|Mobile|iPhone|iPod)\b", re.IGNORECASE)
_TABLET: Final = re.compile(r"\biPad\b", re.IGNORECASE)
"""Large enough to show a code to a phone's camera."""


def on_phone() -> bool:
    """Return whether the visitor looks at the page with a phone, which cannot scan its own screen.

    A browser may say something else (“desktop site”): nothing may be out of reach because of the answer.
    """
    headers = st.context.headers
    agent = headers.get("User-Agent", "")
    said = headers.get("Sec-CH-UA-Mobile") == "?1"
    return said or bool(_PHONE.search(agent) and not _TABLET.search(agent))
