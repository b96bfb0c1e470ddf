"""Streamlit's own words in the visitor's language: labels and hints that no argument sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from pages.ui.i18n import N_, _

_TEXT: Final = "text"
_LABELS: Final = ("aria-label", "title", "placeholder")


@dataclass(frozen=True, slots=True)
class _Area:
    """Where Streamlit speaks: only there is a word taken for one of its own, never in what people wrote."""

    at: str
    """CSS selector."""
    names: tuple[str, ...]
    """What is looked at: attributes, or the texts inside."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Msgids of what is said instead, by Streamlit's words."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """The same with ``{0}``, ``{1}`` for the groups of a regular expression."""


_AREAS: Final = (
    _Area(
        "button, input, textarea, section, nav, [role=button], [role=img], [role=region], [role=navigation], "
        "[role=listbox], [role=combobox], [role=dialog], [data-testid=stFileChip], [data-testid=stTopNav], "
        "[data-testid=stTooltipHoverTarget], [data-testid=stHeaderActionElements], "
        "[data-testid=stHeaderActionElements] a",
        _LABELS,
        {
            "Close": N_("Close"),
            "Dismiss": N_("Close"),
            "Open": N_("Show options"),
            "Clear value": N_("Clear"),
            "Clear entry": N_("Clear"),
            "Clear all": N_("Clear"),
            "Clear recording": N_("Discard the recording"),
            "Record": N_("Record"),
            "Start recording": N_("Record"),
            "Stop recording": N_("Stop recording"),
            "Reset": N_("Start over"),
            "Play": N_("Play"),
            "Pause": N_("Pause"),
            "Decrement": N_("Decrease"),
            "Increment": N_("Increase"),
            "Copy to clipboard": N_("Copy"),
            "Copied": N_("Copied"),
            "Fullscreen": N_("Full screen"),
            "Close fullscreen": N_("Leave full screen"),
            "Show/hide columns": N_("Choose columns"),
            "Download as CSV": N_("Download (CSV)"),
            "Search": N_("Search"),
            "Type to search": N_("Search"),
            "Close Search": N_("Close the search"),
            "Previous Result": N_("Previous result"),
            "Next Result": N_("Next result"),
            "Scrollable table": N_("Table"),
            "Pagination": N_("Pages"),
            "Previous page": N_("Previous page"),
            "Next page": N_("Next page"),
            "Show password text": N_("Show the password"),
            "Hide password text": N_("Hide the password"),
            "Show password": N_("Show the password"),
            "Hide password": N_("Hide the password"),
            "Collapse sidebar": N_("Hide the menu"),
            "Expand sidebar": N_("Show the menu"),
            "App pages": N_("Pages of the app"),
            "Main menu": N_("Menu"),
            "Help": N_("Help"),
            "Running...": N_("Working…"),
            "Scroll tabs left": N_("Earlier tabs"),
            "Scroll tabs right": N_("Later tabs"),
            "Selectbox": N_("Options"),
            "Selectbox options": N_("Options"),
            "Multiselect": N_("Options"),
            "Multiselect options": N_("Options"),
            "Selected values": N_("Options"),
            "Upload": N_("Choose a file"),
            "file upload": N_("File"),
            "Add files": N_("Choose another file"),
            "Link to heading": N_("Link to this heading"),
            "Choose an option": N_("Choose"),
            "Choose options": N_("Choose"),
        },
        {
            r"^Help for (.+)$": N_("Help: {0}"),
            r"^Fullscreen: (.+)$": N_("Full screen: {0}"),
            r"^Show/hide columns: (.+)$": N_("Choose columns: {0}"),
            r"^Download as CSV: (.+)$": N_("Download (CSV): {0}"),
            r"^Search: (.+)$": N_("Search: {0}"),
            r"^Page (\d+)$": N_("Page {0}"),
            r"^(.+), (\d+)([KMGT]?B)$": "{0}, {1} {2}",
            r"^(.+), (\d+)\.(\d+)([KMGT]?B)$": N_("{0}, {1}.{2} {3}"),
            r"^Remove (.+)$": N_("Remove {0}"),
        },
    ),
    _Area(
        '[data-testid="stFileUploader"], [data-testid="stFileUploaderFile"]',
        (_TEXT,),
        {
            "Upload": N_("Choose a file"),
            "Drag and drop a file here": N_("Drop the file here"),
            "Drag and drop files here": N_("Drop the files here"),
        },
        {
            r"^([\d.]+)([KMGT]?B) per file$": N_("Up to {0} {1}"),
            r"^(\d+)([KMGT]?B)$": "{0} {1}",
            r"^(\d+)\.(\d+)([KMGT]?B)$": N_("{0}.{1} {2}"),
            r"^File must be ([\d.]+)([KMGT]?B) or smaller\.$": N_("This file is too large: at most {0} {1}."),
            r"^(\S+) files are not allowed\.$": N_("Files of this type cannot be sent: {0}"),
        },
    ),
    _Area(
        '[data-testid="stSkipToContent"], [data-testid="stStatusWidget"], [data-testid="InputInstructions"], '
        '[data-testid="stAudioInput"], [data-testid="stWidgetLabelRequired"], '
        '[data-testid="stTooltipContent"], [data-testid="stTooltipErrorContent"]',
        (_TEXT,),
        {
            "(required)": N_("(required)"),
            "Skip to main content": N_("Skip to the content"),
            "Stop": N_("Stop"),
            "Connecting": N_("Connecting…"),
            "Error": N_("No connection"),
            "Rerun": N_("Try again"),
            "Press Enter to apply": N_("Press Enter to confirm"),
            "Press Enter to submit form": N_("Press Enter to confirm"),
            "Press Ctrl+Enter to apply": N_("Press Ctrl+Enter to confirm"),
            "Press Ctrl+Enter to submit form": N_("Press Ctrl+Enter to confirm"),
            "Press ⌘+Enter to apply": N_("Press ⌘+Enter to confirm"),
            "This app would like to use your microphone.": N_("Allow the microphone in the browser."),
            "Learn how to allow access.": N_("How to allow it"),
            "An error has occurred, please try again.": N_("Something went wrong. Try again."),
            "Copy to clipboard": N_("Copy"),
            "Copied": N_("Copied"),
            "Fullscreen": N_("Full screen"),
            "Close fullscreen": N_("Leave full screen"),
            "Show/hide columns": N_("Choose columns"),
            "Download as CSV": N_("Download (CSV)"),
            "Search": N_("Search"),
        },
    ),
    _Area(
        '[role="dialog"]',
        (_TEXT,),
        {
            "Connection error": N_("No connection to the app"),
            "Streamlit server is not responding. Are you connected to the internet?": N_(
                "The app does not answer. Check the internet connection."
            ),
            "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your "
            "terminal:": N_("The app does not answer. If it was stopped, start it again."),
            "Connection timed out.": N_("The app does not answer just now. This page keeps trying."),
            "Connection lost. Please wait for the app to reconnect, then try again.": N_(
                "The connection was lost. Wait until the app is back and try again."
            ),
            "Page not found": N_("Page not found"),
            "The page that you have requested does not seem to exist. Running the app's main page.": N_(
                "There is no page at this address. Here is the first one."
            ),
        },
        {
            r"^Connection failed with status \d+(\.|, and response:)$": N_(
                "The app does not answer just now. This page keeps trying."
            ),
        },
    ),
    _Area(
        '[data-testid="stDataFrameColumnMenu"], [data-testid="stDataFrameColumnVisibilityMenu"]',
        (_TEXT,),
        {
            "Sort ascending": N_("Sort ascending"),
            "Sort descending": N_("Sort descending"),
            "Format": N_("Format"),
            "Autosize": N_("Fit the width"),
            "Pin column": N_("Pin the column"),
            "Unpin column": N_("Unpin the column"),
            "Hide column": N_("Hide the column"),
            "Statistics": N_("Statistics"),
            "Copy column name": N_("Copy the name"),
            "Select all": N_("All"),
        },
    ),
    _Area('[role="listbox"]', (_TEXT,), {"No results": N_("Nothing found.")}),
    _Area(
        "[data-live-announcer]",
        (_TEXT,),
        shapes={
            r"^(\d+) options? available\.$": N_("Options: {0}"),
            r"^(.+), selected$": N_("{0}: chosen"),
        },
    ),
)


def draw_streamlit_words() -> None:
    """Let the browser say Streamlit's own words in the session's language; once on every page.

    The same script keeps a page alive that the browser itself translates.
    """
    component = st.components.v2.component("streamlit_words", js=_script())
    component(data={"rules": tuple(_rule(area) for area in _AREAS)}, key="streamlit-words", height="content")


def _rule(area: _Area) -> dict[str, object]:
    words = {theirs: _(ours) for theirs, ours in area.words.items()}
    shapes = [(shape, _groups(_(ours))) for shape, ours in area.shapes.items()]
    return {"at": area.at, "names": list(area.names), "words": words, "shapes": shapes}


def _groups(words: str) -> str:
    """Return ``words`` as JavaScript replaces with them: ``$1`` for the first group."""
    for number in range(4):
        words = words.replace(f"{{{number}}}", f"${number + 1}")
    return words


@cache
def _script() -> str:
    return Path(__file__).with_name("streamlit_words.js").read_text(encoding="utf-8")
