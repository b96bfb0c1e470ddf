"""Troubleshooting that checks by itself what it would otherwise ask the reader to check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.diagnostics import Check, Verdict
from core.services import persistence
from pages.ui.i18n import N_, _
from pages.ui.texts.guide import FINDINGS, QUESTIONS
from pages.ui.widgets.check_list import draw_checks, worst


@dataclass(frozen=True, slots=True)
class Trouble:
    """A complaint, what may be behind it, and the checks that find out."""

    key: str
    complaint: str
    about: str
    run: Callable[[], tuple[Check, ...]]


def _lost() -> tuple[Check, ...]:
    return persistence.lost_sessions_checks()


def _permission() -> tuple[Check, ...]:
    return persistence.permission_checks()


TROUBLES: Final = {
    "lost": Trouble(
        "lost",
        N_("Connections keep getting lost"),
        N_("The check finds out whether the app, the disk or the phone is the cause."),
        _lost,
    ),
    "permission": Trouble(
        "permission",
        N_("Permission error"),
        N_(
            "The folder belongs to another user, or the disk is read-only. The check writes a small file. "
            "Do not create the disk again: every connection would be lost."
        ),
        _permission,
    ),
}
"""By key."""


def draw_trouble(key: str) -> None:
    """Draw a complaint, folded up, with a button that runs its checks."""
    trouble = TROUBLES[key]
    with st.expander(_(trouble.complaint), key=f"trouble-{trouble.key}", icon=":material/build:"):
        st.markdown(_(trouble.about))
        if st.button(_("Check now"), key=f"check-{trouble.key}", icon=":material/troubleshoot:"):
            _draw_findings(trouble)


def _draw_findings(trouble: Trouble) -> None:
    checks = trouble.run()
    draw_checks(checks, questions=QUESTIONS, findings=FINDINGS, style="check", key=f"found-{trouble.key}")
    if worst(checks) is Verdict.GOOD:
        st.success(_("Nothing wrong was found here."), icon=":material/check_circle:")
