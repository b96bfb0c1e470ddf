"""Self-checks as rows: how each ended, what was asked, what was found, what to do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from core.models.diagnostics import Check, Verdict
from pages.ui.badge import Colour
from pages.ui.escape import escape_html, isolated_fact_html
from pages.ui.formats import format_value
from pages.ui.i18n import N_, _
from pages.ui.texts.message import Message, text_for


@dataclass(frozen=True, slots=True)
class VerdictMark:
    """A verdict as people see it: colour, sign and word, so that none of them is needed alone."""

    colour: Colour
    sign: str
    word: str


Style = Literal["step", "check"]
MARKS: Final[Mapping[Style, Mapping[Verdict, VerdictMark]]] = {
    "step": {
        Verdict.GOOD: VerdictMark("green", "✓", N_("Done")),
        Verdict.WARNING: VerdictMark("orange", "→", N_("To do")),
        Verdict.BAD: VerdictMark("red", "✕", N_("Problem")),
        Verdict.UNKNOWN: VerdictMark("gray", "?", N_("Not known")),
    },
    "check": {
        Verdict.GOOD: VerdictMark("green", "✓", N_("OK")),
        Verdict.WARNING: VerdictMark("orange", "!", N_("Attention")),
        Verdict.BAD: VerdictMark("red", "✕", N_("Problem")),
        Verdict.UNKNOWN: VerdictMark("gray", "?", N_("Not known")),
    },
}
"""A step of the guide is done or waits; a self-check is good or not."""
_WORST_FIRST: Final = (Verdict.BAD, Verdict.WARNING, Verdict.UNKNOWN, Verdict.GOOD)


def worst(checks: Iterable[Check]) -> Verdict:
    """Return the verdict that decides about all of them; UNKNOWN when there is none."""
    verdicts = {check.verdict for check in checks}
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), Verdict.UNKNOWN)


def mark_html(verdict: Verdict, style: Style) -> str:
    """Return the verdict as a badge, for ``st.html``."""
    mark = MARKS[style][verdict]
    return (
        f'<span class="wa-badge wa-{mark.colour}"><span aria-hidden="true">{mark.sign}</span> '
        f"{escape_html(_(mark.word))}</span>"
    )


def draw_checks(
    checks: Iterable[Check],
    *,
    questions: Mapping[str, Message],
    findings: Mapping[str, Message],
    style: Style,
    key: str,
) -> None:
    """Draw one row for each check, in their order. Words come from the tables, by code and by reason."""
    rows = "".join(_row(check, questions=questions, findings=findings, style=style) for check in checks)
    with st.container(key=key):
        st.html(f'<ul class="wa-checks">{rows}</ul>')


def _row(
    check: Check, *, questions: Mapping[str, Message], findings: Mapping[str, Message], style: Style
) -> str:
    question = text_for(questions, check.code, quote=escape_html)
    shown = format_value(check.value, now=time.time())
    finding = findings.get(check.reason)
    # A value that the finding names is not shown twice.
    bare = shown if finding is None or "{detail}" not in finding.text else ""
    value = f'<span class="wa-value">{isolated_fact_html(bare)}</span>' if bare else ""
    text = question.next_step
    if check.reason:
        found = text_for(findings, check.reason, shown, quote=isolated_fact_html)
        text = f"<strong>{found.what}</strong> {found.next_step}"
    return (
        f'<li data-check="{escape_html(check.code)}" data-verdict="{check.verdict}">'
        f"<span>{mark_html(check.verdict, style)}</span>"
        f'<div><span class="wa-name">{question.what}</span> {value}'
        f'<div class="wa-muted">{text}</div></div></li>'
    )
