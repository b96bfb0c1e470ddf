"""What WhatsApp says of a number: whether it is there, whom it belongs to, and under which spelling."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.models.recipients import NumberLookup
from core.services import recipients, safe_image
from core.services.phone_numbers import PhoneNumber
from core.services.visible import seen
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.i18n import _
from pages.ui.presentation import covered, shown_number
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.picture import draw_picture

_YES_KEPT_S: Final = 600.0
_NO_KEPT_S: Final = 20.0
"""Only so that a page that is drawn again does not ask again; a send always does."""
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Lookup:
    """What WhatsApp said of a number, and when (seconds since the epoch)."""

    at: float
    answer: NumberLookup

    @property
    def is_fresh(self) -> bool:
        """Return whether it still counts; a no is soon out of date: people join."""
        return time.time() - self.at < (_YES_KEPT_S if self.answer.exists else _NO_KEPT_S)


_LOOKUPS: Final = Slot("send-checked", dict[tuple[str, str], Lookup])
"""By instance and digits, of this visit."""


def look_up(instance_id: str, digits: str, *, to_send: bool = False) -> NumberLookup | None:
    """Return what WhatsApp says of the number, asked once in a while; None when it cannot be asked now.

    ``to_send``: something leaves for it now, so that an earlier no is asked again.
    """
    lookups = _LOOKUPS.keep()
    earlier = lookups.get((instance_id, digits))
    if earlier is not None and earlier.is_fresh and (earlier.answer.exists or not to_send):
        return earlier.answer

    def ask() -> None:
        lookups[instance_id, digits] = Lookup(time.time(), recipients.check(instance_id, digits))

    if not instance_id or alert.problem_of(ask, passing=(InvalidInputError,)):
        return None
    answer = lookups[instance_id, digits].answer
    while len(lookups) > _MOST:
        del lookups[next(iter(lookups))]
    return answer


def last_lookup(instance_id: str, digits: str) -> Lookup | None:
    """Return what was said of the number in this visit; asks nothing."""
    return _LOOKUPS.get().get((instance_id, digits))


def draw_check(instance_id: str, number: PhoneNumber) -> NumberLookup | None:
    """Draw whom a message to ``number`` reaches, or that it is not on WhatsApp; return the answer."""
    answer = look_up(instance_id, number.digits)
    if answer is not None and not answer.exists:
        shown = f"**{escape_markdown(covered(number.shown))}**"
        with st.container(key="send-checked-no"):
            st.error(_("{number} is not on WhatsApp.").format(number=shown), icon=":material/person_off:")
        return answer
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-checked-yes"):
        alert.draw_or_show(lambda: _draw_answer(answer, number))
    return answer


def _draw_answer(answer: NumberLookup | None, number: PhoneNumber) -> None:
    """Draw whom the message reaches, under the number by which WhatsApp knows them."""
    if answer is not None and answer.picture:
        draw_picture(safe_image.face(answer.picture), width=40, alt=_("Profile picture"))
    differs = answer is not None and answer.number != number.digits
    form = shown_number(answer.number) if answer is not None and differs else covered(number.shown)
    shown = f"**{escape_markdown(form)}**"
    if answer is not None and seen(answer.name):
        shown += f" ({isolated_markdown(answer.name)})"
    mark = ":material/verified: " if answer is not None else ""
    st.caption(mark + _("The message goes to {number}.").format(number=shown))
