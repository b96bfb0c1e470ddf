"""What is told, and when not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.models.alerts.choices import QuietHours
from core.services import instances
from core.services.alerts import addresses, choices
from pages.ui.alerts.names import names_of
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.widgets import alert

_FAILURE: Final = Slot("alert-choice-failure", str)
_MINUTES: Final = "alert-minutes"
_MUTED: Final = "alert-muted"
_QUIET: Final = "alert-quiet"
_FROM: Final = "alert-quiet-from"
_TO: Final = "alert-quiet-to"
_CLOCK: Final = tuple(range(0, 24 * 60, 30))
"""Minutes after midnight that can be chosen."""
_EVENING: Final = 22 * 60
_MORNING: Final = 7 * 60


def draw_choices() -> None:
    """Draw the choices; each is stored as soon as it is made."""
    view = addresses.overview()
    alert.show(_FAILURE.pop())
    st.number_input(
        _("Tell me when an instance is offline for longer than (minutes)"),
        min_value=choices.LEAST_MINUTES,
        max_value=choices.MOST_MINUTES,
        value=view.offline_minutes,
        step=1,
        key=_MINUTES,
        on_change=_store_minutes,
    )
    names = names_of(instances.list_instances())
    if names:
        st.multiselect(
            _("Tell me nothing about"),
            list(names),
            default=[each for each in view.muted if each in names],
            key=_MUTED,
            format_func=names.__getitem__,
            on_change=_store_muted,
            placeholder=_("No instance: I am told about all"),
        )
    _draw_quiet(view.quiet)


def _draw_quiet(hours: QuietHours | None) -> None:
    on = st.toggle(
        _("Quiet hours: what happens in them is told afterwards"),
        value=hours is not None,
        key=_QUIET,
        on_change=_store_quiet,
    )
    if on:
        with st.container(horizontal=True):
            _draw_clock(_("Begins at"), _FROM, hours.start if hours else _EVENING)
            _draw_clock(_("Ends at"), _TO, hours.end if hours else _MORNING)


def _draw_clock(label: str, key: str, minutes: int) -> None:
    # Not a time input: its parts are smaller than a finger.
    st.selectbox(
        label,
        _CLOCK,
        index=_CLOCK.index(minutes) if minutes in _CLOCK else 0,
        key=key,
        format_func=lambda each: f"{each // 60:02}:{each % 60:02}",
        on_change=_store_quiet,
        width=140,
    )


def _store_minutes() -> None:
    _try(lambda: choices.set_offline_minutes(int(st.session_state[_MINUTES])))


def _store_muted() -> None:
    _try(lambda: choices.mute(st.session_state[_MUTED]))


def _store_quiet() -> None:
    zone = st.context.timezone or ""
    hours = None
    if st.session_state[_QUIET]:
        chosen = st.session_state
        hours = QuietHours(chosen.get(_FROM, _EVENING), chosen.get(_TO, _MORNING), zone)
    _try(lambda: choices.set_quiet_hours(hours, zone=zone))


def _try(store: Callable[[], None]) -> None:
    if problem := alert.problem_of(store):
        _FAILURE.set(problem)
