"""Ways from one page to another: the addresses of instances and conversations, and their parameters."""

from __future__ import annotations

from typing import Final, NoReturn

import streamlit as st

INSTANCE_ID: Final = "id"
"""In a page's address: the instance that it shows, or that a message is sent from."""
CONVERSATION_ID: Final = "c"
"""In the address of the page of conversations: the one that is open."""
VIEW: Final = "view"
"""In the same: what else it shows than conversations."""
LOG: Final = "log"
NEW: Final = "new"
"""Views: the log of an instance; whom to write to."""


IMPORT: Final = "import"
"""The address of the page where sessions of other systems come in."""


def address_of(instance_id: str) -> dict[str, str]:
    """Return the parameters of an address that names an instance."""
    return {INSTANCE_ID: instance_id}


def conversation_address(instance_id: str, conversation_id: str) -> dict[str, str]:
    """Return the parameters of an address that names a conversation of an instance."""
    return {INSTANCE_ID: instance_id, CONVERSATION_ID: conversation_id}


def new_conversation_address(instance_id: str) -> dict[str, str]:
    """Return the parameters of an address where a conversation of an instance is begun."""
    return {INSTANCE_ID: instance_id, VIEW: NEW}


def go_to_instance(instance_id: str) -> NoReturn:
    """Leave the page for that of one instance; ends the script."""
    st.switch_page("instance.py", query_params=address_of(instance_id))


def go_to_instances() -> NoReturn:
    """Leave the page for the list; ends the script."""
    _go_to("instances.py")


def go_to_import() -> NoReturn:
    """Leave the page for the one where sessions of other systems come in; ends the script."""
    _go_to("import.py")


def _go_to(page: str) -> NoReturn:
    # Without parameters of its own it would clear the address, which Streamlit refuses, with an exception,
    # while the language or the presentation mode stands in it.
    st.switch_page(page, query_params={})
