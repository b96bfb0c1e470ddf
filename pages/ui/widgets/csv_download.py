"""The one way out to a spreadsheet: a button, and the CSV behind it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from functools import partial
from typing import Final, TypeAlias

import streamlit as st

from pages.ui.formats import csv_separator, visitor_zone
from pages.ui.i18n import _, language, use_language

Cell: TypeAlias = str | int | float | None
Rows: TypeAlias = Callable[[tzinfo], Iterable[Sequence[Cell]]]
"""Makes heads and rows, with times of that zone. Called without a session, in that of the button."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def draw_csv_download(rows: Rows, *, file_name: str, key: str) -> None:
    """Draw the button that downloads ``rows``, which are made when it is pressed.

    Not for a part that redraws itself: each draw costs a handle.
    """
    st.download_button(
        _("Download (CSV)"),
        partial(csv_file, rows, language=language(), zone=visitor_zone()),
        file_name=file_name,
        mime="text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def csv_file(rows: Rows, *, language: str, zone: tzinfo) -> bytes:
    """Return ``rows`` as a CSV in ``language``, with times of ``zone``, that spreadsheets open in columns.

    UTF-8 with a byte order mark; semicolons where decimals are written with a comma.
    Threading: safe from any thread; needs no session.
    """
    out = io.StringIO()
    with use_language(language):
        csv.writer(out, delimiter=csv_separator(language)).writerows(
            [escape_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows(zone)
        )
    return out.getvalue().encode("utf-8-sig", "replace")


def escape_formula(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet takes it for a formula. Source: OWASP, "CSV Injection"."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
