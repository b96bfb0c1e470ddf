"""A link for the person with the phone, who is often not the one at the computer: made, sent, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.access import PairingLink
from core.models.instance import InstanceView
from core.services.pairing import links
from core.services.pairing.links import Reach
from pages.ui.escape import escape_html
from pages.ui.formats import format_clock
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.copy_button import draw_copy_button


@dataclass(frozen=True, slots=True)
class _Made:
    """The link that was made last in this visit: only here its address is known."""

    link_id: str = ""
    address: str = ""
    reach: Reach = Reach.ANYWHERE


_MADE: Final = Slot("pairing-link-made", _Made)
_FAILURE: Final = Slot("pairing-link-failure", str)
_MAKE: Final = "pairing-link"


def draw_pairing_link(view: InstanceView, *, now: float) -> None:
    """Draw the offer of a link to ``view``'s codes, or the link that works now."""
    if not links.offered():
        return
    link = links.link_of(view.id)
    with st.container(key="pairing-send", gap="small"):
        if link is None:
            _draw_offer(view)
        elif link.id == _MADE.get().link_id:
            _draw_link(view, link, _MADE.get(), now=now)
        else:
            _draw_link_of_before(view, link, now=now)
        alert.show(_FAILURE.pop())


def _draw_offer(view: InstanceView) -> None:
    words = _(
        "Is the phone with another person? Send them a link that shows only the codes of this instance."
    )
    _draw_words(words)
    _draw_make(view, _("Send a link to the number's owner"))


def _draw_link(view: InstanceView, link: PairingLink, made: _Made, *, now: float) -> None:
    words = _(
        "Send this address to the person with the phone. It opens without a password and shows only the "
        "codes of this instance."
    )
    _draw_words(words)
    with st.container(key="pairing-link-address"):
        st.html(f'<p class="wa-link" translate="no"><code>{escape_html(made.address)}</code></p>')
    _draw_reach(made.reach)
    _draw_standing(link, now=now)
    of, label = ".st-key-pairing-link-address code", _("Copy the link")
    draw_copy_button(label, made.address, of=of, key="pairing-link-copy")
    _draw_revoke(view)


def _draw_link_of_before(view: InstanceView, link: PairingLink, *, now: float) -> None:
    words = _(
        "A link to the codes of this instance works now. Its address was shown once, where it was made. For "
        "an address to send, make another link: this one then stops working."
    )
    _draw_words(words)
    _draw_standing(link, now=now)
    _draw_make(view, _("Make another link"))
    _draw_revoke(view)


def _draw_standing(link: PairingLink, *, now: float) -> None:
    """Draw whether the link was opened, and how long it works."""
    left = round(links.seconds_left(link))
    opened = _("not opened yet")
    if link.guest:
        opened = _("opened at {time}, in the one browser it works in").format(
            time=format_clock(link.opened_at, now=now)
        )
    valid = _("valid for {minutes}:{seconds} min").format(minutes=left // 60, seconds=f"{left % 60:02}")
    with st.container(key="pairing-link-standing"):
        st.html(f'<p class="wa-ends"><span>{escape_html(opened)}</span><span>{escape_html(valid)}</span></p>')


def _draw_reach(reach: Reach) -> None:
    """Say how far the address reaches, when that is not everywhere."""
    if reach is Reach.MACHINE:
        only = _("This link works only on this computer.")
        instead = _("For another person, open this app by its public address and make the link there.")
        st.warning(f"{only} {instead}", icon=":material/info:")
    elif reach is Reach.NETWORK:
        st.caption(_("This link works only in the same network as this app, such as the same Wi-Fi."))


def _draw_words(words: str) -> None:
    st.html(f'<p class="wa-lead">{escape_html(words)}</p>')


def _draw_make(view: InstanceView, label: str) -> None:
    st.button(label, key=_MAKE, icon=":material/share:", on_click=_make, args=(view.id,))


def _draw_revoke(view: InstanceView) -> None:
    label = _("Take the link back")
    st.button(label, key="pairing-link-revoke", icon=":material/link_off:", on_click=_revoke, args=(view.id,))


def _make(instance_id: str) -> None:
    def make() -> None:
        made, page = links.make_link(instance_id), st.context.url or ""
        _MADE.set(_Made(made.id, links.address_of(page, made), links.reach_of(page)))

    _FAILURE.set(alert.problem_of(make))


def _revoke(instance_id: str) -> None:
    _FAILURE.set(alert.problem_of(lambda: links.revoke_link(instance_id)))
