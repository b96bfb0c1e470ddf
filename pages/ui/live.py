"""Parts of a page that follow the instances by themselves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import UnknownInstanceError
from core.services import instances


def follow(draw: Callable[[], None], *, every: float | None) -> None:
    """Draw with ``draw`` now and again every ``every`` seconds while somebody looks; None: when it is used.

    Only that part is redrawn; the whole page when the stored sessions become unavailable or the instance it
    shows is gone, so that the page says so.
    """

    def tick() -> None:
        if not instances.storage().ready:
            st.rerun()
        try:
            draw()
        except UnknownInstanceError:
            st.rerun()

    st.fragment(tick, run_every=every)()
