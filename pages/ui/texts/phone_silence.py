"""A phone that gives no sign, in plain words."""

from __future__ import annotations

from typing import Final

from core.models.instance import InstanceView, PhoneSilence
from pages.ui.i18n import N_, _

_NEXT: Final = {
    PhoneSilence.NOTED: N_("Read or send a message there. After 14 days WhatsApp disconnects this instance."),
    PhoneSilence.URGENT: N_(
        "Do it today: read or send a message there. After 14 days WhatsApp disconnects this instance."
    ),
}


def phone_is_silent(view: InstanceView, *, now: float) -> str:
    """Return what the owner is to do, and why; empty while the phone gives signs."""
    if view.phone_silence(now=now) is PhoneSilence.NONE:
        return ""
    silent = _("Open WhatsApp on the phone: it has not been seen for {days} days.")
    return silent.format(days=view.phone_silent_days(now=now))


def phone_next_step(silence: PhoneSilence) -> str:
    """Return how it is done, and what happens else; empty while the phone gives signs."""
    return _(_NEXT[silence]) if silence in _NEXT else ""
