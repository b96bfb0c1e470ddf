"""Where a price was read, and when."""

from __future__ import annotations

import streamlit as st

from core.models.usage import Price
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_date
from pages.ui.i18n import _


def draw_price_source(price: Price) -> None:
    """Draw one small line: the day, the host, and the page that the price is from."""
    line = _("Price read on {date} at [{host}]({source}); it can change.").format(
        date=escape_markdown(format_date(price.read_on)),
        host=escape_markdown(price.host),
        source=price.source,
    )
    st.markdown(small(line))
