// What the parts of a thread share in this tab: presses on their way to the server, and what came back.

const PRESS_LOST_MS = 10_000 // a press that nothing answered is forgotten: it must not happen a minute later
const WORK_LOST_MS = 300_000 // a large file may take its time

function hub() {
  return (window.threadHub ??= { waiting: new Map(), busy: new Map(), files: {}, texts: {}, send: null, watchers: new Set() })
}

/** Ask the server for something; a second press on the same thing counts once until the first is done. */
function press(conversation, what, key, value = '') {
  const { waiting, busy, send } = hub()
  const name = `${what} ${key} ${value}`
  const now = performance.now()
  if (busy.has(name) && now - busy.get(name).at < WORK_LOST_MS) return
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16).padStart(8, '0')).join('')
  for (const [old, { at }] of waiting) if (now - at > PRESS_LOST_MS) waiting.delete(old)
  waiting.set(id, { at: now, asked: { id, conversation, what, key, value } })
  busy.set(name, { at: now, id })
  // All that is not answered yet: of two requests that the server has not looked at, the later one counts.
  send?.([...waiting.values()].map(({ asked }) => asked))
  tell()
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
