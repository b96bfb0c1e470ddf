(() => {
  const EVERY_MS = 2000, SAID_MS = 2500
  const live = document.getElementById('live'), said = document.getElementById('said')
  const offline = document.getElementById('offline')
  const part = () => document.getElementById('part')
  let until = new Map()

  // What follows the # never leaves the browser by itself: the press sends it, and no address holds it then.
  function dress() {
    const form = document.getElementById('enter'), secret = location.hash.slice(1)
    if (form) {
      form.elements.secret.value = secret
      form.querySelector('button').disabled = !secret
      document.getElementById('incomplete').hidden = Boolean(secret)
      for (const link of document.querySelectorAll('footer a')) link.hash = location.hash
    } else if (secret && part().dataset.opened) {
      history.replaceState(null, '', location.pathname + location.search)
    }
    setClocks(part())
    tick()
  }

  function setClocks(from) {
    const clocks = [...from.querySelectorAll('[data-seconds]')]
    until = new Map(clocks.map((clock) => [clock.id, Date.now() + 1000 * Number(clock.dataset.seconds)]))
  }

  function tick() {
    for (const [id, end] of until) {
      const clock = document.getElementById(id)
      const left = Math.max(0, Math.round((end - Date.now()) / 1000))
      if (clock) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
    }
  }

  function show(fresh) {
    if (fresh.dataset.key === part().dataset.key) return setClocks(fresh)
    const focused = document.activeElement?.id, inside = live.contains(document.activeElement)
    const before = live.querySelector('h1')?.textContent
    live.replaceChildren(fresh)
    const heading = live.querySelector('h1')
    if (inside) (document.getElementById(focused) ?? heading).focus()
    if (heading.textContent !== before) said.textContent = heading.textContent
    dress()
  }

  async function poll() {
    try {
      const answer = await fetch('/pair/part' + location.search, { cache: 'no-store' })
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.getElementById('part')
      offline.hidden = Boolean(fresh)
      if (fresh) show(fresh)
    } catch {
      offline.hidden = false
    }
  }

  function again() {
    setTimeout(async () => {
      if (part().dataset.live) await poll()
      again()
    }, EVERY_MS)
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      const range = document.createRange()
      range.selectNodeContents(document.querySelector('.code code'))
      const selection = getSelection()
      selection.removeAllRanges()
      selection.addRange(range)
      return document.execCommand('copy')
    }
  }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]')
    if (!button) return
    const label = button.dataset.label
    button.textContent = (await copied(button.dataset.copy)) ? button.dataset.done : button.dataset.selected
    setTimeout(() => { button.textContent = label }, SAID_MS)
  })
  document.addEventListener('submit', (event) => {
    // Once it is on its way: a button that is shut before would not be sent.
    setTimeout(() => event.target.querySelectorAll('button').forEach((each) => { each.disabled = true }))
  })
  document.addEventListener('visibilitychange', () => { if (!document.hidden && part().dataset.live) poll() })
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
  addEventListener('hashchange', dress)
  setInterval(tick, 1000)
  dress()
  again()
})()
