"""Linking with a code that is typed on the phone: for which number, and the code, to be copied."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.instance import InstanceView, ShowPairingCode
from core.services import instances
from core.services.phone_numbers import show_number
from pages.ui.escape import escape_html, escape_markdown
from pages.ui.formats import seconds_left
from pages.ui.i18n import N_, _
from pages.ui.presentation import covered, shown_number
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.copy_button import draw_copy_button
from pages.ui.widgets.document import press_on_enter
from pages.ui.widgets.number_field import draw_offers, home_regions, read_number


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
_NUMBER: Final = "pairing-number"
_REQUEST: Final = "pairing-request"
_OFFER: Final = "pairing-number-use"
_PATIENCE_S: Final = 20.0
_GRACE_S: Final = 2.0
_NO_NUMBER: Final = N_("Type the number of the phone that you are linking.")


def draw_code(view: InstanceView, *, now: float) -> None:
    """Draw the code of ``view``'s pairing, if there is one, and what it takes to ask for one."""
    step = view.pairing_code
    if step is None or seconds_left(step.expires_at, now=now) == 0:
        _draw_number(view, None)
        return
    _draw_step(step, now=now)
    problem = bool(_problem(st.session_state.get(_NUMBER) or ""))
    with st.expander(_("Another code or another number"), key="pairing-again", expanded=problem):
        _draw_number(view, step)


def _draw_step(step: ShowPairingCode, *, now: float) -> None:
    left = seconds_left(step.expires_at, now=now)
    shown = f"{step.code[:4]}-{step.code[4:]}"
    number = _("for {number}").format(number=shown_number(step.number))
    valid = _("valid for {minutes}:{seconds} min").format(minutes=left // 60, seconds=f"{left % 60:02}")
    with st.container(key="pairing-code", gap="small"):
        # By itself: what is selected in it stays so while the time below counts down.
        st.html(f'<p class="wa-code" translate="no"><code>{escape_html(shown)}</code></p>')
        st.html(f'<p class="wa-ends"><span>{escape_html(number)}</span><span>{escape_html(valid)}</span></p>')
        draw_copy_button(_("Copy the code"), shown, of=".st-key-pairing-code code", key="pairing-copy")


def _draw_number(view: InstanceView, step: ShowPairingCode | None) -> None:
    typed = (
        st.text_input(
            _("Number of the phone"),
            value=show_number(view.phone),
            key=_NUMBER,
            type="phone",
            placeholder="+55 11 91234-5678",
            live=True,
            autocomplete="tel",
            persist_state="page",
        )
        or ""
    )
    press_on_enter(_NUMBER, button=_REQUEST)
    alert.show(_problem(typed))
    _draw_recognised(typed)
    waiting = _waiting(view, step)
    st.button(
        _("Get another code") if step else _("Get the code"),
        key=_REQUEST,
        type="secondary" if step else "primary",
        icon=":material/pin:",
        width="stretch",
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


def _draw_recognised(typed: str) -> None:
    """Draw how the number is understood; a likely one that was typed in another way is offered by a press."""
    use, regions = _("Use {number}?"), home_regions()
    offered = draw_offers(typed, key=_NUMBER, question=use, regions=regions, offer_key=_OFFER)
    if offered or _problem(typed):
        return
    number = read_number(typed, key=_NUMBER, question=use, regions=regions, offer_key=_OFFER)
    if number is not None:
        shown = f"**{escape_markdown(covered(number.shown))}**"
        st.caption(_("The code will be for {number}.").format(number=shown))


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
    typed = st.session_state.get(_NUMBER) or ""
    _PROBLEM.clear()
    _ASKED.set(_Request(instance_id, time.monotonic(), shown_then))
    problem = alert.problem_of(lambda: instances.request_pairing_code(instance_id, typed), text_of=_refusal)
    if problem:
        _ASKED.clear()
        _PROBLEM.set(_Problem(typed, problem))


def _refusal(error: AppError) -> str:
    return _(_NO_NUMBER) if error.code == "number-empty" else alert.text(error)
