"""The one way out to a spreadsheet: a button, and the CSV behind it. And how every file is called."""

from __future__ import annotations

import csv
import io
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Final, TypeAlias

import streamlit as st

from core.services import instances
from pages.ui.formats import csv_separator, visitor_zone
from pages.ui.i18n import _, language, use_language
from pages.ui.presentation import covered

Cell: TypeAlias = str | int | float | None
Rows: TypeAlias = Callable[[tzinfo], Iterable[Sequence[Cell]]]
"""Makes heads and rows, with times of that zone. Called without a session, in that of the button."""
_LONGEST: Final = 40
"""Characters of a file's name that are taken of what a person named."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def dated_name(what: str, *, about: str = "", ending: str = "csv") -> str:
    """Return the name of a file: what it holds, about what, and the day: ``espaco-2026-11-25.csv``.

    ``what`` is in the session's language. Of both, letters and digits remain, without accents: such a name
    survives every file system and every mail. The day is that of the visitor's zone, in the order that sorts.
    """
    today = datetime.fromtimestamp(time.time(), visitor_zone()).date()
    return "-".join(filter(None, (_plain(what), _plain(about), f"{today}.{ending}")))


def file_name_of(what: str, instance_id: str) -> str:
    """Return the same about an instance, by its name; by its id when the name has no letter that remains."""
    names = (view.name for view in instances.list_instances() if view.id == instance_id)
    return dated_name(what, about=_plain(covered(next(names, ""))) or instance_id)


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text[: 4 * _LONGEST]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower())[:_LONGEST].strip("-")


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
