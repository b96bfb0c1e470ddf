"""A link, drawn as the button of a download, to a file that the app gives out piece by piece.

``st.download_button`` would hold the whole file in the memory of the process.
"""

from __future__ import annotations

import streamlit as st

from core.services.moving.backup import download_address
from pages.ui.escape import escape_html
from pages.ui.i18n import language


def draw_file_link(label: str, token: str, *, key: str) -> None:
    """Draw the link to a backup that waits, in a container with that ``key``."""
    address = escape_html(download_address(token, language()))
    with st.container(key=key):
        st.html(f'<a class="wa-file-link" href="{address}">{escape_html(label)}</a>')
