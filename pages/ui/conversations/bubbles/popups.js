
// What opens beside a bubble: its menu, the question before a deletion, and the steps that a message took.

const GAP_PX = 6

/** Put an open popup beside what was pressed, inside the window. On a phone the style sheet says where. */
function place(popup, beside) {
  const at = beside.getBoundingClientRect()
  const { offsetWidth: wide, offsetHeight: tall } = popup
  const below = at.bottom + GAP_PX + tall <= window.innerHeight
  const top = below ? at.bottom + GAP_PX : Math.max(GAP_PX, at.top - GAP_PX - tall)
  const left = Math.min(Math.max(GAP_PX, at.right - wide), window.innerWidth - wide - GAP_PX)
  popup.style.setProperty('--top', `${top}px`)
  popup.style.setProperty('--left', `${left}px`)
}

function popups(root) {
  const popup = make('div', { class: 'wa-popup', popover: 'auto' })
  root.append(popup)
  let shown = null // the key of the message, and what is drawn again when it changes
  // The event comes a moment late: a press on the same dots that has just shut it finds it still noted as open.
  // Where no press did, nothing is to be taken for one.
  popup.ontoggle = ({ newState }) => { if (newState === 'closed') shown = null }
  const close = () => {
    shown = null
    if (popup.matches(':popover-open')) popup.hidePopover()
  }
  popup.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
    const all = [...popup.querySelectorAll('button')]
    if (event.key === 'Tab') close()
    if (event.key === 'Escape') shown = null // the browser shuts it
    if (!all.length) return
    const next = { Home: all[0], End: all.at(-1) }[event.key] ??
      (step && all[(all.indexOf(document.activeElement) + step + all.length) % all.length])
    if (!next) return
    event.preventDefault()
    next.focus()
  }

  const open = (key, beside, fill) => {
    const again = shown?.key === key && shown.beside === beside
    if (popup.matches(':popover-open')) popup.hidePopover()
    if (again) return
    popup.replaceChildren(...fill())
    popup.showPopover()
    place(popup, beside)
    shown = { key, beside, fill }
    popup.querySelector('button')?.focus({ preventScroll: true })
  }

  return {
    open,
    close,
    /** Replace what an open popup holds, at the press of one of its own buttons. */
    turn: (inside) => {
      popup.replaceChildren(...inside)
      place(popup, shown.beside)
      popup.querySelector('button')?.focus({ preventScroll: true })
    },
    /** Follow the messages: one that is gone has no menu, and new steps are shown at once. */
    follow: (keys, changed) => {
      if (!shown) return
      if (!keys.has(shown.key) || !shown.beside.isConnected) close()
      else if (shown.fill.follows && changed.has(shown.key)) popup.replaceChildren(...shown.fill())
    },
    end: () => popup.remove(),
  }
}

function stepsOf(node, words) {
  const fill = () => {
    const { steps, label, time, moment } = node.item
    const rows = (steps ?? [[label ?? words.queued, moment ?? time]]).flatMap(([label, time]) => [make('dt', { text: label }), make('dd', { text: time })])
    return [make('div', { class: 'wa-steps', role: 'dialog', 'aria-label': words.steps },
      make('dl', {}, ...rows), node.item.reason && make('p', { text: node.item.reason }))]
  }
  fill.follows = true
  return fill
}

function menuOf(node, { words, act, copy, popup }) {
  return () => {
    const { key, acts, mine, body } = node.item
    const choose = (what, value = '') => { popup.close(); act(what, key, value) }
    const entry = (what, icon, onclick) =>
      button({ class: 'wa-entry', role: 'menuitem', onclick, 'data-act': what }, symbol(icon), make('span', { text: words.acts[what] }))
    const emoji = (sign) => button({
      class: 'wa-react', role: 'menuitem', text: sign, 'aria-label': `${words.acts.react} ${sign}`, onclick: () => choose('react', sign),
    })
    const entries = {
      reply: () => entry('reply', 'reply', () => choose('reply')),
      edit: () => entry('edit', 'edit', () => choose('edit')),
      copy: () => entry('copy', 'content_copy', () => { popup.close(); copy(key, body) }),
      read: () => entry('read', 'done_all', () => choose('read')),
      resend: () => entry('resend', 'send', () => choose('resend')),
      delete: () => entry('delete', 'delete', () => popup.turn([questionOf(words, { yes: () => choose('delete'), no: popup.close })])),
    }
    const rows = acts.filter((what) => entries[what]).map((what) => entries[what]())
    const react = acts.includes('react') && make('div', { class: 'wa-reacts', role: 'group', 'aria-label': words.acts.react },
      make('span', { class: 'wa-faint', 'aria-hidden': 'true', text: words.acts.react }), ...words.emojis.map(emoji))
    const back = mine && entry('unreact', 'remove_circle', () => choose('react', ''))
    return [make('div', { class: 'wa-menu', role: 'menu', 'aria-label': words.menu }, react, back, ...rows)]
  }
}

function questionOf(words, { yes, no }) {
  return make('div', { class: 'wa-question', role: 'alertdialog', 'aria-label': words.acts.delete },
    make('p', { text: words.sure }),
    button({ class: 'wa-yes', text: words.delete, onclick: yes }),
    button({ class: 'wa-no', text: words.cancel, onclick: no }))
}
