// Redraws a part of a page when the server tells of a change, or when its time has come.
//
// Never while the visitor is at it: a redraw that is asked for just after a press on a link overtakes it in
// the server's queue, and the press is lost or the old page drawn into the new one.

const CALM_MS = 400 // after a press
const PRESS_MS = 5000 // for so long a press may make the server change pages, which takes it two runs
const SETTLED_MS = 250 // after a run that a press may have caused: between the two nothing runs either
const LOOK_AGAIN_MS = 20
const DEAF_S = 2 // between two looks while the server cannot tell
const UNANSWERED_MS = 5000 // a request for a redraw may get lost: then ask again
const IDLE_UNANSWERED_MS = 1000 // the same when the server is not even running anything for this tab
const BURST_MS = 1000 // for so long redraws may follow each other without a pause; then they get SHARE of the time:
const SHARE = 1 / 3 // in a flood the page would do nothing else, and presses and other tabs would wait for it
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const SIGNED_OUT = 4401
const UNAUTHORIZED = 401
const UNSEEN_MS = 5000 // between two redraws of a tab that nobody looks at: of its title, and of trouble
const UNSEEN_LONGEST_MS = 12 * 3600 * 1000 // after that such a tab asks nothing: what it asks keeps a sign-in alive
const LEAVING_MS = 3000 // a press on "sign out" leaves the page within this
const INSIST_MS = 250 // between two looks whether the page that a link leads to has come
const INSIST_LOOKS = 40

/** Where presses change parts of the page and never leave it: of two requests for parts the server hears both. */
const STAYS = '.st-key-thread, .st-key-composer'

/** Whether nothing that is pressed can lead to another page: not there, and not with a letter that is typed. */
function stays({ key = '', target }) {
  const typed = key.length === 1 && target.matches?.('input, textarea')
  return Boolean(typed || target.closest?.(STAYS))
}

/** Whether the server runs for it in any case: a link, or the browser's own way back. */
function leads({ type, target }) {
  return type === 'popstate' || Boolean(target.closest?.('a[href]:not([download], [target="_blank"])'))
}

/**
 * Press a link of the app again that the server lost.
 *
 * It runs what a link leads to beside what it was just drawing, and both write which page is the current one:
 * a redraw that was asked for a moment before may name its own page last, which is then drawn once more.
 */
function insist(event, pressedAt) {
  const link = event.target.closest('a[href]')
  const { pathname } = location
  if (!link || new URL(link.href).pathname === pathname) return
  let looks = 0
  const look = () => {
    const waits = event.defaultPrevented && location.pathname === pathname && window.lastPress.at === pressedAt
    if (!waits || looks++ > INSIST_LOOKS) return
    const { at } = idle()
    if (!running() && at > pressedAt && performance.now() - at > SETTLED_MS) link.click()
    else setTimeout(look, INSIST_MS)
  }
  setTimeout(look, INSIST_MS)
}

/** When something was pressed last, anywhere in this tab, and whether a run is sure to follow. */
function hands() {
  if (!window.lastPress) {
    window.lastPress = { at: -CALM_MS, leads: false }
    const note = (event) => {
      if (stays(event)) return
      Object.assign(window.lastPress, { at: performance.now(), leads: leads(event) })
      if (event.type === 'click' && window.lastPress.leads) insist(event, window.lastPress.at)
    }
    for (const kind of ['pointerdown', 'click', 'keydown', 'popstate']) {
      window.addEventListener(kind, note, { capture: true, passive: true })
    }
  }
  return window.lastPress
}

/** Since when the server has been running nothing for this tab, and when it began the last time. */
function idle() {
  if (!window.idleSince) {
    window.idleSince = { at: performance.now(), began: 0 }
    const note = () => { window.idleSince[running() ? 'began' : 'at'] = performance.now() }
    new MutationObserver(note).observe(document.body, { subtree: true, attributeFilter: ['data-test-script-state'] })
  }
  return window.idleSince
}

/** Whether the sign-in ended while the server was away: a line that is refused does not say why. */
async function signedOutMeanwhile() {
  try {
    return (await fetch('/_stcore/host-config', { cache: 'no-store' })).status === UNAUTHORIZED
  } catch {
    return false // it is away still
  }
}

