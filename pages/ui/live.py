"""Parts of a page that follow the instances by themselves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import UnknownInstanceError
from core.services import instances


def follow(draw: Callable[[], None], *, every: float) -> None:
    """Draw with ``draw`` now and again every ``every`` seconds while somebody looks.

    ``draw`` is redrawn alone. When the stored sessions become unavailable or the instance it shows goes away, the
    whole page is drawn anew and says so.
    """

    def tick() -> None:
        if not instances.storage().ready:
            st.rerun()
        try:
            draw()
        except UnknownInstanceError:
            st.rerun()

    st.fragment(tick, run_every=every)()
