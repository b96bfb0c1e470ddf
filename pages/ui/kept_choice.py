"""A file that is chosen while the connection is gone: Streamlit drops it, so it is handed in again later."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.i18n import _
from pages.ui.state import Slot

_SCRIPT: Final = """
const LOOK_MS = 300
const SETTLED_MS = 2000 // the connection is back for so long: the server has said what it has

function app() {
  return document.querySelector('[data-testid="stApp"]')?.dataset ?? {}
}

/** What was chosen last in each uploader of this tab. */
function choices() {
  if (window.fileChoices) return window.fileChoices
  const choices = new Map()
  window.fileChoices = choices
  const note = ({ target }) => {
    if (target.type !== 'file' || !target.files?.length) return
    const names = [...(target.closest('[class*="st-key-"]')?.classList ?? [])]
    const place = names.find((name) => name.startsWith('st-key-'))
    choices.clear() // one dialog at a time
    choices.set(place, { files: [...target.files], lost: false, taken: false, calmSince: performance.now() })
  }
  window.addEventListener('offline', () => { for (const choice of choices.values()) choice.lost = true })
  document.addEventListener('change', note, { capture: true, passive: true })
  return choices
}

function handIn(uploader, files) {
  for (const chip of uploader.querySelectorAll('[data-testid="stFileChip"]')) {
    if (!chip.querySelector('[data-testid="stFileChipIconError"]')) continue
    chip.querySelector('[data-testid="stFileChipDeleteBtn"] button, button')?.click()
  }
  const input = uploader.querySelector('input[type=file]')
  const carried = new DataTransfer()
  for (const file of files) carried.items.add(file)
  input.files = carried.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

export default function ({ data, parentElement }) {
  const place = `st-key-${data.key}`
  const all = choices()
  const say = (words) => { if (parentElement.textContent !== words) parentElement.textContent = words }
  parentElement.setAttribute('role', 'status')
  const look = () => {
    const choice = all.get(place)
    if (!choice) return say('')
    const { testConnectionState, testScriptState } = app()
    const connected = testConnectionState === 'CONNECTED' && navigator.onLine
    if (!connected) choice.lost = true
    if (!connected || testScriptState !== 'notRunning') choice.calmSince = performance.now()
    say(choice.lost ? data.words : '')
    if (performance.now() - choice.calmSince < (choice.lost ? SETTLED_MS : LOOK_MS)) return
    const uploader = document.querySelector(`.${place}`)
    const waits = uploader?.querySelector('[data-testid="stFileChipIconSpinner"]')
    if (waits) return
    if (data.taken) choice.taken = true
    else if (choice.lost && uploader) handIn(uploader, choice.files)
    else if (choice.taken) all.delete(place) // taken away by the person
    choice.lost = false
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  return () => clearInterval(timer)
}
"""


def keep_choice(key: str, *, taken: bool) -> None:
    """Hand in what was chosen in the uploader ``key`` when the connection was gone, once it is back.

    Meanwhile a line says so. ``taken``: the server has the file. Draw it after the uploader, each time.
    """
    component = st.components.v2.component("kept_choice", js=_SCRIPT, isolate_styles=False)
    # The number makes each draw new to the browser.
    draws = Slot(f"choices-{key}", int)
    draws.set(draws.get() + 1)
    words = _("The connection was lost. The file follows when it is back.")
    data = {"key": key, "taken": taken, "words": words, "draw": draws.get()}
    component(data=data, key=f"keep-{key}", height="content")
