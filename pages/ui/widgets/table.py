"""Small tables of words, which wrap where a grid of cells would cut them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.escape import escape_html, isolated_html


def draw_words(heads: Sequence[str], rows: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw a table of plain text; the first cell of a row names it. Everything is shown as given."""
    head = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in heads)
    body = "".join(_row(row) for row in rows)
    with st.container(key=key):
        st.html(
            f'<table class="wa-table wa-words"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        )


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    rest = "".join(f"<td>{isolated_html(text)}</td>" for text in others)
    return f'<tr><th scope="row">{isolated_html(first)}</th>{rest}</tr>'
