// The browser's own notifications about trouble: off until somebody presses the button, in this browser alone.

const ON = 'notifications' // in the browser's storage, for all tabs: whether they are wanted,
const TOLD = 'notified' // and what was told already

const told = () => JSON.parse(localStorage.getItem(TOLD) ?? '[]')

/** Whether they are wanted here and the browser would show them: it may have been told no since. */
async function wanted() {
  if (localStorage.getItem(ON) !== 'on' || !globalThis.Notification) return false
  return (await navigator.permissions.query({ name: 'notifications' })).state === 'granted'
}

/** Show one. Throws where only an installed app may, as on Android. */
function show(title, note = {}) {
  const icon = document.querySelector('link[rel~="icon"]')?.href
  const shown = new Notification(title, { body: note.text, tag: note.id, icon })
  shown.onclick = () => {
    window.focus()
    if (note.address) window.location.assign(note.address)
    shown.close()
  }
}

/** Tell what is new, once in this browser however many tabs there are. */
async function tell({ title, notes }) {
  const before = told()
  localStorage.setItem(TOLD, JSON.stringify(notes.map(({ id }) => id))) // first: another tab may be as quick
  const fresh = notes.filter(({ id }) => !before.includes(id))
  if (fresh.length && (await wanted())) for (const note of fresh) show(title, note)
}

async function turn({ title, words }) {
  if (await wanted()) {
    localStorage.setItem(ON, 'off')
    return ''
  }
  if (!globalThis.isSecureContext || !globalThis.Notification) return words.impossible
  if ((await Notification.requestPermission()) !== 'granted') return words.refused
  try {
    show(title, { text: words.first, id: 'first' })
  } catch {
    return words.impossible
  }
  localStorage.setItem(ON, 'on')
  return words.first
}

function drawSwitch(data, parent) {
  const button = parent.querySelector('button')
  const label = async () => {
    const words = (await wanted()) ? data.words.off : data.words.on
    parent.querySelector('.wa-switch-words').textContent = words
  }
  label()
  button.onclick = async () => {
    parent.querySelector('.wa-switch-result').textContent = await turn(data)
    label()
  }
}

export default function ({ data: [data], parentElement }) {
  if (data.words) drawSwitch(data, parentElement)
  else tell(data)
}
