// A list of links that is brought up to date in place: what has not changed is not touched, and the link that
// has the focus never moves, so that it keeps it.

const LOOK_MS = 50, LOOKS = 60
const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }

let presses = 0

function part(tag, name, ...inside) {
  const element = document.createElement(tag)
  element.className = name
  element.append(...inside)
  return element
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text
  if (element.hidden !== !text) element.hidden = !text
}

function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

function made() {
  const link = part('a', 'wa-talk')
  const sign = (name) => {
    const element = part('span', `wa-symbol ${name}`)
    element.setAttribute('aria-hidden', 'true')
    element.translate = false
    return element
  }
  const at = {
    letters: document.createElement('bdi'), name: part('span', 'wa-talk-name'), when: part('time', 'wa-talk-when'),
    tick: sign('wa-talk-tick'), state: part('span', 'wa-spoken'), writer: part('span', 'wa-talk-writer'),
    symbol: sign('wa-talk-kind'), words: part('span', 'wa-talk-words'), count: part('span', ''),
    counted: part('span', 'wa-spoken'), sign: sign('wa-face-sign'), signed: part('span', 'wa-spoken'),
  }
  at.face = part('span', 'wa-face', at.letters, at.sign)
  for (const unsaid of [at.face, at.count]) unsaid.setAttribute('aria-hidden', 'true')
  at.face.translate = false
  at.last = part('span', 'wa-talk-last', at.tick, at.state, at.writer, at.symbol, at.words)
  at.unread = part('span', 'wa-unread', at.count, at.counted)
  link.append(at.face, at.name, at.signed, at.when, at.last, at.unread)
  link.at = at
  return link
}

function fill(link, line, chosen) {
  const { at } = link
  mark(link, 'href', line.href)
  mark(link, 'data-id', line.id)
  mark(link, 'data-unread', String(line.unread))
  mark(link, 'aria-current', String(line.id === chosen))
  mark(at.face, 'class', `wa-face wa-face-${line.colour}`)
  mark(at.face, 'data-face', line.id)
  mark(at.letters, 'class', line.letters ? '' : 'wa-symbol')
  say(at.letters, line.letters || line.icon)
  say(at.name, line.name)
  for (const name of ['sign', 'signed']) say(at[name], line[name])
  say(at.when, line.when)
  if (line.moment) mark(at.when, 'datetime', line.moment)
  mark(at.last, 'data-mood', line.last.mood)
  for (const name of ['tick', 'state', 'symbol', 'words']) say(at[name], line.last[name])
  say(at.writer, line.last.writer && `${line.last.writer} `)
  say(at.count, line.badge)
  say(at.counted, line.counted)
  if (at.unread.hidden !== !line.unread) at.unread.hidden = !line.unread
}

// Only what stands elsewhere is moved, around the link that has the focus.
function order(nav, links) {
  const held = links.indexOf(document.activeElement)
  let place = nav.firstElementChild
  links.forEach((link, index) => {
    if (index === held) place = link.nextElementSibling
    else if (link === place) place = place.nextElementSibling
    else nav.insertBefore(link, place)
  })
}

// The Tab key stops once in the list: at the link that has the focus, is open, or stands first.
function letIn(nav) {
  const links = [...nav.children]
  const stop = links.find((link) => link === document.activeElement)
    ?? links.find((link) => link.getAttribute('aria-current') === 'true') ?? links[0]
  for (const link of links) mark(link, 'tabindex', link === stop ? '0' : '-1')
}

function step(nav, event) {
  const links = [...nav.children]
  const from = links.indexOf(document.activeElement)
  const by = STEPS[event.key]
  if (by === undefined || from < 0 || event.altKey || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  links[Math.min(links.length - 1, Math.max(0, from + by))].focus()
}

// Where what was opened takes the place of the list, the focus goes along: to the way back.
function goAlong(nav, looks = LOOKS) {
  const back = document.querySelector('.st-key-back-to-list button')
  const active = document.activeElement
  if (!nav.isConnected || !looks || (active !== document.body && !nav.contains(active))) return
  if (back?.offsetParent && !nav.offsetParent) back.focus({ preventScroll: true })
  else setTimeout(() => goAlong(nav, looks - 1), LOOK_MS)
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const nav = parentElement.querySelector('nav')
  mark(nav, 'aria-label', data.label)
  if (!nav.known) {
    nav.known = new Map()
    nav.addEventListener('focusin', () => letIn(nav))
  }
  const links = data.lines.map((line) => {
    if (!nav.known.has(line.id)) nav.known.set(line.id, made())
    const link = nav.known.get(line.id)
    fill(link, line, data.chosen?.id)
    return link
  })
  const listed = new Set(data.lines.map((line) => line.id))
  for (const [id, link] of nav.known) {
    if (!listed.has(id)) {
      link.remove()
      nav.known.delete(id)
    }
  }
  order(nav, links)
  letIn(nav)
  // Where one list stands for another page, the focus goes back to the line that was left.
  if (nav.chosen && data.chosen && !data.chosen.id && document.activeElement === document.body) {
    nav.known.get(nav.chosen)?.focus({ preventScroll: true })
  }
  nav.chosen = data.chosen?.id
  nav.onkeydown = (event) => step(nav, event)
  nav.onclick = (event) => {
    const link = event.target.closest('a')
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    if (data.chosen) {
      nav.chosen = link.dataset.id
      for (const each of nav.children) mark(each, 'aria-current', String(each === link))
    }
    letIn(nav)
    goAlong(nav)
    setTriggerValue('picked', `${link.dataset.id} ${++presses}`) // each press is another one
  }
}
