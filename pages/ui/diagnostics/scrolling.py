"""Boxes of code that scroll, for the keyboard: Streamlit draws them so that none can reach them."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
export default function ({ data }) {
  let tries = 0
  const mark = () => {
    const box = document.querySelector(`.st-key-${data.key} pre`)
    if (!box) { if (++tries < 120) requestAnimationFrame(mark); return }
    box.tabIndex = 0
    box.setAttribute('role', 'region')
    box.setAttribute('aria-label', data.label)
  }
  mark()
}
"""


def reach_by_keyboard(key: str, label: str) -> None:
    """Let the keyboard scroll the code in the container ``key``; screen readers call it ``label``."""
    component = st.components.v2.component("reach_by_keyboard", js=_SCRIPT)
    component(data={"key": key, "label": label}, key=f"reach-{key}", height="content")
