"""The self-checks of the page: what is not fine first and open, the rest folded; the network on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.models.diagnostics import Check, Verdict
from core.services import diagnostics
from pages.ui.escape import escape_html
from pages.ui.formats import format_number
from pages.ui.i18n import _, ngettext
from pages.ui.texts.diagnostics import FINDINGS, QUESTIONS
from pages.ui.widgets.check_list import draw_checks, mark_html

_COUNTED: Final = (Verdict.BAD, Verdict.WARNING, Verdict.UNKNOWN, Verdict.GOOD)
_URGENT_FIRST: Final = {verdict: rank for rank, verdict in enumerate(_COUNTED)}


def draw_self_checks() -> None:
    """Run the local checks now; draw how it stands, then what is not fine, then the rest."""
    place = st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="checks-summary",
    )
    with st.spinner(_("Checking…")):
        checks = diagnostics.run_checks()
    with place:
        _draw_summary(checks)
        st.button(_("Check again"), key="check-again", icon=":material/refresh:")
    with st.container(key="self-checks"):
        _draw_open([check for check in checks if check.verdict is not Verdict.GOOD])
        _draw_folded([check for check in checks if check.verdict is Verdict.GOOD])


def _draw_summary(checks: Sequence[Check]) -> None:
    """Draw one sentence, and under it how many checks ended how."""
    urgent = sum(check.verdict in (Verdict.BAD, Verdict.WARNING) for check in checks)
    said = _("All is well.")
    if urgent:
        said = ngettext("{count} item needs attention.", "{count} items need attention.", urgent).format(
            count=format_number(urgent)
        )
    parts = "".join(
        f"<span>{mark_html(verdict, 'check')} {number}</span>"
        for verdict in _COUNTED
        if (number := sum(check.verdict is verdict for check in checks))
    )
    lead = f'<p class="wa-lead">{escape_html(said)}</p>'
    st.html(f'<div role="status">{lead}<div class="wa-count">{parts}</div></div>')


def _draw_open(checks: Sequence[Check]) -> None:
    if checks:
        urgent_first = sorted(checks, key=lambda check: _URGENT_FIRST[check.verdict])
        draw_checks(
            urgent_first, questions=QUESTIONS, findings=FINDINGS, style="check", key="checks-not-fine"
        )


def _draw_folded(checks: Sequence[Check]) -> None:
    if not checks:
        return
    label = ngettext("{count} item is fine", "{count} items are fine", len(checks)).format(
        count=format_number(len(checks))
    )
    with st.expander(label, key="checks-fine", icon=":material/check_circle:"):
        draw_checks(checks, questions=QUESTIONS, findings=FINDINGS, style="check", key="checks-fine-list")


def draw_network_check() -> None:
    """Draw a button, and after a press what the network answered. Nothing is sent before."""
    st.subheader(_("Connection to WhatsApp"), anchor=False)
    st.markdown(_("Open one connection to WhatsApp’s server and close it again. Nothing is sent for anyone."))
    if not st.button(_("Check the connection"), key="check-network", icon=":material/network_check:"):
        return
    with st.status(_("Asking WhatsApp… up to 10 s"), type="compact") as progress:
        checks = diagnostics.check_network()
        bad = any(check.verdict is Verdict.BAD for check in checks)
        progress.update(
            label=_("The connection does not work") if bad else _("WhatsApp answers"),
            state="error" if bad else "complete",
        )
    draw_checks(checks, questions=QUESTIONS, findings=FINDINGS, style="check", key="network-checks")


def draw_engine_check() -> None:
    """Draw a button, and after a press whether there is a newer core. The index is not asked before."""
    st.subheader(_("Newer version of the WhatsApp component"), anchor=False)
    st.markdown(
        _("Ask the index of Python packages, as the installation did. It learns nothing of this app.")
    )
    if not st.button(_("Look for a newer version"), key="check-engine", icon=":material/update:"):
        return
    with st.status(_("Asking the package index… up to 20 s"), type="compact") as progress:
        check = diagnostics.check_engine()
        progress.update(label=_("The package index was asked"), state="complete")
    draw_checks([check], questions=QUESTIONS, findings=FINDINGS, style="check", key="engine-checks")
