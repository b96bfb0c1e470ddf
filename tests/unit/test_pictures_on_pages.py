"""Streamlit decodes bytes that it is given as an image: no page gives it any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PAGES: Final = Path(__file__).resolve().parents[2] / "pages"


def test_only_addresses_and_our_own_drawings_are_given_to_streamlit() -> None:
    """Pictures go through `draw_picture`, as an address; the QR code is a drawing of ours, as text."""
    calls = {
        path.name: re.findall(r"st\.image\(\s*([^,]+)", path.read_text()) for path in PAGES.rglob("*.py")
    }
    assert {name: found for name, found in calls.items() if found} == {
        "picture.py": ["safe_image.address(made)"],
        "qr.py": ["svg"],
    }
