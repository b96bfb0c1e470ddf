"""A button that copies a short text: selecting one with a thumb is hard."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.i18n import _

# Without https there is no clipboard but the old command; without that the text is at least selected.
_SCRIPT: Final = """
const SAID_MS = 2500

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    field.value = text
    field.style.position = 'fixed'
    field.style.opacity = 0
    document.body.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}

function select(of) {
  const place = document.querySelector(of)
  if (place) window.getSelection().selectAllChildren(place)
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector('button')
  const words = button.querySelector('.wa-copy-words')
  const say = (text) => { if (words.textContent !== text) words.textContent = text }
  button.label = data.label
  if (!button.timer) say(button.label)
  button.onclick = async () => {
    const done = await copied(data.text)
    say(done ? data.done : data.selected)
    button.focus() // the old command took the focus away
    if (!done) select(data.of)
    clearTimeout(button.timer)
    button.timer = setTimeout(() => { button.timer = 0; say(button.label) }, SAID_MS)
  }
}
"""
_BUTTON: Final = """
<button type="button" class="wa-copy">
  <span class="wa-symbol" aria-hidden="true">content_copy</span>
  <span class="wa-copy-words" aria-live="polite"></span>
</button>
"""


def draw_copy_button(label: str, text: str, *, of: str, key: str) -> None:
    """Draw a button called ``label`` that copies ``text``, shown where the CSS selector ``of`` is."""
    component = st.components.v2.component("copy_button", html=_BUTTON, js=_SCRIPT, isolate_styles=False)
    data = {
        "label": label,
        "text": text,
        "of": of,
        "done": _("Copied ✓"),
        "selected": _("Selected: copy it now"),
    }
    with st.container(key=key):
        component(data=data, key=f"{key}-button", height="content")