/** The one line of this tab to the server, which says the number of the newest change of each topic. */
function changes() {
  if (window.changeLine) return window.changeLine
  const line = { newest: {}, up: false, listeners: new Map(), turn: null, turnSince: 0, spare: BURST_MS, sparedAt: 0, hiddenAt: 0 }
  window.changeLine = line
  let wait = FIRST_WAIT_MS
  const address = new URL('/api/changes', location.href)
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const connect = () => {
    const socket = new WebSocket(address)
    socket.onmessage = ({ data }) => {
      line.up = true
      wait = FIRST_WAIT_MS
      line.newest = JSON.parse(data)
      for (const { look } of inOrder(line)) look()
    }
    socket.onclose = ({ code }) => {
      line.up = false
      if (code === SIGNED_OUT) {
        // The door says what to do next. In the tab whose press signed out, its own answer comes first.
        const pressedHere = performance.now() - hands().at < LEAVING_MS
        setTimeout(() => location.reload(), pressedHere ? LEAVING_MS : 0)
        return
      }
      setTimeout(again, wait * (0.5 + Math.random()))
      wait = Math.min(2 * wait, LONGEST_WAIT_MS)
    }
  }
  const again = async () => ((await signedOutMeanwhile()) ? location.reload() : connect())
  connect()
  document.addEventListener('visibilitychange', () => {
    line.hiddenAt = performance.now()
    for (const { look } of inOrder(line)) look()
  })
  return line
}

/** Those first that would otherwise wait least: they are what the visitor came for. */
function inOrder(line) {
  return [...line.listeners.values()].sort((one, other) => one.every - other.every)
}

function running() {
  return document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== 'notRunning'
}

function lost(askedAt) {
  return performance.now() - askedAt > (running() ? UNANSWERED_MS : IDLE_UNANSWERED_MS)
}

/** For how many milliseconds the server may draw for this tab now because of changes. */
function spare(line) {
  const now = performance.now()
  line.spare = Math.min(BURST_MS, line.spare + SHARE * (now - line.sparedAt))
  line.sparedAt = now
  return line.spare
}

// Of two requests for a redraw at the same moment the server hears one: they take turns.
function busy(line) {
  const now = performance.now()
  const press = hands(), { at, began } = idle()
  const sincePress = now - press.at
  // A server that has much to do may begin late with what a link led to.
  const settled = now - at > SETTLED_MS && (!press.leads || began > press.at)
  const calm = sincePress > CALM_MS && (sincePress > PRESS_MS || settled)
  const free = !line.turn?.isConnected || lost(line.turnSince)
  return !calm || !free || running() || spare(line) <= 0
}

export default function ({ data, parentElement, setTriggerValue }) {
  hands()
  idle()
  const line = changes()
  const drawnAt = performance.now()
  if (line.turn === parentElement) {
    line.turn = null
    line.spare -= drawnAt - line.turnSince
  }
  let askedAt = -UNANSWERED_MS
  const wait = (time) => {
    clearTimeout(parentElement.timer)
    parentElement.timer = setTimeout(look, time)
  }
  /** For how long this part is not drawn because nobody looks at the tab. */
  const unseen = () => {
    if (!document.hidden) return 0
    const now = performance.now()
    return data.unseen && now - line.hiddenAt < UNSEEN_LONGEST_MS ? drawnAt + UNSEEN_MS - now : Infinity
  }
  const left = () => {
    const every = 1000 * (line.up ? data.every : Math.min(data.every, DEAF_S))
    const stale = data.topics.some((topic) => line.newest[topic] > data.version)
    return stale ? 0 : drawnAt + every - performance.now()
  }
  /** Return whether this part is to be drawn now, which is then asked for. */
  const joins = () => {
    if (!parentElement.isConnected || !lost(askedAt) || left() > 0 || unseen() > 0) return false
    askedAt = performance.now()
    wait(IDLE_UNANSWERED_MS / 2)
    return true
  }
  const look = () => {
    if (!parentElement.isConnected) clearTimeout(parentElement.timer)
    else if (!lost(askedAt)) wait(IDLE_UNANSWERED_MS / 2)
    else if (left() > 0) wait(left())
    else if (unseen() > 0) wait(Math.min(unseen(), UNSEEN_MS))
    else if (busy(line)) wait(LOOK_AGAIN_MS)
    else {
      joins()
      line.turn = parentElement
      line.turnSince = askedAt
      // One request for all parts whose time has come: one after the other, the last would wait for the others.
      const others = inOrder(line).filter((each) => each.look !== look && each.joins())
      setTriggerValue('due', { at: askedAt, parts: [data.part, ...others.map(({ part }) => part)] })
    }
  }
  line.listeners.set(parentElement, { look, joins, part: data.part, every: data.every }) // in place of the last draw's
  look()
  return () => {
    clearTimeout(parentElement.timer)
    if (line.listeners.get(parentElement)?.look === look) line.listeners.delete(parentElement)
  }
}
