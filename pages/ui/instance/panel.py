"""Everything that changes by itself on the page of one instance: its state, its pairing, start and stop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import instances
from pages.ui.instance.controls import draw_controls
from pages.ui.instance.pairing import draw_pairing
from pages.ui.instance.pairing_link import draw_pairing_link
from pages.ui.instance.presence import draw_phone_silence, draw_presence
from pages.ui.instance.restriction_light import draw_restriction_light
from pages.ui.instance.self_test import draw_self_test, has_sent, is_proven, is_shown_first
from pages.ui.instance.status import draw_pairing_status, draw_status
from pages.ui.instance.stepper import Step, draw_stepper
from pages.ui.texts.instance_states import Verb, shows_codes, verb_of

# A countdown is redrawn as often as it changes; of other changes the server tells.
_PACES: Final = {InstanceState.PAIRING: 0.5, InstanceState.RECONNECTING: 1.0, InstanceState.CONNECTED: 5.0}
_PACE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What the parts of the page that are not redrawn by themselves were drawn for."""

    state: InstanceState
    name: str
    linked: bool
    tested: bool
    """It has sent a message, so that a test is no longer what comes next."""

    @property
    def linking(self) -> bool:
        """Return whether its phone is still to be linked, so that little has happened to it yet."""
        return not self.linked and not self.tested


def frame_of(view: InstanceView) -> Frame:
    """Return what they are drawn for while ``view`` is as it is now."""
    return Frame(view.state, view.name, view.linked, has_sent(view))


def pace(state: InstanceState) -> float:
    """Return the seconds between two draws of an instance in ``state`` when nothing changes."""
    return _PACES.get(state, _PACE_S)


def draw_instance(instance_id: str, *, frame: Frame) -> None:
    """Draw the instance as it is now; the whole page anew when what surrounds this no longer fits.

    Raises UnknownInstanceError when the instance is gone.
    """
    view = instances.get_instance(instance_id)
    if frame_of(view) != frame:
        st.rerun()
    linking = shows_codes(view)
    # Each part has the same place in every state: what was drawn before never stands beside it for a moment.
    with st.container():
        if step := _step(view, frame):
            draw_stepper(step)
    with st.container(key="pairing" if linking else "state-card", gap="medium"):
        if linking:
            draw_pairing_status(view)
            draw_pairing(view, now=time.time())
            draw_pairing_link(view, now=time.time())
        else:
            _draw_state(view, frame)
    if linking:
        draw_controls(view, tested=frame.tested)
    with st.container():
        if view.linked and not linking:
            draw_presence(view)


def _draw_state(view: InstanceView, frame: Frame) -> None:
    """Draw what is known of the instance and what can be done; a test that matters now comes first."""
    draw_status(view)
    draw_restriction_light(view)
    draw_phone_silence(view)
    first = is_shown_first(view, tested=frame.tested)
    if first:
        _draw_test(view, frame)
    draw_controls(view, tested=frame.tested)
    if not first:
        _draw_test(view, frame)
    if verb_of(view) is Verb.SCAN:
        draw_pairing_link(view, now=time.time())


def _draw_test(view: InstanceView, frame: Frame) -> None:
    if view.state is InstanceState.CONNECTED:
        draw_self_test(view, tested=frame.tested)


def _step(view: InstanceView, frame: Frame) -> Step | None:
    """Return how far a new instance has come; None for one that is in use."""
    if shows_codes(view) or (verb_of(view) is Verb.SCAN and frame.linking):
        return Step.LINK
    if view.state is not InstanceState.CONNECTED:
        return None
    if is_proven(view):
        return Step.DONE
    return None if frame.tested else Step.TEST
