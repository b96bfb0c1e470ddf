// The box in which a message is written, and the press that sends it.
//
// What stands in the box belongs to a place (an instance and a conversation) and is the browser's: a redraw
// never writes over it, except where the visitor asked the server for other words. The server hears of it
// after a pause, and when the box is left. A press leaves with an id of its own and is told again until the
// server has said what came of it, so that none is lost and none counts twice.

const TYPED_MS = 800
const SAVE_MS = 300
const AGAIN_MS = 1500
const GIVE_UP_MS = 30_000
const RESTS_MS = 4000 // so long after the last letter the other side reads "typing"
const HIGHEST = 0.4 // of the window
const STORE = 'composer'

/** What is written in this tab, by place, and the presses that were not answered yet. Outlives a reload. */
function store() {
  if (window.composerStore) return window.composerStore
  const kept = { texts: {}, out: [], told: 0, visit: '', turns: [], clock: -Infinity }
  try {
    const saved = JSON.parse(sessionStorage.getItem(STORE))
    for (const [place, { text, account }] of Object.entries(saved.texts)) kept.texts[place] = { text, account, since: 1, turn: '' }
    kept.out = saved.out
  } catch { /* nothing was saved, or nothing may be */ }
  window.composerStore = kept
  window.addEventListener('pagehide', () => save(kept))
  document.addEventListener('submit', (event) => { // signing out
    if (event.target.action?.endsWith('/logout')) forget(kept)
  }, true)
  return kept
}

function save(kept) {
  const texts = {}
  for (const [place, { text, account, edits }] of Object.entries(kept.texts)) if (text && !edits) texts[place] = { text, account }
  try {
    if (kept.out.length || Object.keys(texts).length) {
      sessionStorage.setItem(STORE, JSON.stringify({ texts, out: kept.out }))
    } else sessionStorage.removeItem(STORE)
  } catch { /* full, or not allowed: it is kept in memory */ }
}

