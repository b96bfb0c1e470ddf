"""The self-checks of the diagnostics page, and those of the network on request."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.diagnostics import Check, Verdict
from core.services import diagnostics
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.texts.diagnostics import FINDINGS, QUESTIONS
from pages.ui.widgets.check_list import draw_checks, mark_html

_COUNTED: Final = (Verdict.BAD, Verdict.WARNING, Verdict.UNKNOWN, Verdict.GOOD)


def draw_self_checks() -> None:
    """Run the local checks now and show how each ended, with a count on top."""
    place = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with st.spinner(_("Checking…")):
        checks = diagnostics.run_checks()
    with place:
        _draw_count(checks)
        st.button(_("Check again"), key="check-again", icon=":material/refresh:")
    draw_checks(checks, questions=QUESTIONS, findings=FINDINGS, style="check", key="self-checks")


def _draw_count(checks: tuple[Check, ...]) -> None:
    parts = []
    for verdict in _COUNTED:
        number = sum(check.verdict is verdict for check in checks)
        if number:
            parts.append(f"{mark_html(verdict, 'check')} {number}")
    st.html(f'<div class="wa-count" role="status">{"".join(f"<span>{part}</span>" for part in parts)}</div>')


def draw_network_check() -> None:
    """Draw a button, and after a press what the network answered. Nothing is sent before."""
    st.subheader(_("Connection to WhatsApp"), anchor=False)
    st.markdown(
        _(
            "Opens one connection to WhatsApp’s server and closes it again. Nothing is "
            "sent in anyone’s name, and "
            "nothing is asked before you press."
        )
    )
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


def draw_settings() -> None:
    """Draw each setting with the value that is used now."""
    with st.expander(_("Settings in force"), key="settings", icon=":material/tune:"):
        st.caption(_("From the environment of the server. Secrets are shown as dots."))
        rows = "".join(
            f"<tr><th scope='row'><code>{escape_html(name)}</code></th><td>{_setting(value)}</td></tr>"
            for name, value in diagnostics.settings_in_force()
        )
        heads = "".join(f'<th scope="col">{escape_html(head)}</th>' for head in (_("Variable"), _("Value")))
        st.html(
            f'<table class="wa-table wa-words"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        )


def _setting(value: str) -> str:
    if value:
        return f"<code>{escape_html(value)}</code>"
    nothing = _("not set")
    return f'<span class="wa-muted">{escape_html(nothing)}</span>'
