
// One bubble, in parts of which each is made anew only when what it shows has changed. Whatever people wrote is
// set as text, never as HTML.

const TAGS = { b: 'strong', i: 'em', s: 'del', c: 'code' }
const SVG = 'http://www.w3.org/2000/svg'
const TICKS = { queued: 'schedule', sent: 'check', delivered: 'done_all', read: 'done_all', played: 'done_all', failed: 'error', uncertain: 'help' }
const PLAYER_MS = 5000 // for the server's part of a sound to be drawn

function make(tag, { text, ...names } = {}, ...inside) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(names)) {
    if (name.startsWith('on')) node[name] = value
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value)
  }
  if (text !== undefined) node.textContent = text
  node.append(...inside.filter(Boolean))
  return node
}

function drawn(tag, names, ...inside) {
  const node = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(names)) node.setAttribute(name, value)
  node.append(...inside)
  return node
}

const symbol = (name) => make('span', { class: 'wa-symbol', 'aria-hidden': 'true', translate: 'no', text: name })
const button = (names, ...inside) => make('button', { type: 'button', ...names }, ...inside)

function wordsOf(runs) {
  const box = make('div', { class: 'wa-said', dir: 'auto' })
  for (const [words, style, href] of runs) {
    let holder = box
    for (const letter of style) {
      const inner = make(TAGS[letter])
      holder.append(inner)
      holder = inner
    }
    holder.append(href ? make('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', text: words }) : words)
  }
  return box
}

/** A small picture that comes apart from the words. */
function pictureOf(name, names = {}) {
  const image = make('img', { alt: '', class: 'wa-small', ...names })
  const pictures = (window.threadPictures ??= { shown: new Map(), wanted: new Map() })
  if (pictures.shown.has(name)) image.src = pictures.shown.get(name)
  else if (name) {
    if (!pictures.wanted.has(name)) pictures.wanted.set(name, new Set())
    pictures.wanted.get(name).add(image)
  }
  return image
}

function authorPart({ by, colour }) {
  return by && make('div', { class: `wa-by wa-by-${colour}`, dir: 'auto', text: by })
}

function quotePart({ quote }, { words, jump }) {
  if (!quote) return null
  const inside = [
    make('span', { class: 'wa-quoted' },
      quote.by && make('b', { dir: 'auto', text: quote.by }),
      make('span', { dir: 'auto', text: quote.text ?? '' })),
    quote.picture && pictureOf(quote.picture),
  ]
  if (!quote.to) return make('div', { class: 'wa-quote wa-quote-of' }, ...inside)
  return button({ class: 'wa-quote wa-quote-of', title: words.jump, onclick: () => jump(quote.to) }, ...inside)
}

