// What the parts of a thread share in this tab: presses on their way to the server, and what came back.

const PRESS_LOST_MS = 10_000 // a press that nothing answered is forgotten: it must not happen a minute later
const AGAIN_MS = 1500
const WORK_LOST_MS = 300_000 // a large file may take its time

function hub() {
  return (window.threadHub ??= { waiting: new Map(), busy: new Map(), files: {}, texts: {}, send: null, clock: -Infinity, watchers: new Set() })
}

/** Ask the server for something; a second press on the same thing counts once until the first is done. */
function press(conversation, what, key, value = '') {
  const { waiting, busy } = hub()
  const name = `${what} ${key} ${value}`
  const now = performance.now()
  if (busy.has(name) && now - busy.get(name).at < WORK_LOST_MS) return
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16).padStart(8, '0')).join('')
  waiting.set(id, { at: now, asked: { id, conversation, what, key, value, made: Date.now() + hub().clock } })
  busy.set(name, { at: now, id })
  ask()
  tell()
}

/** Tell the server all that it has not answered, and again until it has: a page that is drawn anew may lose it. */
function ask() {
  const shared = hub()
  clearTimeout(shared.timer)
  const now = performance.now()
  for (const [id, { at }] of shared.waiting) if (now - at > PRESS_LOST_MS) shared.waiting.delete(id)
  if (!shared.waiting.size) return
  shared.send?.([...shared.waiting.values()].map(({ asked }) => asked))
  shared.timer = setTimeout(ask, AGAIN_MS)
}

function isBusy(what, key) {
  return hub().busy.has(`${what} ${key} `)
}

/** Take what the server says is done. */
function settle(done) {
  const { waiting, busy } = hub()
  for (const id of done) waiting.delete(id)
  for (const [name, { id }] of busy) if (done.includes(id)) busy.delete(name)
}

function tell() {
  for (const watcher of hub().watchers) watcher()
}
