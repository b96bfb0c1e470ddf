"""What a page is looked at with, as far as the browser says."""

from __future__ import annotations

import streamlit as st


def on_phone() -> bool:
    """Return whether the visitor looks at the page with a phone, which cannot scan its own screen.

    A browser may say something else (“desktop site”): nothing may be out of reach because of the answer.
    """
    # Also for a browser that does not send this header: core/web/requests/headers.py looks at its name.
    return st.context.headers.get("Sec-CH-UA-Mobile") == "?1"
