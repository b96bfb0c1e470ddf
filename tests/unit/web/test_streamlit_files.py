"""Files of the installed Streamlit, by the part of their name that no version changes."""

from __future__ import annotations

import pytest

from core.web.index_page import _SOON_NEEDED
from core.web.streamlit_files import streamlit_file


@pytest.mark.parametrize("name", _SOON_NEEDED)
def test_the_scripts_of_every_page_are_found(name: str) -> None:
    """Another version that calls them otherwise shows up here."""
    assert streamlit_file("js", f"{name}.*.js") is not None


def test_a_file_that_is_not_there_is_none() -> None:
    """A page goes without it."""
    assert streamlit_file("js", "NoSuchFile.*.js") is None
    assert streamlit_file("no-such-folder", "*") is None
