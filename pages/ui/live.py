"""Parts of a page that redraw themselves when an instance changes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx

from core.errors import UnknownInstanceError
from core.models.topic import Topic
from core.services import instances
from pages.ui.presses import drop_late_request, pressed_elsewhere
from pages.ui.state import Slot

PAGE: Final = Slot("page", str)
"""The page that is drawn."""
ARRIVED: Final = Slot("arrived", bool)
"""Whether the page was not the one before; what makes use of it takes it away."""


def live_fragment(
    draw: Callable[[], None],
    *,
    part: str,
    every: float | None,
    topics: Collection[Topic] = (Topic.INSTANCES,),
    unseen: bool = False,
) -> None:
    """Draw with ``draw`` now, when one of ``topics`` changes, and at the latest after ``every`` seconds.

    Only while the page is looked at; with ``unseen`` now and then in a tab behind others too. ``every`` None:
    only when it is used. ``part`` names it, unique on its page. Only that part is redrawn; the whole page
    when the stored sessions become unavailable or the instance it shows is gone, so that the page says so.
    """

    def tick() -> None:
        context = get_script_run_ctx()
        if context and pressed_elsewhere(context):
            st.rerun()
        version = instances.version()
        if not instances.storage().ready:
            st.rerun()
        try:
            draw()
        except UnknownInstanceError:
            st.rerun()
        if every is not None:
            keep_following(part, every=every, version=version, topics=topics, unseen=unseen)

    # Streamlit names a fragment after its function and place. A late request of the page that was left must
    # not find one of the same name on the next page: its first step takes back what was drawn there.
    tick.__qualname__ = f"{PAGE.get()}/{part}"
    st.fragment(tick, key=part)()


def forget_parts() -> None:
    """Forget the parts of the page that was left, and what its browser asked for them since.

    To be called as soon as the next page is being drawn. The browser may ask for such a part still: a menu
    shuts after the press on a link beside it. Streamlit would answer after the next page, as one of the page
    before, and take all of the next one off the screen. Requests for parts that it does not know it drops.
    """
    if context := get_script_run_ctx():
        context.fragment_storage.clear(new_fragment_ids=context.shared.new_fragment_ids.snapshot())
        if context.script_requests:
            drop_late_request(context.script_requests, context.fragment_storage)


def redraw(*parts: str) -> None:
    """Draw these parts of the page next, beside those that are about to be drawn; all of it without any.

    For the callback of a press, as its last step: it does not come back.
    """
    context = get_script_run_ctx()
    about = context.fragment_ids_this_run if context else None
    drawn = [part for part in parts if context and _is_drawn(context.fragment_storage, part)]
    beside = pressed_elsewhere(context) if context else set()
    if not (about and drawn) or None in beside:
        st.rerun()
    try:
        st.rerun(drawn)
    except RerunException as asked:
        # It takes the place of the run that this is called in. What was to be drawn by that run, for another
        # press or a change that came at the same moment, would be forgotten.
        queue = dict.fromkeys((*asked.rerun_data.fragment_id_queue, *about, *filter(None, beside)))
        raise RerunException(replace(asked.rerun_data, fragment_id_queue=list(queue))) from None


def _is_drawn(storage: FragmentStorage, part: str) -> bool:
    try:
        return bool(storage.resolve_target(part))
    except StreamlitAPIException:
        return False


def keep_following(
    part: str, *, every: float, version: int, topics: Collection[Topic], unseen: bool = False
) -> None:
    """Draw the fragment that this is called in again after ``every`` seconds or a change past ``version``.

    ``version`` is ``instances.version()`` from before the fragment read what it drew.
    """
    component = st.components.v2.component("follower", js=_script())
    # The number of the draw makes each one new to the browser, which starts the timer again.
    draws = Slot(f"draws-{part}", int)
    draws.set(draws.get() + 1)
    key = f"timer-{part}"
    data = {"part": part, "every": every, "version": version, "topics": (*topics,), "draw": draws.get()}
    data["unseen"] = unseen
    component(data=data, key=key, on_due_change=lambda: _draw_due(part, key), height="content")


def _draw_due(part: str, key: str) -> None:
    """Draw what the browser asks for beside ``part``, which is drawn in any case."""
    follower = st.session_state.get(key)
    if follower is None:
        return  # its page was left while the request was on its way
    told = follower.get("due")
    parts = told.get("parts") if isinstance(told, dict) else None
    others = [each for each in parts if isinstance(each, str)] if isinstance(parts, list) else []
    context = get_script_run_ctx()
    if others[1:] or (context and pressed_elsewhere(context)):
        redraw(part, *others)


@cache
def _script() -> str:
    return Path(__file__).with_name("live.js").read_text(encoding="utf-8")
