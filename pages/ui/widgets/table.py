"""Tables of HTML: their text can be selected, copied, searched and spoken; on a phone each row is a card."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from pages.ui.escape import escape_html, isolated_fact_html


def draw_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    key: str,
    caption: str,
    figures: Collection[int] = (),
) -> None:
    """Draw a table of plain text; the first cell of a row names it. Everything is shown as given: names of
    people come isolated already.

    ``caption`` is what a screen reader calls the table; ``figures`` are the columns of numbers, which stand
    under each other at the right.
    """
    head = "".join(
        f'<th scope="col" role="columnheader"{_kind(column, figures)}>{escape_html(text)}</th>'
        for column, text in enumerate(heads)
    )
    body = "".join(_row(cells, heads, figures) for cells in rows)
    # Where CSS lays rows out as cards, browsers take the table's own roles away: they are said again.
    with st.container(key=key):
        st.html(
            '<div class="wa-sheet"><table class="wa-table wa-words" role="table">'
            f'<caption class="wa-unseen">{escape_html(caption)}</caption>'
            f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
            f'<tbody role="rowgroup">{body}</tbody></table></div>'
        )


def _row(cells: Sequence[str], heads: Sequence[str], figures: Collection[int]) -> str:
    first, *others = cells
    rest = "".join(
        f'<td role="cell" data-label="{escape_html(heads[column])}"{_kind(column, figures)}>'
        f"{isolated_fact_html(text)}</td>"
        for column, text in enumerate(others, 1)
    )
    return f'<tr role="row"><th scope="row" role="rowheader">{isolated_fact_html(first)}</th>{rest}</tr>'


def _kind(column: int, figures: Collection[int]) -> str:
    return ' class="wa-figure"' if column in figures else ""
