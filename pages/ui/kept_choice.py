"""A file that is chosen while the connection is gone: Streamlit drops it, so it is handed in later."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.ui.i18n import _
from pages.ui.state import Slot

_SCRIPT: Final = """
const LOOK_MS = 300
const SETTLED_MS = 2000 // nothing runs and the connection stands for so long: the server has said what it has

function app() {
  return document.querySelector('[data-testid="stApp"]')?.dataset ?? {}
}

/** What was chosen last in each uploader of this tab. */
function choices() {
  if (window.fileChoices) return window.fileChoices
  const choices = new Map()
  window.fileChoices = choices
  const note = ({ target }) => {
    if (choices.handing || target.type !== 'file' || !target.files?.length) return
    const names = [...(target.closest('[class*="st-key-"]')?.classList ?? [])]
    const place = names.find((name) => name.startsWith('st-key-'))
    choices.clear() // one dialog at a time
    const before = choices.answers?.[place]
    choices.set(place, { files: [...target.files], before, lost: false, calmSince: performance.now() })
  }
  window.addEventListener('offline', () => { for (const choice of choices.values()) choice.lost = true })
  document.addEventListener('change', note, { capture: true, passive: true })
  return choices
}

function handIn(uploader, choice) {
  for (const chip of uploader.querySelectorAll('[data-testid="stFileChip"]')) {
    if (!chip.querySelector('[data-testid="stFileChipIconError"]')) continue
    chip.querySelector('[data-testid="stFileChipDeleteBtn"] button, button')?.click()
  }
  const input = uploader.querySelector('input[type=file]')
  const carried = new DataTransfer()
  for (const file of choice.files) carried.items.add(file)
  input.files = carried.files
  choice.calmSince = performance.now()
  window.fileChoices.handing = true
  input.dispatchEvent(new Event('change', { bubbles: true }))
  window.fileChoices.handing = false
}

export default function ({ data, parentElement }) {
  const place = `st-key-${data.key}`
  const all = choices()
  all.answers = { [place]: data.answer }
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
    if (performance.now() - choice.calmSince < SETTLED_MS) return
    const uploader = document.querySelector(`.${place}`)
    const has = (part) => Boolean(uploader?.querySelector(`[data-testid="${part}"]`))
    if (!uploader) {
      all.delete(place)
      return say('')
    }
    if (has('stFileChipIconSpinner')) return
    // Another draw of the page may have come before the file was looked at: once more, then.
    const passedOver = has('stFileChip') && !has('stFileChipIconError') && !choice.again
    if (data.answer !== choice.before) all.delete(place)
    else if (choice.lost) handIn(uploader, choice)
    else if (passedOver) {
      choice.again = true
      handIn(uploader, choice)
    } else all.delete(place) // taken away by the person, or refused at once
    choice.lost = false
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  return () => clearInterval(timer)
}
"""


def keep_choice(key: str, *, answer: str) -> None:
    """Hand in what was chosen in the uploader ``key`` when the connection was gone, once it is back.

    Meanwhile a line says so. Once more, too, when the file arrived and was not looked at. ``answer``: another
    one for each file that was, whatever came of it. Draw it after the uploader, each time.
    """
    component = st.components.v2.component("kept_choice", js=_SCRIPT, isolate_styles=False)
    # The number makes each draw new to the browser.
    draws = Slot(f"choices-{key}", int)
    draws.set(draws.get() + 1)
    words = _("The connection was lost. The file follows when it is back.")
    data = {"key": key, "answer": answer, "words": words, "draw": draws.get()}
    component(data=data, key=f"keep-{key}", height="content")
