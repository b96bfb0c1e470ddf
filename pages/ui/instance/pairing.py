"""Linking a phone: by scanning a QR or by typing a code, and help for where people get stuck."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.instance import InstanceView, ShowPairingCode
from core.services import instances
from core.services.phone_numbers import parse_number, show_number
from pages.ui.escape import escape_markdown
from pages.ui.formats import seconds_left
from pages.ui.i18n import N_, _
from pages.ui.instance.qr import draw_qr
from pages.ui.state import Slot
from pages.ui.widgets import alert


@dataclass(frozen=True, slots=True)
class _Request:
    """The last request for a code."""

    instance_id: str = ""
    at: float = 0.0
    """Seconds, monotonic."""
    shown_then: int = 0
    """Hash of the code that was shown when it was made; 0 for none."""


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why the last request was refused, and the number that was typed then."""

    typed: str = ""
    text: str = ""


_ASKED: Final = Slot("pairing-asked", _Request)
_PROBLEM: Final = Slot("pairing-problem", _Problem)
_PATIENCE_S: Final = 20.0
_GRACE_S: Final = 2.0
_TEXT_WIDTH: Final = 300
_WAYS: Final = {"qr": N_("QR code"), "code": N_("Code")}
_NO_NUMBER: Final = N_("Type the number of the phone that you are linking.")


def draw_pairing(view: InstanceView, *, now: float) -> None:
    """Draw the step of ``view``'s pairing in the way that the visitor chose; never an expired code."""
    with st.container(key="pairing"):
        way = st.segmented_control(
            _("How to link"),
            list(_WAYS),
            default="code" if view.pairing_code else "qr",
            required=True,
            format_func=lambda way: _(_WAYS[way]),
            key="pairing-way",
            label_visibility="collapsed",
            persist_state="page",
        )
        if way == "code":
            _draw_code_way(view, now=now)
        else:
            _draw_qr_way(view, now=now)
        _draw_help()


def _draw_qr_way(view: InstanceView, *, now: float) -> None:
    with st.container(horizontal=True, gap="medium"):
        with st.container(width="content", gap="xsmall"):
            draw_qr(view.qr, now=now)
        with st.container(width=_TEXT_WIDTH, gap="small"):
            _draw_steps(
                _("Tap **Linked devices**, then **Link a device**."),
                _("Point the camera at this code and wait: this page changes by itself."),
            )
            st.caption(
                _(
                    "The code changes from time to time; that is normal. If the phone says that it could "
                    "not link, check its internet and scan the next code."
                )
            )


def _draw_code_way(view: InstanceView, *, now: float) -> None:
    step = view.pairing_code
    if step is not None and seconds_left(step.expires_at, now=now) == 0:
        step = None
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=_TEXT_WIDTH, gap="small"):
            _draw_number(view, step)
            if step is not None:
                _draw_code(step, now=now)
        with st.container(width=_TEXT_WIDTH, gap="small"):
            _draw_steps(
                _("Tap **Linked devices**, then **Link a device**."),
                _("Tap **Link with phone number instead**."),
                _("Type the code and wait: this page changes by itself."),
            )
            st.caption(
                _("If the phone shows a notification about linking a device, you can tap that instead.")
            )


def _draw_number(view: InstanceView, step: ShowPairingCode | None) -> None:
    typed = st.text_input(
        _("Number of the phone"),
        value=show_number(view.phone),
        key="pairing-number",
        type="phone",
        placeholder="+55 11 91234-5678",
        live="300ms",
        autocomplete="off",
        persist_state="page",
    )
    problem = _problem(typed or "")
    if problem:
        alert.show(problem)
    else:
        st.caption(_recognised(typed or ""))
    waiting = _waiting(view, step)
    st.button(
        _("Get another code") if step else _("Get a code"),
        key="pairing-request",
        type="secondary" if step else "primary",
        icon=":material/pin:",
        disabled=view.qr is None or waiting,
        on_click=_request,
        args=(view.id, _mark(step)),
    )
    if waiting:
        _draw_wait(_("Asking WhatsApp for the code…"))
    elif view.qr is None:
        _draw_wait(_("Opening the connection: the button works in a moment."))


def _draw_wait(text: str) -> None:
    st.caption(f":material/hourglass_top: {text}")


def _draw_code(step: ShowPairingCode, *, now: float) -> None:
    with st.container(key="pairing-code", gap="xsmall"):
        st.code(f"{step.code[:4]}-{step.code[4:]}", language=None)
        left = seconds_left(step.expires_at, now=now)
        st.caption(
            _("for {number} · valid for {minutes}:{seconds} min").format(
                number=f"**{escape_markdown(show_number(step.number))}**",
                minutes=left // 60,
                seconds=f"{left % 60:02}",
            )
        )


def _draw_steps(*last: str) -> None:
    steps = (
        _("Open **WhatsApp** on the phone."),
        _("**Android:** tap the three dots ⋮ at the top. **iPhone:** tap **Settings**."),
        *last,
    )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    title = _("**How to link your phone**")
    st.markdown(f"{title}\n\n{numbered}")


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
        _(
            "**Is it safe?** Whoever scans the QR code or types the code links the account to this app. Do "
            "it only with an account of your own, and send neither to anybody."
        ),
    )
    with st.expander(_("It did not work? Help"), key="pairing-help", icon=":material/help:"):
        st.markdown("\n\n".join(topics))


def _recognised(typed: str) -> str:
    try:
        recipient = parse_number(typed)
    except InvalidInputError:
        return _("With country code and area code, for example +55 11 91234-5678.")
    return _("The code will be for {number}.").format(number=f"**{escape_markdown(recipient.shown)}**")


def _problem(typed: str) -> str:
    """Return why the last request was refused, until the number changes; empty when it was not."""
    problem = _PROBLEM.get()
    return problem.text if problem.typed == typed else ""


def _waiting(view: InstanceView, step: ShowPairingCode | None) -> bool:
    """Return whether a request was made and neither its code nor its failure has come."""
    request = _ASKED.get()
    waited = time.monotonic() - request.at
    # A failure in the first moment is that of the request before.
    failed = view.reason == "pairing-code-failed" and waited > _GRACE_S
    if request.instance_id != view.id or waited > _PATIENCE_S or failed:
        return False
    return _mark(step) == request.shown_then


def _mark(step: ShowPairingCode | None) -> int:
    return hash(step.code) if step else 0


def _request(instance_id: str, shown_then: int) -> None:
    typed = st.session_state.get("pairing-number") or ""
    _PROBLEM.clear()
    _ASKED.set(_Request(instance_id, time.monotonic(), shown_then))
    problem = alert.problem_of(lambda: instances.request_pairing_code(instance_id, typed), text_of=_refusal)
    if problem:
        _ASKED.clear()
        _PROBLEM.set(_Problem(typed, problem))


def _refusal(error: AppError) -> str:
    return _(_NO_NUMBER) if error.code == "number-empty" else alert.text(error)
