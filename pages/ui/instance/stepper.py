"""How far a new instance has come: its name, its phone, and a message that proves that it works."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import streamlit as st

from pages.ui.escape import escape_html
from pages.ui.i18n import N_, _


class Step(IntEnum):
    """What is to be done next."""

    LINK = 1
    TEST = 2
    DONE = 3


_NAMES: Final = (N_("Name"), N_("Link the phone"), N_("Test message"))


def draw_stepper(step: Step) -> None:
    """Draw the three steps as a list, those before ``step`` as done."""
    items = "".join(_item(_(name), number, step) for number, name in enumerate(_NAMES))
    label = _("Steps")
    with st.container(key="stepper"):
        st.html(f'<ol class="wa-stepper" aria-label="{escape_html(label)}">{items}</ol>')


def _item(name: str, number: int, step: Step) -> str:
    words = f"<span>{escape_html(name)}</span>"
    if number < step:
        done = _("done")
        return f'<li class="wa-done">{words}<span class="wa-unseen"> ({escape_html(done)})</span></li>'
    if number == step:
        return f'<li aria-current="step">{words}</li>'
    return f"<li>{words}</li>"
