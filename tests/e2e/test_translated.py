"""A browser that translates the page by itself does not break it: it goes on showing what happens."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected, Visit
from tests.support.app_process import AppProcess
from tests.support.composer_page import ComposerPage, answer
from tests.support.visitor import CONNECTED, Visitor

WRAP: Final = """(replaced) => {
  document.documentElement.removeAttribute('translate') // what a browser that does it all the same ignores
  const font = () => Object.assign(document.createElement('font'), { style: 'vertical-align: inherit;' })
  const translate = (text) => {
    const parent = text.parentElement
    if (!text.nodeValue.trim() || !parent) return
    if (parent.closest('font, script, style, textarea, [translate=no]')) return
    const outer = font(), inner = font()
    outer.append(inner)
    text.replaceWith(outer)
    inner.append(replaced ? text.nodeValue : text)
  }
  const all = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) texts.push(walker.currentNode)
    if (root.nodeType === Node.TEXT_NODE) texts.push(root)
    texts.forEach(translate)
  }
  all(document.body)
  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach((node) => node.isConnected && all(node))
  }).observe(document.body, { subtree: true, childList: true })
}"""
"""What Google's translator does to a page, without the translating: once, and to all that comes later."""


def is_whole(person: Visitor, errors: list[str]) -> None:
    """The page is there, and nothing has stopped."""
    person.settled()
    expect(person.page.get_by_test_id("stMain")).to_be_visible()
    expect(person.page.get_by_test_id("stException")).to_have_count(0)
    assert not errors, errors


@pytest.mark.parametrize("replaced", [False, True], ids=["wrapped", "replaced"])
def test_a_translated_page_goes_on(connected: Connected, replaced: bool) -> None:
    """Pages change, messages come and go, states follow, forms empty: as on a page left alone."""
    emulator, owner, friend = connected.emulator, connected.number, connected.friend
    person = connected.visitor("/")
    errors: list[str] = []
    person.page.on("pageerror", lambda error: errors.append(str(error)))
    person.by_key(f"open-{connected.instance_id}").wait_for()
    person.page.evaluate(WRAP, replaced)
    expect(person.page.locator("font").first).to_be_attached()

    person.press(f"open-{connected.instance_id}")
    expect(person.by_key("status")).to_contain_text(CONNECTED)
    is_whole(person, errors)
    emulator.faults(refuse=True)
    emulator.drop(owner)
    expect(person.by_key("status")).to_contain_text("Reconectando")
    emulator.clear_faults()
    expect(person.by_key("status")).to_contain_text(CONNECTED, timeout=20_000)
    is_whole(person, errors)

    person.by_key("nav-messages").get_by_role("link").click()
    person.by_key("send-from").locator("input").first.click()
    person.page.get_by_role("option").filter(has_text=connected.name).click()
    for count in range(2):
        person.send(to=f"+{friend}", text=f"número {count}")
        person.sees_sent(f"número {count}")
        emulator.inbound(sender=friend, receiver=owner, text=f"resposta {count}")
        expect(person.by_key("thread")).to_contain_text(f"resposta {count}")
        is_whole(person, errors)
    composer = ComposerPage(person)
    for kind in ("poll", "location", "document"):
        composer.attach(kind)
        is_whole(person, errors)
        person.press("attach-leave")
        expect(person.by_key("attach-form")).to_have_count(0)
        is_whole(person, errors)
    answer(composer, "resposta 1")
    expect(composer.strip).to_contain_text("resposta")
    is_whole(person, errors)
    person.press("reply-leave")
    expect(composer.strip).to_have_count(0)
    is_whole(person, errors)
    for page in ("guide", "storage"):
        person.by_key(f"nav-{page}").get_by_role("link").click()
        person.page.wait_for_url(re.compile(page))
        is_whole(person, errors)
    person.by_key("nav-instances").get_by_role("link").click()
    person.by_key(f"open-{connected.instance_id}").wait_for()
    is_whole(person, errors)
    assert [message.text for message in emulator.messages_to(friend)] == ["número 0", "número 1"]
    assert not [error for error in person.console_errors if "NotFoundError" in error]


RENDERER: Final = """async (replaced) => {
  const part = document.createElement('p'), mark = document.createElement('b')
  const texts = ['one', 'two', 'three', 'four'].map((word) => document.createTextNode(word))
  part.append(texts[0], mark, ...texts.slice(1))
  document.body.append(part)
  for (const text of texts) {
    const outer = document.createElement('font')
    text.replaceWith(outer)
    outer.append(replaced ? text.nodeValue : text)
  }
  await new Promise((done) => setTimeout(done))
  part.removeChild(texts[0])
  part.insertBefore(document.createTextNode('new '), texts[1])
  texts[1].nodeValue = 'second '
  part.removeChild(texts[2])
  const said = part.textContent
  part.remove()
  return said
}"""
"""What React does to nodes that it put into the page, after a translator did what it does."""


@pytest.mark.parametrize("replaced", [False, True], ids=["wrapped", "replaced"])
def test_what_the_renderer_takes_away_is_gone(empty_app: AppProcess, visit: Visit, replaced: bool) -> None:
    """No error, nothing left over, what is new in its place."""
    person = visit(empty_app).open()
    expect(person.page.get_by_test_id("stSkipToContent")).to_have_text("Ir para o conteúdo")
    assert person.page.evaluate(RENDERER, replaced) == "new second four"
