"""Name, about and picture of a number: one form, and what is saved of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.models.profile.own_profile import ABOUT_LIMIT, NAME_LIMIT, OwnProfile
from core.services import safe_image
from core.services.profile import own_profile
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.face import face_html

SAVED: Final = Slot("profile-saved", str)
"""Id of the instance whose form is to be saved: its button was pressed."""
_NAME: Final = "profile-name"
_ABOUT: Final = "profile-about"
_UPLOADS: Final = Slot("profile-uploads", int)
"""How many pictures were saved: each has an uploader of its own, since none can be emptied."""
_MEGABYTE: Final = 1024**2
_ABOUT_HEIGHT: Final = 80
"""Pixels; three lines."""


Step: TypeAlias = Callable[[], object]
"""Something to be done at WhatsApp."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a press."""

    problems: tuple[str, ...] = ()
    """Why something was not changed, as Markdown."""
    saved: bool = False
    unchanged: bool = False
    """There was nothing to save."""
    at: float = 0.0
    """When it was done, in seconds (monotonic)."""


def fill_in(profile: OwnProfile) -> None:
    """Put what WhatsApp says into the form. Before it is drawn."""
    st.session_state[_NAME] = profile.name
    st.session_state[_ABOUT] = profile.about or ""


def draw_form(view: InstanceView, profile: OwnProfile, *, result: Result) -> None:
    """Draw the picture of the number and the form; what came of the last press stands above the button."""
    offline = view.state is not InstanceState.CONNECTED
    with st.form("profile-form", border=False):
        with st.container(horizontal=True, vertical_alignment="center", key="profile-face"):
            picture = safe_image.address(safe_image.face(profile.picture)) if profile.picture else ""
            st.html(face_html(profile.name or view.name, seed=view.id, picture=picture), width="content")
            st.caption(_("This is how the number looks to others."))
        st.text_input(
            _("Name that others see"),
            key=_NAME,
            max_chars=NAME_LIMIT,
            autocomplete="off",
            disabled=offline,
        )
        st.text_area(
            _("About"),
            key=_ABOUT,
            max_chars=ABOUT_LIMIT,
            height=_ABOUT_HEIGHT,
            disabled=offline,
        )
        with st.container(key="profile-picture"):
            st.file_uploader(
                _("New picture: its middle is cut out as a square"),
                key=_uploader(),
                max_upload_size=own_profile.PICTURE_LIMIT // _MEGABYTE,
                disabled=offline,
            )
        for problem in result.problems:
            alert.show(problem)
        if result.saved:
            st.success(_("Saved at WhatsApp."), icon=":material/check_circle:")
        elif result.unchanged:
            st.caption(_("Nothing was different, so nothing was saved."))
        st.form_submit_button(
            _("Save"),
            key="profile-save",
            type="primary",
            disabled=offline,
            on_click=SAVED.set,
            args=(view.id,),
        )


def save(view: InstanceView, before: OwnProfile | None, *, problem_of: Callable[[Step], str]) -> Result:
    """Save what differs from ``before``, one after the other; what fails stays typed. Blocks until then."""
    steps = _steps(view, before)
    problems: list[str] = []
    for label, step in steps:
        if problem := problem_of(step):
            problems.append(f"**{label}:** {problem}")
        elif label == _("Picture"):
            _UPLOADS.set(_UPLOADS.get() + 1)
    saved = len(steps) > len(problems)
    return Result(tuple(problems), saved=saved, unchanged=not steps, at=time.monotonic())


def _steps(view: InstanceView, before: OwnProfile | None) -> list[tuple[str, Step]]:
    name, about = (str(st.session_state.get(key) or "").strip() for key in (_NAME, _ABOUT))
    chosen: Any = st.session_state.get(_uploader())
    steps: list[tuple[str, Step]] = []
    if before is None or name != before.name:
        steps.append((_("Name"), partial(own_profile.set_name, view.id, name)))
    if before is None or about != (before.about or ""):
        steps.append((_("About"), partial(own_profile.set_about, view.id, about)))
    if chosen is not None:
        steps.append((_("Picture"), partial(own_profile.set_picture, view.id, chosen.getvalue())))
    return steps


def _uploader() -> str:
    return f"profile-picture-{_UPLOADS.get()}"
