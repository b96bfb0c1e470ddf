"""The table of usage as a file that spreadsheets open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from core.services import usage
from pages.ui.formats import format_timestamp
from pages.ui.i18n import _
from pages.ui.texts.instance_states import LABELS
from pages.ui.widgets.csv_download import Cell, dated_name, draw_csv_download


def draw_usage_file() -> None:
    """Draw the button that downloads the table."""
    draw_csv_download(rows, file_name=dated_name(_("space")), key="usage-csv")


def rows(zone: tzinfo) -> Iterator[tuple[Cell, ...]]:
    """Yield heads, then one line for each instance, in bytes, with times of ``zone``."""
    yield (
        *(_("Name"), _("State"), _("Session (bytes)"), _("History (bytes)"), _("Total (bytes)")),
        *(_("7 days (bytes)"), _("Last write"), _("Memory (bytes)")),
    )
    for row in usage.usage().instances:
        yield (
            row.name,
            _(LABELS[row.state]),
            row.session_bytes,
            row.history_bytes,
            row.total_bytes,
            row.growth_bytes,
            None if row.last_write is None else format_timestamp(row.last_write, zone),
            row.worker_bytes,
        )
