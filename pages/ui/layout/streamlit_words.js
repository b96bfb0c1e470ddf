// What Streamlit says by itself, in the visitor's language; and a page that a browser translates stays alive.

/** Read what a rule looks at in a node: its text, or an attribute. */
const read = (node, name) => (name === 'text' ? node.nodeValue : node.getAttribute(name))
const write = (node, name, value) => (name === 'text' ? (node.nodeValue = value) : node.setAttribute(name, value))

function spoken(rule, own) {
  const bare = own.trim()
  if (!bare) return own
  if (Object.hasOwn(rule.words, bare)) return own.replace(bare, () => rule.words[bare])
  for (const [shape, words] of rule.shapes) if (shape.test(bare)) return bare.replace(shape, words)
  return own
}

function say(rule, node, name) {
  const own = read(node, name)
  if (own === null || node.streamlitWords?.[name]?.shown === own) return
  const shown = spoken(rule, own)
  if (shown === own) return
  node.streamlitWords = { ...node.streamlitWords, [name]: { own, shown } }
  write(node, name, shown)
}

function* textsIn(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) yield walker.currentNode
}

/** Look through a part of the page, and through the areas that it lies in. */
function look(rules, part) {
  const element = part.nodeType === Node.ELEMENT_NODE ? part : part.parentElement
  if (!element?.isConnected) return
  for (const rule of rules) {
    const area = rule.names.includes('text') ? element.closest(rule.at) : element.matches(rule.at) && element
    const found = [...(area ? [area] : []), ...(part === element ? element.querySelectorAll(rule.at) : [])]
    for (const one of found) {
      for (const name of rule.names) {
        if (name !== 'text') say(rule, one, name)
        else for (const text of textsIn(one)) say(rule, text, name)
      }
    }
  }
}

/** Put back Streamlit's own words, for another language. */
function forget() {
  for (const node of [...document.querySelectorAll('*'), ...textsIn(document.body)]) {
    for (const [name, { own, shown }] of Object.entries(node.streamlitWords ?? {})) {
      if (read(node, name) === shown) write(node, name, own)
    }
    delete node.streamlitWords
  }
}

// A browser that translates a page puts each text into <font>, or <font> in the place of the text. Streamlit's
// renderer goes on with the nodes that it made, and stops for good at the first that is not where it was put.
const inPlaceOf = new WeakMap()

function noteReplaced({ addedNodes, removedNodes, previousSibling, nextSibling }) {
  for (const gone of removedNodes) {
    if (gone.nodeType !== Node.TEXT_NODE || gone.isConnected) continue
    const font = [...addedNodes, previousSibling, nextSibling].find((node) => node?.nodeName === 'FONT')
    if (font) inPlaceOf.set(gone, font)
  }
}

/** Return the child of `parent` that holds `node` or stands in its place; null for none. */
function holderIn(parent, node) {
  let holder = inPlaceOf.get(node) ?? node
  while (holder && holder.parentNode !== parent) holder = holder.parentNode
  return holder
}

function tolerateFonts() {
  const { removeChild, insertBefore } = Node.prototype
  const value = Object.getOwnPropertyDescriptor(Node.prototype, 'nodeValue')
  Node.prototype.removeChild = function (child) {
    if (child?.parentNode === this) return removeChild.call(this, child)
    const holder = child instanceof Node ? holderIn(this, child) : null
    if (holder) removeChild.call(this, holder)
    return child
  }
  Node.prototype.insertBefore = function (child, before) {
    const there = !before || before.parentNode === this ? before : holderIn(this, before)
    return insertBefore.call(this, child, there ?? null)
  }
  Object.defineProperty(Node.prototype, 'nodeValue', {
    ...value,
    set(text) {
      const font = this.isConnected ? null : inPlaceOf.get(this)
      if (font?.isConnected) font.replaceWith(this)
      value.set.call(this, text)
    },
  })
}

function start() {
  tolerateFonts()
  const state = { said: '', rules: [] }
  const names = ['aria-label', 'title', 'placeholder']
  new MutationObserver((records) => {
    for (const record of records) {
      noteReplaced(record)
      if (record.type !== 'childList') look(state.rules, record.target)
      else for (const part of record.addedNodes) look(state.rules, part)
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: names })
  return state
}

export default function ({ data }) {
  const state = (window.streamlitWords ??= start())
  const said = JSON.stringify(data.rules)
  if (state.said === said) return
  forget()
  state.said = said
  state.rules = data.rules.map((rule) => ({
    ...rule,
    shapes: rule.shapes.map(([shape, words]) => [new RegExp(shape), words]),
  }))
  look(state.rules, document.body)
}
