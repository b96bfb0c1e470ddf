"""The visitor's account: the way out, and a warning while there is no password."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.services.state import current_visitor
from pages.ui.escape import isolated_html
from pages.ui.i18n import _, pick_language
from pages.ui.presentation import draw_switch


def know_visitor() -> None:
    """Let services ask whose page they work for."""
    current_visitor.set_current_login(_login)


def draw_account() -> None:
    """Draw the language picker and the way out, or a note that there is no password."""
    with st.container(key="account"):
        pick_language()
        draw_switch()
        with st.container(key="way-out"):
            _draw_open_warning()
            _draw_sign_out()


def _draw_sign_out() -> None:
    """Draw the button that signs out; nothing without a sign-in. A link would open a new tab."""
    visitor = current_visitor.signed_in()
    if visitor is None:
        return
    who = f'<span class="wa-who">{isolated_html(visitor.who)}</span>' if visitor.who else ""
    with st.container(key="sign-out"):
        if not current_visitor.open_without_password():
            _draw_way_out(_("Sign out"), who=who)
            return
        # A link is not remembered as a password is: who presses this by chance would stand outside.
        with st.popover(_("Sign out"), key="sign-out-asked"):
            st.markdown(_("To come back in you will need a new sign-in link, from whoever runs this app."))
            _draw_way_out(_("Sign out of this browser"), who=who)


def _draw_way_out(label: str, *, who: str = "", everywhere: bool = False) -> None:
    named = ' name="everywhere" value="1"' if everywhere else ""
    st.html(
        f'<form method="post" action="/logout" class="wa-sign-out">{who}'
        f"<button{named}>{escape(label)}</button></form>"
    )


def draw_sign_out_everywhere() -> None:
    """Draw the button that ends the sign-ins of all browsers; nothing for who did not sign in."""
    visitor = current_visitor.signed_in()
    if visitor is None:
        return
    with st.container(key="sign-out-everywhere"):
        _draw_way_out(_("Sign out on every device"), everywhere=True)


def _draw_open_warning() -> None:
    """Warn that there is no password."""
    if current_visitor.open_without_password():
        with st.container(key="no-password"):
            st.caption(
                ":material/lock_open: " + _("No password"),
                help=_(
                    "Only this computer gets in. To open the app from elsewhere, give it a password: "
                    "APP_PASSWORD."
                ),
            )


def _login() -> str:
    """Return what the authentication put there, not the browser."""
    return str(st.user.get("login") or "")