function waveOf(values) {
  const bars = values?.length ? values : Array.from({ length: 32 }, (_, place) => 30 + 25 * ((place * 7) % 3))
  const wide = 3 * bars.length
  const rects = bars.map((value, place) => {
    const tall = Math.max(8, value) * 0.24
    return drawn('rect', { x: 3 * place, y: 12 - tall / 2, width: 2, height: tall, rx: 1 })
  })
  return drawn('svg', { class: 'wa-wave', viewBox: `0 0 ${wide} 24`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...rects)
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

function soundOf(item, file, context) {
  const { words, ask } = context
  const face = symbol('play_arrow')
  const press = button({ class: 'wa-play', 'aria-label': words.play, title: file.there ? undefined : file.why, disabled: !file.there }, face)
  const length = make('span', { class: 'wa-length', text: file.length ?? '' })
  const wave = waveOf(file.wave)
  const box = make('div', { class: 'wa-sound' }, press, wave, length)
  const say = (playing) => {
    face.textContent = playing ? 'pause' : 'play_arrow'
    press.setAttribute('aria-label', playing ? words.pause : words.play)
  }
  let audio = null
  const play = (address) => {
    audio = new Audio(address)
    audio.onplay = () => {
      for (const other of window.threadPlaying ?? []) if (other !== audio) other.pause()
      window.threadPlaying = [audio]
      say(true)
    }
    audio.onpause = () => say(false)
    audio.onended = () => { say(false); length.textContent = file.length ?? ''; wave.style.removeProperty('--played') }
    audio.ontimeupdate = () => {
      length.textContent = clock(audio.currentTime)
      if (audio.duration) wave.style.setProperty('--played', `${(100 * audio.currentTime) / audio.duration}%`)
    }
    audio.onerror = () => { audio = null; say(false) }
    audio.play().catch(() => say(false))
  }
  press.onclick = () => {
    if (audio) { audio.paused ? audio.play() : audio.pause() } else ask('open', item.key)
  }
  box.arrived = ({ place }) => fromPage(`.st-key-${place} audio`, (found) => found.src && play(found.src))
  return box
}

/** Do something with what Streamlit draws elsewhere on the page, once it is there. */
function fromPage(selector, use) {
  const until = performance.now() + PLAYER_MS
  const look = () => {
    const found = document.querySelector(selector)
    if (found && use(found) !== '') return
    if (performance.now() < until) requestAnimationFrame(look)
  }
  look()
}

function pictureFile(item, file, { ask }) {
  const inside = [
    file.picture ? pictureOf(file.picture) : symbol(file.view === 'film' ? 'movie' : 'image'),
    file.view === 'film' && make('span', { class: 'wa-badge-play' }, symbol(file.gif ? 'gif_box' : 'play_arrow')),
    file.length && make('span', { class: 'wa-badge-length', text: file.length }),
  ]
  const style = file.shape ? `aspect-ratio: ${file.shape}` : undefined
  const kind = `wa-picture wa-${file.view}`
  if (!file.there) return make('div', { class: kind, style, role: 'img', 'aria-label': file.label, title: file.why }, ...inside)
  return button({ class: kind, style, 'aria-label': file.label, title: file.label, onclick: () => ask('open', item.key) }, ...inside)
}

function documentFile(item, file, { ask }) {
  const inside = [
    symbol('description'),
    make('span', { class: 'wa-file-name' },
      make('b', { dir: 'auto', text: file.name || file.label }),
      file.facts && make('span', { text: file.facts })),
    file.there && symbol('download'),
  ]
  const names = { class: 'wa-file', title: file.there ? file.label : file.why }
  if (!file.there) return make('div', names, ...inside)
  const box = button({ ...names, onclick: () => ask('open', item.key) }, ...inside)
  box.arrived = ({ save }) => fromPage(`.st-key-${save} button`, (found) => found.click())
  return box
}

function filePart(item, context) {
  const { file } = item.body
  if (!file) return null
  if (file.view === 'sound') return soundOf(item, file, context)
  return file.view === 'file' ? documentFile(item, file, context) : pictureFile(item, file, context)
}

function linkPart({ link }) {
  return link && make('div', { class: 'wa-preview' },
    link.picture && pictureOf(link.picture),
    make('span', {}, make('b', { dir: 'auto', text: link.title }), make('span', { dir: 'auto', text: link.about ?? '' })))
}

function placePart({ place }) {
  if (!place) return null
  let grid = ''
  for (let step = 0; step <= 360; step += 30) grid += `M${step} 0V180`
  for (let step = 0; step <= 180; step += 30) grid += `M0 ${step}H360`
  const map = drawn('svg', { class: 'wa-map', viewBox: '0 0 360 180', 'aria-hidden': 'true' },
    drawn('path', { class: 'wa-grid', d: grid }),
    drawn('path', { class: 'wa-axes', d: 'M180 0V180M0 90H360' }),
    drawn('circle', { class: 'wa-pin', cx: place.x, cy: place.y, r: 6 }))
  return map
}

function choicesPart({ choices, many }) {
  if (!choices?.length) return null
  const most = Math.max(1, ...choices.map(({ count }) => count))
  const rows = choices.map(({ label, count, who }) => make('li', { title: who || undefined },
    make('span', { dir: 'auto', text: label }),
    make('span', { class: 'wa-votes', text: String(count) }),
    count > 0 && make('i', { style: `width: ${(100 * count) / most}%` })))
  return make('div', { class: 'wa-choices' }, many && make('div', { class: 'wa-faint', text: many }), make('ul', {}, ...rows))
}

function textPart(item, { words, texts, unfold }) {
  const { text, long } = item.body
  if (!text) return null
  const whole = texts.get(item.key)
  const box = wordsOf(whole ?? text)
  if (!long || whole) return box
  return make('div', {}, box, button({ class: 'wa-unfold', text: words.unfold, onclick: () => unfold(item.key) }))
}

function bodyPart(item, context) {
  if (item.gone) return make('div', { class: 'wa-gone wa-faint' }, symbol('block'), make('span', { text: item.gone }))
  const { kind, lines } = item.body ?? {}
  if (!item.body) return null
  const file = filePart(item, context)
  const box = make('div', { class: 'wa-body' },
    kind && make('div', { class: 'wa-kind' }, symbol(kind.icon), make('span', { text: kind.label })),
    file,
    linkPart(item.body),
    placePart(item.body),
    ...(lines ?? []).map(([text, name]) => make(name ? 'strong' : 'div', { class: 'wa-line', dir: 'auto', text })),
    item.body.place && make('a', { href: item.body.place.map, target: '_blank', rel: 'noopener noreferrer', text: context.words.map }),
    textPart(item, context),
    choicesPart(item.body))
  box.arrived = file?.arrived
  return box
}

function reactionsPart({ reactions }) {
  return reactions && make('div', { class: 'wa-reactions' }, ...reactions.map(({ emoji, count, who }) =>
    make('span', { title: who, role: 'img', 'aria-label': `${emoji} ${who}` },
      make('span', { text: emoji }), count > 1 && make('span', { text: String(count) }))))
}

/** Time and ticks. They change in place: what was pressed to see the steps stays. */
function metaPart(first, { words, steps }) {
  const edited = make('span')
  const read = make('span', { role: 'img' }, symbol('done_all'))
  const time = make('time')
  const ticks = symbol('')
  const press = button({ class: 'wa-ticks', 'aria-haspopup': 'dialog', onclick: () => steps(first.key, press) }, time, ticks)
  const box = make('div', { class: 'wa-meta' }, edited, read, first.own ? press : time)
  box.renew = (item, { words }) => {
    edited.textContent = item.edited ? words.edited : ''
    read.hidden = !item.read
    read.title = words.marked
    read.setAttribute('aria-label', words.marked)
    time.textContent = item.time
    time.title = item.moment ?? ''
    ticks.textContent = TICKS[item.state] ?? 'check'
    ticks.className = `wa-symbol wa-tick wa-tick-${item.state}`
    press.setAttribute('aria-label', words.ticks.replace('{state}', item.label ?? words.queued).replace('{time}', item.time))
    return true
  }
  box.renew(first, { words })
  return box
}

function troublePart(item, { words, ask, busy }) {
  if (!item.reason && !item.press) return null
  const press = item.press && button({ class: 'wa-again', onclick: () => ask(item.press, item.key) })
  const reason = make('span')
  const box = make('div', { class: 'wa-trouble' }, reason, press)
  box.renew = (now, { words }) => {
    if (now.press !== item.press || (!now.reason && !now.press)) return false
    reason.textContent = now.reason ?? ''
    if (!press) return true
    press.textContent = now.press === 'verify' ? words.verify : words.again
    press.disabled = busy(now.press, now.key)
    return true
  }
  box.renew(item, { words })
  return box
}

function dotsPart(item, { words, menu }) {
  if (!item.acts) return null
  const label = words.actions.replace('{time}', item.time)
  const press = button({ class: 'wa-dots', 'aria-label': label, title: label, 'aria-haspopup': 'menu', onclick: () => menu(item.key, press) }, symbol('more_horiz'))
  return press
}

/** The parts in their order, with what each hangs on. */
const PARTS = [
  ['by', authorPart, ({ by, colour }) => [by, colour]],
  ['quote', quotePart, ({ quote }) => quote],
  ['body', bodyPart, ({ gone, body, key }, { texts }) => [gone, body, texts.has(key)]],
  ['reactions', reactionsPart, ({ reactions }) => reactions],
  ['meta', metaPart, ({ edited, read, time, moment, state, label }) => [edited, read, time, moment, state, label]],
  ['trouble', troublePart, ({ reason, press, key }, { busy }) => [reason, press, press && busy(press, key)]],
]

function newBubble(item) {
  const balloon = make('div', { class: 'wa-balloon' })
  const node = make('article', { class: 'wa-msg', tabindex: -1 }, balloon)
  node.dataset.key = item.key
  node.parts = {}
  node.shown = {}
  node.balloon = balloon
  return node
}

function put(node, holder, name, made, before) {
  const focused = node.parts[name]?.contains(document.activeElement)
  node.parts[name]?.remove()
  node.parts[name] = made || null
  if (made) holder.insertBefore(made, before)
  if (focused) (made?.querySelector?.('button, a') ?? node).focus({ preventScroll: true })
}

/** Bring a bubble to what its item says; gives whether anything had to change. */
function fillBubble(node, item, context) {
  const spoken = context.words
  node.item = item
  let changed = false
  const mine = Boolean(item.own)
  if (node.classList.contains('wa-mine') !== mine) node.classList.toggle('wa-mine', mine)
  if (node.dataset.state !== (item.state ?? '')) node.dataset.state = item.state ?? ''
  PARTS.forEach(([name, draw, hangsOn], place) => {
    const now = JSON.stringify([hangsOn(item, context), context.language]) ?? ''
    if (node.shown[name] === now) return
    node.shown[name] = now
    changed = true
    if (node.parts[name]?.renew?.(item, context)) return
    const later = PARTS.slice(place + 1).map(([next]) => node.parts[next]).find(Boolean)
    put(node, node.balloon, name, draw(item, context), later ?? null)
  })
  const dots = JSON.stringify([Boolean(item.acts), item.time, spoken.actions])
  if (node.shown.dots !== dots) {
    node.shown.dots = dots
    put(node, node, 'dots', dotsPart(item, context), null)
  }
  const working = context.busy('open', item.key)
  if (node.balloon.classList.contains('wa-fetching') !== working) node.balloon.classList.toggle('wa-fetching', working)
  return changed
}
