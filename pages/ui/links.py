"""Ways from one page to another: the address of an instance, and its parameter."""

from __future__ import annotations

from typing import Final, NoReturn

import streamlit as st

INSTANCE_ID: Final = "id"
"""In a page's address: the instance that it shows, or that a message is sent from."""


def address_of(instance_id: str) -> dict[str, str]:
    """Return the parameters of an address that names an instance."""
    return {INSTANCE_ID: instance_id}


def go_to_instance(instance_id: str) -> NoReturn:
    """Leave the page for that of one instance; ends the script."""
    st.switch_page("instance.py", query_params=address_of(instance_id))


def go_to_instances() -> NoReturn:
    """Leave the page for the list; ends the script."""
    st.switch_page("instances.py")
