"""Parts of a page that follow the instances by themselves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import UnknownInstanceError
from core.services import instances

# Streamlit's own timer (``run_every``) knows nothing of what the visitor does: a tick that is sent just after
# a press on a link overtakes it in the server's queue, and the press is lost or the old page drawn into the
# new one. This timer waits while anything was just pressed, or runs.
_TIMER = """
const CALM_MS = 400
function hands() {
  if (!window.wasPressed) {
    window.wasPressed = { at: 0 }
    const note = () => { window.wasPressed.at = performance.now() }
    for (const kind of ['pointerdown', 'click', 'keydown', 'popstate']) {
      window.addEventListener(kind, note, { capture: true, passive: true })
    }
  }
  return window.wasPressed
}
function busy() {
  const app = document.querySelector('[data-testid="stApp"]')
  const calm = performance.now() - hands().at > CALM_MS
  return !calm || document.hidden || app?.dataset.testScriptState !== 'notRunning'
}
export default function ({ data, parentElement, setTriggerValue }) {
  hands()
  clearTimeout(parentElement.timer)
  const tick = () => {
    if (!parentElement.isConnected) return
    if (busy()) parentElement.timer = setTimeout(tick, 60)
    else setTriggerValue('due', performance.now())
  }
  parentElement.timer = setTimeout(tick, data.every * 1000)
  return () => clearTimeout(parentElement.timer)
}
"""


def follow(draw: Callable[[], None], *, part: str, every: float | None) -> None:
    """Draw with ``draw`` now and again every ``every`` seconds while somebody looks; None: when it is used.

    ``part`` names it, unique on its page. Only that part is redrawn; the whole page when the stored sessions
    become unavailable or the instance it shows is gone, so that the page says so.
    """

    def tick() -> None:
        if not instances.storage().ready:
            st.rerun()
        try:
            draw()
        except UnknownInstanceError:
            st.rerun()
        if every is not None:
            keep_following(part, every=every)

    st.fragment(tick)()


def keep_following(part: str, *, every: float) -> None:
    """Draw the fragment that this is called in again in ``every`` seconds."""
    component = st.components.v2.component("timer", js=_TIMER)
    # The number of the draw makes each one new to the browser, which starts the timer again.
    number = st.session_state[f"draws-{part}"] = st.session_state.get(f"draws-{part}", 0) + 1
    data = {"every": every, "draw": number}
    component(data=data, key=f"timer-{part}", on_due_change=lambda: None, height="content")
