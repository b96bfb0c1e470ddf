
// The pane of a thread: bubbles by their keys, marks between them, and the place that is read stays where it is.

const AT_END_PX = 48
const FAR_PX = 400 // from the end: then a way back there is offered though nothing is new
const ECHO_MS = 20_000 // an own message that never came was refused; the composer says so

function begin(root) {
  const pane = root.querySelector('.wa-pane')
  const newer = root.querySelector('.wa-newer')
  const popup = popups(root)
  const state = {
    conversation: null, items: [], words: {}, nodes: new Map(), following: true, readTo: '', answers: new Map(), echoes: new Map(),
    files: {}, older: () => {}, copying: '', asked: new Set(),
  }

  const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < AT_END_PX
  const toEnd = () => { pane.scrollTop = pane.scrollHeight }
  const ask = (what, key, value) => press(state.conversation, what, key, value)
  const context = {
    get words() { return state.words },
    get language() { return state.words.language },
    texts: state.answers,
    busy: isBusy,
    ask: (what, key, value = '') => {
      if (what === 'open') {
        state.asked.add(key)
        if (state.files[key] && node(key)?.parts.body?.arrived) return arrive(key)
      }
      ask(what, key, value)
    },
    unfold: (key) => ask('unfold', key),
    jump: (key) => {
      const found = node(key)
      if (!found) return
      found.scrollIntoView({ block: 'center' })
      found.classList.add('wa-found')
      setTimeout(() => found.classList.remove('wa-found'), 1500)
    },
    steps: (key, beside) => popup.open(key, beside, stepsOf(node(key), state.words)),
    menu: (key, beside) => popup.open(key, beside, menuOf(node(key), { words: state.words, act: ask, copy, popup })),
  }
  const node = (key) => state.nodes.get(`m ${key}`)

  function copy(key, body) {
    if (body.long && !state.answers.has(key)) {
      state.copying = key
      return ask('unfold', key)
    }
    write((state.answers.get(key) ?? body.text ?? []).map(([words]) => words).join(''))
  }

  /** Use a file that came: a sound plays, a document is saved. Only what was asked for in this window. */
  function arrive(key) {
    state.asked.delete(key)
    node(key)?.parts.body?.arrived?.(state.files[key])
  }

  // --- marks and buttons between the bubbles ---
  const kept = (name, makeNode) => {
    if (!state.nodes.has(name)) state.nodes.set(name, makeNode())
    return state.nodes.get(name)
  }
  const said = (holder, text) => { if (holder.textContent !== text) holder.textContent = text }
  const mark = (name, css, text) => {
    const made = kept(name, () => make('div', { class: css }, make('span')))
    said(made.firstChild, text)
    return made
  }

  function* layout(data) {
    if (data.older) {
      const made = kept('older', () => button({ class: 'wa-older', onclick: () => state.older() }))
      said(made, state.words.older)
      yield made
    } else if (data.end) yield mark('end', 'wa-between wa-faint', data.end)
    if (!data.items.length && !state.echoes.size) yield mark('empty', 'wa-between wa-faint', state.words.empty)
    let day = ''
    for (const item of [...data.items, ...state.echoes.values()]) {
      if (item.day && item.day !== day) {
        day = item.day
        yield mark(`d ${day}`, 'wa-between wa-day', data.days[day] ?? day)
      }
      if (item.key === data.mark) yield mark('unread', 'wa-between wa-unread-mark', state.words.unread)
      yield kept(`m ${item.key}`, () => newBubble(item))
    }
  }

  /** Put the wanted nodes in their order; what is in place already is not touched. */
  function arrange(wanted) {
    let next = pane.firstChild
    for (const one of wanted) {
      if (one === next) next = next.nextSibling
      else pane.insertBefore(one, next)
    }
    while (next) {
      const gone = next
      next = next.nextSibling
      gone.remove()
    }
    const there = new Set(wanted)
    for (const [name, one] of state.nodes) if (!there.has(one)) state.nodes.delete(name)
  }

  /** The first bubble in sight and where it stands: after a change it stands there again. */
  function anchor() {
    const top = pane.getBoundingClientRect().top
    for (const one of pane.children) {
      const box = one.getBoundingClientRect()
      if (one.dataset.key !== undefined && box.bottom > top) return { one, at: box.top }
    }
    return null
  }

  const at = (key) => ({ one: node(key), at: node(key).getBoundingClientRect().top })

  function fill(data) {
    const changed = new Set()
    for (const item of [...data.items, ...state.echoes.values()]) {
      if (fillBubble(node(item.key), item, context)) changed.add(item.key)
    }
    return changed
  }

  function news() {
    if (state.following) state.readTo = state.items.at(-1)?.key ?? ''
    const from = state.items.findIndex(({ key }) => key === state.readTo) + 1
    const count = state.following ? 0 : state.items.slice(from).filter(({ own }) => !own).length
    const far = pane.scrollHeight - pane.scrollTop - pane.clientHeight > FAR_PX
    const text = count ? (count === 1 ? state.words.one : state.words.many).replace('{count}', count) : ''
    said(newer.querySelector('.wa-newer-words'), text)
    const label = text || state.words.newest
    if (newer.getAttribute('aria-label') !== label) newer.setAttribute('aria-label', label)
    const hidden = state.following || !(count || far)
    if (newer.hidden !== hidden) newer.hidden = hidden
  }

  function forgetEchoes(data) {
    const now = performance.now()
    const there = new Set(data.items.map(({ key }) => key))
    for (const [key, { since }] of state.echoes) {
      if (there.has(key) || now - since > ECHO_MS) state.echoes.delete(key)
    }
  }

  /** What left the server's window above stays for a reader who is there. */
  function withRead(data) {
    const place = state.following ? 0 : state.items.findIndex(({ key }) => key === data.items[0]?.key)
    return place > 0 ? { ...data, items: [...state.items.slice(0, place), ...data.items] } : data
  }

  /** Draw what the server sent last; `hold` is the key of a bubble that stays where it is. */
  function draw(sent, hold) {
    const data = state.conversation === sent.conversation ? withRead(sent) : sent
    const fresh = state.conversation !== data.conversation
    if (fresh) {
      popup.close()
      pane.replaceChildren()
      state.nodes.clear()
      state.answers.clear()
      state.echoes.clear()
      Object.assign(state, { conversation: data.conversation, following: true, items: [] })
    }
    if (root.dataset.conversation !== data.conversation) root.dataset.conversation = data.conversation
    if (pane.getAttribute('aria-label') !== data.words.pane) pane.setAttribute('aria-label', data.words.pane)
    const known = new Set(state.items.map(({ key }) => key))
    const last = data.items.at(-1)
    const own = !fresh && last?.own && !known.has(last.key) && !state.echoes.has(last.key)
    const held = hold ? at(hold) : fresh || state.following || own ? null : anchor()
    const olderFocused = document.activeElement?.classList.contains('wa-older')
    Object.assign(state, { items: data.items, words: data.words, sent })
    forgetEchoes(data)
    const wanted = [...layout(data)]
    const changed = fill(data)
    arrange(wanted)
    if (olderFocused && !data.older) pane.focus({ preventScroll: true })
    if (held?.one.isConnected) {
      pane.scrollTop += held.one.getBoundingClientRect().top - held.at
      if (hold) state.following = atEnd()
    } else if (fresh || state.following || own) { state.following = true; toEnd() }
    sized.disconnect()
    for (const part of [pane, pane.lastElementChild]) if (part) sized.observe(part)
    news()
    popup.follow(new Set(data.items.map(({ key }) => key)), changed)
  }

  /** Look at what came back of presses. */
  function answered() {
    const { files, texts } = hub()
    if (!state.sent) return
    state.files = files[state.conversation] ?? {}
    let unfolded
    for (const [key, runs] of Object.entries(texts[state.conversation] ?? {})) {
      if (state.answers.has(key)) continue
      state.answers.set(key, runs)
      if (state.copying === key) copy(key, {})
      if (node(key)) unfolded = key
    }
    draw(state.sent, unfolded)
    for (const key of [...state.asked]) if (state.files[key]) arrive(key)
  }

  /** Show an own message before the server has written it down. */
  function echo({ detail }) {
    const { conversation, key, text } = detail ?? {}
    if (conversation !== state.conversation || !key || node(key) || state.sent.covers) return
    const now = new Date()
    const time = now.toTimeString().slice(0, 5)
    const shown = { key, own: true, state: 'queued', time, day: state.sent.today, body: { text: [[text, '']] }, since: performance.now() }
    state.echoes.set(key, shown)
    state.following = true
    draw(state.sent)
  }

  function unsaid({ detail }) {
    if (state.echoes.delete(detail?.key)) draw(state.sent)
  }

  // Who scrolls up reads; an end that moves away by itself, as when the style comes late, is followed.
  let top = 0
  pane.onscroll = () => {
    const up = pane.scrollTop < top
    top = pane.scrollTop
    const following = atEnd() || (state.following && !up)
    if (following === state.following && following) return
    state.following = following
    news()
  }
  newer.onclick = () => { state.following = true; toEnd(); news(); pane.focus({ preventScroll: true }) }
  const sized = new ResizeObserver(() => { if (state.following) toEnd() })
  hub().watchers.add(answered)
  window.addEventListener('thread-echo', echo)
  window.addEventListener('thread-unsaid', unsaid)
  state.draw = draw
  state.end = () => {
    sized.disconnect()
    popup.end()
    hub().watchers.delete(answered)
    window.removeEventListener('thread-echo', echo)
    window.removeEventListener('thread-unsaid', unsaid)
  }
  return state
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const field = make('textarea', { style: 'position: fixed; opacity: 0' })
    field.value = text
    document.body.append(field)
    field.select()
    document.execCommand('copy')
    field.remove()
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.wa-thread')
  const thread = (root.thread ??= begin(root))
  thread.older = () => setTriggerValue('older', { conversation: data.conversation, shown: thread.items.length })
  thread.draw(data)
  return () => { thread.end(); root.thread = null }
}
