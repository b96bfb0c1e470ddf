"""The cursor goes where the next thing is to be written, however far that is from what was pressed."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
const LOOKS = 20, LOOK_MS = 50

export default function ({ data }) {
  if (window.cursorTurn === data.turn) return
  window.cursorTurn = data.turn
  const pressed = document.activeElement
  let looks = 0, found = null
  const look = () => {
    const now = data.places.map((place) => document.querySelector(place)).find(Boolean)
    // The field may come late, or be drawn anew once; whoever went elsewhere meanwhile stays there.
    const active = document.activeElement
    const free = !active || active === document.body || active === pressed || active === found
    if (now && free && active !== now) {
      now.scrollIntoView({ block: 'center' })
      now.focus({ preventScroll: true })
      found = now
    }
    if (free && ++looks < LOOKS && window.cursorTurn === data.turn) setTimeout(look, LOOK_MS)
  }
  requestAnimationFrame(look)
}
"""


def put_cursor(turn: str, *keys: str) -> None:
    """Scroll to the first of ``keys`` that is on the page and put the cursor into its field, if it has one.

    Once for each ``turn``, however often that is drawn.
    """
    component = st.components.v2.component("put_cursor", js=_SCRIPT)
    fields = [f".st-key-{key} :is(textarea, input)" for key in keys]
    parts = [f".st-key-{key}" for key in keys]
    component(data={"turn": turn, "places": (*fields, *parts)}, key="put-cursor", height="content")