function forget(kept) {
  kept.texts = {}
  kept.out = []
  save(kept)
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What the server's clock shows. Its word of it was on its way for a while, so that a press is not too young. */
function serverTime(kept) {
  return Date.now() + kept.clock
}

/** Tell the thread of a message before the server does, or that it did not go out. */
function say(what, detail) {
  window.dispatchEvent(new CustomEvent(what, { detail }))
}

function onPhone() {
  return matchMedia('(pointer: coarse)').matches
}

class Box {
  constructor(root) {
    this.root = root
    this.kept = store()
    this.area = root.querySelector('textarea')
    this.words = root.querySelector('.wa-write-words')
    this.send = root.querySelector('.wa-send')
    this.voice = root.querySelector('.wa-voice')
    this.face = root.querySelector('.wa-emoji-open')
    this.panel = root.querySelector('.wa-emoji')
    this.formPressed = ''
    this.typingUntil = 0
    this.typingTold = -RESTS_MS
    this.area.addEventListener('input', () => this.typed())
    this.area.addEventListener('keydown', (event) => this.keyed(event))
    this.area.addEventListener('blur', () => this.tell())
    this.send.addEventListener('mousedown', (event) => {
      // The cursor stays in the box; a field of a form is left, so that the server hears what stands in it.
      if (document.activeElement === this.area) event.preventDefault()
    })
    this.send.addEventListener('click', () => this.press())
    this.voice.addEventListener('click', () => this.ask('voice', this.data.place))
    this.face.addEventListener('click', () => this.open(this.panel.hidden))
    for (const part of [this.panel, this.face]) {
      part.addEventListener('keydown', ({ key }) => {
        if (key !== 'Escape') return
        this.open(false)
        this.face.focus()
      })
    }
  }

  /** What the server has drawn now. */
  update(data, ask) {
    const before = this.data
    this.data = data
    this.ask = ask
    this.kept.clock = Math.max(this.kept.clock, data.now - Date.now())
    this.root.dataset.place = data.place
    this.hear(data)
    const text = this.textAt(data.place)
    // What is written for one number is for another once the visitor has said so, or when nothing stands there.
    if (!text.text || (before?.place === data.place && before.account === text.account)) text.account = data.account
    this.follow(text, data)
    this.label(data)
    this.show(text.text)
    this.enable()
    if (data.turn && !this.kept.turns.includes(data.turn)) {
      this.kept.turns = [...this.kept.turns.slice(-50), data.turn]
      if (data.words) requestAnimationFrame(() => this.focus())
    }
    if (this.gaveBack) this.tell()
    else this.again()
    this.gaveBack = false
  }

  /** Forget what the server has answered; words of a refused press come back. */
  hear(data) {
    const { kept } = this
    if (kept.visit !== data.visit) { // another session: it has heard of nothing
      kept.visit = data.visit
      kept.told = 0
      for (const text of Object.values(kept.texts)) text.since = text.text ? 1 : 0
    }
    for (const press of kept.out.filter(({ id }) => data.refused.includes(id)).reverse()) { // the first comes first
      if (press.text) this.giveBack(press)
      if (press.form === this.formPressed) this.formPressed = ''
      say('thread-unsaid', { key: press.id })
    }
    kept.out = kept.out.filter(({ id }) => !data.done.includes(id) && !data.refused.includes(id))
    for (const text of Object.values(kept.texts)) if (text.since <= data.heard) text.since = 0
  }

  giveBack({ place, text }) {
    const at = this.textAt(place)
    at.text = at.text ? `${text}\n${at.text}` : text
    at.since = this.kept.told + 1
    this.gaveBack = true
  }

  textAt(place) {
    this.kept.texts[place] ??= { text: '', account: '', since: 0, turn: '' }
    return this.kept.texts[place]
  }

  /** Take the words of the server where it wrote them, unless others were typed of which it has not heard. */
  follow(text, data) {
    text.edits = data.edits
    const first = !text.turn && !text.text && !text.since
    if (text.turn === data.turn && !first) return
    text.turn = data.turn
    if (text.since && !data.text) return
    text.text = data.text
    text.since = 0
  }

  label({ labels, words, voice }) {
    const { area, send } = this
    area.placeholder = labels.placeholder
    area.setAttribute('aria-label', labels.message)
    area.enterKeyHint = onPhone() ? 'enter' : 'send'
    for (const [button, label] of [[send, labels.send], [this.voice, labels.voice], [this.face, labels.emoji]]) {
      button.setAttribute('aria-label', label)
      button.title = label
    }
    this.panel.setAttribute('aria-label', labels.emoji)
    this.words.hidden = !words
    this.voice.parentElement.hidden = !voice
    if (!words) this.open(false)
  }

  show(text) {
    const { area } = this
    const around = area.parentElement
    if (area.value !== text) area.value = text
    // Held while it is measured: a box that is low for a moment would scroll the thread away from its end.
    around.style.height = `${around.offsetHeight}px`
    area.style.height = 'auto'
    area.style.height = `${Math.min(area.scrollHeight, HIGHEST * window.innerHeight)}px`
    around.style.height = ''
  }

  /** Whether there is anything to be sent. What is wrong with it, or with the connection, the server says. */
  filled() {
    return this.data.form ? this.formPressed !== this.data.form : Boolean(this.area.value.trim())
  }

  enable() {
    const { on, form, ready } = this.data
    this.send.dataset.ready = String(on && this.filled() && (ready || !form))
  }

  focus() {
    const { area } = this
    area.focus({ preventScroll: true })
    area.setSelectionRange(area.value.length, area.value.length)
  }

  keyed(event) {
    if (event.key === 'Escape' && !event.isComposing) {
      if (this.data.about) document.querySelector('.st-key-reply-leave button')?.click()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229 || onPhone()) return
    event.preventDefault()
    this.press()
  }

  /**
   * Whether another conversation is on the screen: while a page is being drawn, the box may still be that of
   * the one before, and what is written or pressed then is meant for the other.
   */
  isElsewhere() {
    const shown = document.querySelector('.wa-thread')?.dataset.conversation
    return Boolean(shown) && shown !== this.data.place
  }

  typed() {
    const { kept, area, data } = this
    const text = this.textAt(data.place)
    if (this.isElsewhere()) {
      this.show(text.text)
      return
    }
    text.text = area.value
    text.since = kept.told + 1
    this.show(text.text)
    this.enable()
    const begins = data.typing && performance.now() - this.typingTold > RESTS_MS
    this.typingUntil = performance.now() + RESTS_MS
    clearTimeout(this.timer)
    if (begins) this.tell()
    this.timer = setTimeout(() => this.tell(), TYPED_MS)
    this.saveSoon()
  }

  saveSoon() {
    clearTimeout(this.saving)
    this.saving = setTimeout(() => save(this.kept), SAVE_MS)
  }

  press() {
    const { data, kept, area } = this
    if (this.isElsewhere()) return
    if (!this.filled()) {
      if (data.words) area.focus({ preventScroll: true })
      return
    }
    const text = data.words ? area.value : ''
    this.formPressed = data.form
    const id = newId()
    const account = this.textAt(data.place).account || data.account
    kept.out.push({ id, place: data.place, text, form: data.form, about: data.about, account, made: serverTime(kept), at: Date.now() })
    if (text && data.on && !data.form && !data.edits) say('thread-echo', { conversation: data.place, key: id, text: text.trim() })
    this.data = { ...data, about: '', edits: false } // the next one answers and changes nothing
    this.typingUntil = 0
    if (data.words) {
      const at = this.textAt(data.place)
      at.text = ''
      at.since = kept.told + 1
      this.show('')
    }
    this.open(false)
    this.enable()
    save(kept)
    this.tell()
  }

  /** Tell the server all that it has not heard: a later word of ours may overtake an earlier one. */
  tell() {
    const { kept, data } = this
    clearTimeout(this.timer)
    const texts = {}
    for (const [place, { text, account, since, turn }] of Object.entries(kept.texts)) if (since) texts[place] = { text, turn, account }
    const typing = performance.now() < this.typingUntil
    if (!Object.keys(texts).length && !kept.out.length && !this.toldTyping) return
    kept.told += 1
    this.toldTyping = typing && data.typing
    this.typingTold = this.toldTyping ? performance.now() : -RESTS_MS
    const out = kept.out.map(({ id, place, text, form, about, account, made }) => ({ id, place, text, form, about, account, made }))
    this.ask('told', { visit: data.visit, turn: kept.told, texts, out, typing: this.toldTyping ? data.place : '' })
    this.again()
    this.saveSoon()
  }

  /** Tell it again when no answer comes; give a press up when none ever does. */
  again() {
    clearTimeout(this.waiting)
    const { kept } = this
    const unheard = Object.values(kept.texts).some(({ since }) => since && since <= kept.told)
    const rests = this.toldTyping ? this.typingUntil - performance.now() : 0
    if (!kept.out.length && !unheard && !this.toldTyping) return
    this.waiting = setTimeout(() => {
      const lost = kept.out.filter(({ at }) => Date.now() - at > GIVE_UP_MS)
      for (const press of lost.reverse()) this.giveUp(press)
      this.tell()
    }, kept.out.length || unheard ? AGAIN_MS : Math.max(rests, SAVE_MS))
  }

  giveUp(press) {
    this.kept.out = this.kept.out.filter((one) => one !== press)
    say('thread-unsaid', { key: press.id })
    if (this.formPressed === press.form) this.formPressed = ''
    if (press.text) this.giveBack(press)
    this.show(this.textAt(this.data.place).text)
    this.enable()
  }

  open(open) {
    this.panel.hidden = !open
    this.face.setAttribute('aria-expanded', String(open))
    if (!open || this.panel.children.length) return
    for (const sign of this.data.emoji) {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = sign
      button.addEventListener('mousedown', (event) => event.preventDefault())
      button.addEventListener('click', () => this.insert(sign))
      this.panel.append(button)
    }
  }

  insert(sign) {
    const { area } = this
    area.setRangeText(sign, area.selectionStart, area.selectionEnd, 'end')
    this.typed()
  }

  leave() {
    clearTimeout(this.timer)
    clearTimeout(this.waiting)
    save(this.kept)
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.wa-write')
  root.box ??= new Box(root)
  root.box.update(data, setTriggerValue)
  return () => root.box.leave()
}
