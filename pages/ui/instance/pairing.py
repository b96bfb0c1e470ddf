"""Linking a phone: by scanning a QR or by typing a code, and help for where people get stuck."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import streamlit as st

from core.models.instance import InstanceView
from pages.ui.device import on_phone
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.instance.pairing_code import draw_code
from pages.ui.instance.qr import draw_qr
from pages.ui.state import Slot
from pages.ui.widgets.document import bring_into_view

Way: TypeAlias = Literal["qr", "code"]


@dataclass(frozen=True, slots=True)
class _Choice:
    """How this visitor wants to link which instance; no way for none that was chosen."""

    instance_id: str = ""
    way: Way | None = None
    turn: int = 0
    """Which press it was."""


_CHOSEN: Final = Slot("pairing-chosen", _Choice)
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")


def draw_pairing(view: InstanceView, *, now: float) -> None:
    """Draw the step of ``view``'s pairing in the way that fits the device, or that was chosen.

    Never an expired code.
    """
    way = _way(view)
    if way == "code":
        _draw_code_way(view, now=now)
    else:
        _draw_qr_way(view, now=now)
    _draw_help()
    if turn := _CHOSEN.get().turn:
        # The button that was pressed stands below what it shows.
        bring_into_view("pairing-show", turn=turn)


def _way(view: InstanceView) -> Way:
    chosen = _CHOSEN.get()
    if chosen.instance_id == view.id and chosen.way:
        return chosen.way
    return "code" if view.pairing_code or on_phone() else "qr"


def _draw_qr_way(view: InstanceView, *, now: float) -> None:
    with st.container(key="pairing-qr", gap=None):
        with st.container(key="pairing-show", gap="small"):
            draw_qr(view.qr, now=now)
        with st.container(key="pairing-how", gap="small"):
            _draw_title(_("Scan with the phone that has WhatsApp"))
            _draw_steps(
                _("Open **WhatsApp** on the phone"),
                _("Tap ⋮ (Android) or **Settings** (iPhone)"),
                _("Tap **Linked devices**, then **Link a device**"),
                _("Point the camera at the code: this page changes by itself"),
            )
            _draw_switch(view, "code", _("Use a code of 8 letters"), ":material/pin:")
            _draw_warning()


def _draw_code_way(view: InstanceView, *, now: float) -> None:
    with st.container(key="pairing-type", gap=None):
        with st.container(key="pairing-show", gap="small"):
            if on_phone():
                _draw_title(_("Are you on the phone itself?"))
                words = _("The camera cannot scan its own screen: ask for a code and type it into WhatsApp.")
            else:
                _draw_title(_("Link with a code"))
                words = _("No camera is needed: ask for a code and type it into WhatsApp.")
            st.html(f'<p class="wa-lead">{escape_html(words)}</p>')
            draw_code(view, now=now)
        with st.container(key="pairing-how", gap="small"):
            _draw_steps(
                _("WhatsApp → **Linked devices**"),
                _("**Link a device** → **Link with phone number instead**"),
                _("Paste the code: this page changes by itself"),
            )
            label = _("Show the QR for another phone to scan") if on_phone() else _("Show the QR code")
            _draw_switch(view, "qr", label, ":material/qr_code_2:")
            _draw_warning()


def _draw_title(title: str) -> None:
    st.html(f'<h2 class="wa-card-title">{escape_html(title)}</h2>')


def _draw_steps(*steps: str) -> None:
    items = "".join(f"<li><span>{_with_bold(step)}</span></li>" for step in steps)
    st.html(f'<ol class="wa-numbered">{items}</ol>')


def _with_bold(sentence: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", escape_html(sentence))


def _draw_switch(view: InstanceView, way: Way, label: str, icon: str) -> None:
    with st.container(key="pairing-way"):
        # A key for each way: the second half of a double press must not switch back.
        st.button(
            label,
            key=f"pairing-by-{way}",
            icon=icon,
            on_click=_CHOSEN.set,
            args=(_Choice(view.id, way, _CHOSEN.get().turn + 1),),
        )


def _draw_warning() -> None:
    words = _(
        "Whoever scans the QR code or types the code gives this app access to the account. Use only accounts "
        "of your own, and show the code to nobody."
    )
    symbol = '<span class="wa-symbol" aria-hidden="true">lock</span>'
    st.html(f'<p class="wa-warning">{symbol}{escape_html(words)}</p>')


def _draw_help() -> None:
    topics = (
        _(
            "**Where is “Linked devices”?** On Android: open WhatsApp, tap the three dots ⋮ at the top "
            "right. On iPhone: open WhatsApp, tap “Settings” at the bottom right."
        ),
        _(
            "**How many devices can be linked?** Four beside the phone. When the list is full, tap one that "
            "is no longer used and log it out."
        ),
        _(
            "**“Couldn't link device”** mostly means that the code had just expired, that the phone's "
            "internet dropped, or that there were many tries in a row. Check the internet, close other "
            "WhatsApp windows, and try the newest code. If it goes on, wait half an hour."
        ),
        _(
            "**No “Linked devices” in the menu, or the phone says to update?** The WhatsApp on it is too old "
            "for linking several devices. Update it in the app store and try again."
        ),
        _("**A notification about linking a device on the phone?** You can tap that instead of typing."),
    )
    with st.expander(_("It did not work?"), key="pairing-help", icon=":material/help:"):
        st.markdown("\n\n".join(topics))
