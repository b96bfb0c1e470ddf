"""What only a script in the browser can do to the document around the app."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.i18n import PICKER, _, chosen_label, language_tag
from pages.ui.presentation import SWITCH, is_on

_LANGUAGE = """
const LOOK_AGAIN_MS = 100 // what is to be marked may still be on its way
const LOOKS = 100

function markNavigation(data) {
  for (const key of data.navigation) {
    const part = document.querySelector(`.st-key-${key}`)
    part?.setAttribute('role', 'navigation')
    part?.setAttribute('aria-label', data.label_of_navigation)
    for (const link of part?.querySelectorAll('a') ?? []) {
      const here = data.links.some((each) => link.closest(`.st-key-${each}`))
      if (here) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
  }
  return data.links.every((key) => document.querySelector(`.st-key-${key} a`))
}

export default function ({ data, parentElement }) {
  document.documentElement.lang = data.tag
  clearInterval(parentElement.looking)
  if (!markNavigation(data)) {
    let looks = 0
    parentElement.looking = setInterval(() => {
      if (markNavigation(data) || ++looks > LOOKS) clearInterval(parentElement.looking)
    }, LOOK_AGAIN_MS)
  }
  for (const [name, on] of data.remembered) {
    if (on !== document.cookie.split('; ').includes(`${name}=1`))
      document.cookie = `${name}=1; path=/; samesite=lax${on ? '' : '; max-age=0'}`
  }
  const address = new URL(window.location.href)
  const lost = data.kept.filter(([name, value]) => address.searchParams.get(name) !== value)
  if (!lost.length) return
  for (const [name, value] of lost) address.searchParams.set(name, value)
  window.history.replaceState(window.history.state, '', address)
}
"""
_FOCUS = """
export default function ({ data, parentElement }) {
  if (parentElement.wasFocused) return
  parentElement.wasFocused = true
  requestAnimationFrame(() => document.querySelector(`.st-key-${data.key} input`)?.focus())
}
"""
_FOCUS_BUTTON = """
const LEAVE_MS = 1000 // meanwhile what was pressed goes, and the dialog gives the focus to its first button
const LOOK_MS = 50

export default function ({ data, parentElement }) {
  const before = parentElement.turn ?? data.turn // what was there before this part counts for nothing
  parentElement.turn = data.turn
  if (data.turn <= before) return
  const end = performance.now() + LEAVE_MS
  const look = () => {
    const now = document.activeElement
    if (now?.matches('input:not([type=radio]), textarea')) return // whoever writes already stays there
    const button = document.querySelector(`.st-key-${data.key} button`)
    if (now !== button) button?.focus()
    if (performance.now() < end) setTimeout(look, LOOK_MS)
  }
  look()
}
"""
_ENTER = """
export default function ({ data, parentElement }) {
  const press = (event) => {
    if (event.key !== 'Enter' || event.isComposing || !event.target.closest?.(`.st-key-${data.field}`)) return
    // First what is typed goes to the server, then the press.
    requestAnimationFrame(() => document.querySelector(`.st-key-${data.button} button:enabled`)?.click())
  }
  document.removeEventListener('keydown', parentElement.press)
  parentElement.press = press
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}
"""
_SHOW = """
export default function ({ data, parentElement }) {
  if (parentElement.shown === data.turn) return
  parentElement.shown = data.turn
  const look = () => document.querySelector(`.st-key-${data.key}`)?.scrollIntoView({ block: 'nearest' })
  requestAnimationFrame(() => requestAnimationFrame(look))
}
"""


def tell_document(page: str, *, links: Sequence[str]) -> None:
    """Tell the browser the session's language, and screen readers where the ways between pages are.

    The language goes into ``<html lang>``, for screen readers and translators. Like presentation mode, which
    the browser remembers until it is closed, it also goes into the address, which loses it at a switch to
    another ``page`` (any text that names it). ``links`` are the keys of those to it.
    """
    component = st.components.v2.component("document_language", js=_LANGUAGE)
    data = {
        "tag": language_tag(),
        "kept": (*_kept().items(),),
        "remembered": ((SWITCH, is_on()),),
        "page": page,
        "navigation": ("rail-links", "bottom-bar"),
        "links": (*links,),
        "label_of_navigation": _("Pages of the app"),
    }
    component(data=data, key="document-language", height="content")


def _kept() -> dict[str, str]:
    """Return what the address has to say on every page, by parameter."""
    kept = {PICKER: chosen_label(), SWITCH: "true" if is_on() else ""}
    return {name: value for name, value in kept.items() if value}


def focus(key: str) -> None:
    """Put the cursor into the text input ``key``, once, when it first appears."""
    component = st.components.v2.component("focus_input", js=_FOCUS)
    component(data={"key": key}, key=f"focus-{key}", height="content")


def focus_button(key: str, *, turn: int) -> None:
    """Put the focus on the button ``key``, once for each ``turn`` above the one it began with."""
    component = st.components.v2.component("focus_button", js=_FOCUS_BUTTON)
    component(data={"key": key, "turn": turn}, key=f"focus-{key}", height="content")


def press_on_enter(field: str, *, button: str) -> None:
    """Let the Enter key in the text input ``field`` press ``button``, where a form has no use: both keys."""
    component = st.components.v2.component("press_on_enter", js=_ENTER)
    component(data={"field": field, "button": button}, key=f"enter-{field}", height="content")


def bring_into_view(key: str, *, turn: int) -> None:
    """Scroll as far as it takes to see what has that ``key``, once for each new ``turn``."""
    component = st.components.v2.component("bring_into_view", js=_SHOW)
    component(data={"key": key, "turn": turn}, key=f"show-{key}", height="content")
