"""The light of a restriction by WhatsApp: what is known since when, what can still be done, and the pause."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.health.sending import Restriction, RestrictionLight
from core.models.instance import InstanceView
from core.services.health import restriction
from pages.ui.formats import format_time
from pages.ui.i18n import _, ngettext
from pages.ui.state import Slot
from pages.ui.texts.health import BAN_CAUSES
from pages.ui.widgets import alert

_FAILURE: Final = Slot("restriction-failure", str)
_ASKING: Final = Slot("restriction-asking", str)
"""Id of the instance whose owner is asked whether to end the pause."""


def draw_restriction_light(view: InstanceView) -> None:
    """Draw what is known of a restriction of ``view``; nothing while there is none."""
    known = view.sending.restriction
    if not (known.light or known.paused_until):
        return
    now = time.time()
    with st.container(key="restriction", gap="small"):
        match known.light:
            case RestrictionLight.SUSPECTED:
                st.warning(_suspicion(known, now=now), icon=":material/gpp_maybe:")
            case RestrictionLight.BANNED:
                st.markdown(_ban(known, now=now))
            case RestrictionLight.NONE:
                over = _("WhatsApp's restriction is over.")
                st.info(f"{over} {_pause(known, now=now)}", icon=":material/gpp_good:")
        if known.paused_until and known.light is not RestrictionLight.BANNED:
            _draw_go_on(view)
        alert.show(_FAILURE.pop())


def _suspicion(known: Restriction, *, now: float) -> str:
    since = format_time(known.since, now=now)
    facts = [_("WhatsApp may be restricting this number since {when}.").format(when=since)]
    if known.refused:
        refused = ngettext(
            "It refused messages to {count} new person (code 463).",
            "It refused messages to {count} new people (code 463).",
            known.refused,
        )
        facts.append(refused.format(count=known.refused))
    if known.passed:
        passed = ngettext(
            "In that time {count} message to people you already talk with went through.",
            "In that time {count} messages to people you already talk with went through.",
            known.passed,
        )
        facts.append(passed.format(count=known.passed))
    still = _("You can still write to people you already talk with, and answer who writes to you.")
    return "\n\n".join(filter(None, (" ".join(facts), f"**{still}**", _pause(known, now=now))))


def _ban(known: Restriction, *, now: float) -> str:
    since = format_time(known.since, now=now)
    if known.until is None:
        told = _("WhatsApp has restricted this number since {since}. It did not say until when.")
    elif known.until > now:
        told = _("WhatsApp has restricted this number since {since}, until {until}.")
    else:
        told = _("WhatsApp restricted this number from {since} until {until}. It has not connected since.")
    until = format_time(known.until, now=now) if known.until is not None else ""
    facts = [told.format(since=since, until=until)]
    if known.code in BAN_CAUSES:
        facts.append(_(BAN_CAUSES[known.code]))
    facts.append(_("Until it is over, nothing is sent or received here."))
    return " ".join(facts)


def _pause(known: Restriction, *, now: float) -> str:
    if known.paused_until is None:
        return ""
    until = format_time(known.paused_until, now=now)
    return _("To protect the number, messages to new contacts are paused until {until}.").format(until=until)


def _draw_go_on(view: InstanceView) -> None:
    """Draw the press that ends the pause, and the question that it leads to.

    In its place and not in a dialog: this part is drawn anew every few seconds, which would shut one.
    """
    if _ASKING.get() != view.id:
        label = _("Write to new contacts all the same")
        st.button(label, key="restriction-go-on", on_click=_ASKING.set, args=(view.id,))
        return
    with st.container(border=True, key="restriction-ask"):
        st.markdown(
            _(
                "Write to new contacts again? Each message that WhatsApp refuses can make a restriction "
                "longer. If it refuses another one, they are paused again."
            )
        )
        with st.container(horizontal=True):
            keep, end = _("Keep the pause"), _("End the pause")
            st.button(keep, key="restriction-keep", type="primary", on_click=_ASKING.clear)
            st.button(end, key="restriction-go-on-yes", on_click=_go_on, args=(view.id,))


def _go_on(instance_id: str) -> None:
    _ASKING.clear()
    _FAILURE.set(alert.problem_of(lambda: restriction.allow_new_contacts(instance_id)))
