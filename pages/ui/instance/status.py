"""The state of an instance in words: a badge, its number, since when, and what to do."""

from __future__ import annotations

import time

import streamlit as st

from core.models.health.sending import SendingTrouble
from core.models.instance import InstanceState, InstanceView
from pages.ui.badge import badge_html, view_badge_html
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_age, format_time, seconds_left
from pages.ui.i18n import _, ngettext
from pages.ui.instance.restriction import is_waiting
from pages.ui.presentation import shown_number
from pages.ui.texts.instance_states import BY_HAND, moved_out, view_message
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert

_ALARMING = frozenset({InstanceState.LOGGED_OUT, InstanceState.FAILED})
_COUNTED_S = 90
"""A next try is counted down from here; before, its time of day is said."""


def draw_status(view: InstanceView) -> None:
    """Draw the state of ``view``, why it is so, and what its owner does next."""
    now = time.time()
    with st.container(key="status", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="status-facts"):
            st.html(view_badge_html(view), width="content")
            if view.phone:
                st.markdown(f"**{escape_markdown(shown_number(view.phone))}**", width="content")
            st.markdown(small(escape_markdown(_times(view, now=now))), width="content")
        text = _explanation(view, now=now)
        if view.sending.trouble is not None:
            alert.show(_trouble(view, view.sending.trouble, now=now))
        elif is_waiting(view):
            st.caption(text)
        elif view.state in _ALARMING and view.reason not in BY_HAND:
            alert.show(text)
        elif view.reason:
            st.warning(text, icon=":material/info:")
        elif moved_out(view):
            st.warning(text, icon=":material/output:")
        elif not view.sending.restriction.light:  # else what stands below tells more than "all good"
            st.markdown(text)


def draw_pairing_status(view: InstanceView) -> None:
    """Draw what went wrong with a linking. What is to be done its card shows; the word is for who listens."""
    with st.container(key="status", gap="small"):
        st.html(f'<div class="wa-unseen">{badge_html(view.state, view.reason, view.detail)}</div>')
        if view.reason:
            st.warning(_explanation(view, now=time.time()), icon=":material/info:")


def _trouble(view: InstanceView, trouble: SendingTrouble, *, now: float) -> str:
    """Return what does not get through, why, and what to do, as Markdown."""
    told = ngettext(
        "{count} message did not get through ({when}).",
        "{count} messages in a row did not get through, since {when}.",
        trouble.failures,
    )
    facts = [told.format(count=trouble.failures, when=format_time(trouble.since, now=now))]
    facts.append(outcome_message(trouble.reason).what)
    facts.append(
        _("Press “Test now”. If it fails, press “Restart”, and check on the phone that WhatsApp works there.")
    )
    return " ".join(facts)


def _times(view: InstanceView, *, now: float) -> str:
    times = [_("in this state since {when}").format(when=format_time(view.since, now=now))]
    if view.state is InstanceState.CONNECTED and view.last_data_at is not None:
        heard = _("last heard from WhatsApp {ago}")
        times.append(heard.format(ago=format_age(view.last_data_at, now=now)))
    return " · ".join(times)


def _explanation(view: InstanceView, *, now: float) -> str:
    """Return cause, times and what to do, as Markdown."""
    message = view_message(view)
    facts = [message.what]
    if view.next_try_at is not None and (wait := seconds_left(view.next_try_at, now=now)):
        if wait > _COUNTED_S:
            facts.append(_("Next try: {when}.").format(when=format_time(view.next_try_at, now=now)))
        else:
            facts.append(_("Next try in {seconds} s.").format(seconds=wait))
    return " ".join((*facts, message.next_step)).strip()
