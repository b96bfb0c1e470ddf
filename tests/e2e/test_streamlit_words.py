"""No page in Portuguese says anything in English, seen or read out; English has no Portuguese left."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Final

from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.support.composer_page import ComposerPage
from tests.support.visitor import Visitor

STREAMLITS: Final = re.compile(
    r"\b(?:skip to|upload(?:ing)?|per file|drag and drop|files are|must be|show/hide|download|search"
    r"|fullscreen|help|record(?:ing)?|stop|running|rerun|increment|decrement|clos(?:e|ed)|dismiss|clear"
    r"|copy|copied|press|no results|no options|next|previous|page|pages|pagination|scrollable|sidebar"
    r"|selectbox|multiselect|expand|collapse|toolbar|loading|connecting|connection|show|hide"
    r"|menu item|main menu|view less|view more"
    r"|required|choose|select|sort|autosize|column|columns|play|pause|reset|toggle|remove|delete|open)\b",
    re.IGNORECASE,
)
"""Words of Streamlit's own that are no Portuguese words."""
WALK: Final = """() => {
  const said = []
  const other = 'pre, code, script, noscript, style, [data-testid="stIconMaterial"], .wa-symbol'
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
    if (element.closest(other)) continue
    const from = element.closest('[data-testid]')?.dataset.testid ?? ''
    if (node === element) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description'])
        if (node.getAttribute(name)) said.push(`${from} [${name}]: ${node.getAttribute(name)}`)
    } else if (node.nodeValue.trim()) said.push(`${from}: ${node.nodeValue.trim()}`)
  }
  return said
}"""
NAMES: Final = re.compile(r"\*\*|Manual Deploy|Add Disk|Save Changes|Environment|Disks|Mount Path|Dashboard")
"""Of buttons of Render, which the guide calls what they are called."""


def english_on(person: Visitor) -> list[str]:
    """What is in English on the page as it is now; where it stands first."""
    said = person.page.evaluate(WALK)
    return [each for each in said if STREAMLITS.search(each.partition(": ")[2]) and not NAMES.search(each)]


def opened(person: Visitor, path: str) -> None:
    """Go to a page and wait until its words are said."""
    person.open(path)
    expect(person.page.get_by_test_id("stSkipToContent")).to_have_text("Ir para o conteúdo")


def hovered(person: Visitor) -> Iterator[None]:
    """Put the pointer on each piece that shows something of its own only then."""
    for place in ("stDataFrame", "stImage", "stVegaLiteChart", "stTooltipHoverTarget", "stCode", "stTable"):
        for piece in person.page.get_by_test_id(place).filter(visible=True).all()[:3]:
            piece.hover()
            yield


def steps(connected: Connected, person: Visitor) -> Iterator[str]:
    """Go through every page in the states in which Streamlit shows something of its own; name each."""
    own = connected.instance_id
    opened(person, "/")
    yield "list"
    person.press("new-instance")
    person.by_key("instance-name").locator("input").fill("Loja")
    yield "new instance"
    opened(person, f"/instance?id={own}")
    yield "instance"
    for path in ("/storage", "/alerts", "/guide", "/diagnostics", "/audit"):
        opened(person, path)
        yield path
        for _ in hovered(person):
            yield f"{path}, under the pointer"
    opened(person, f"/messages?id={own}")
    yield "messages"
    person.talk_to(f"+{connected.friend}")
    composer = ComposerPage(person)
    composer.box.fill("https://example.com é um link")
    yield "a text"
    person.by_key("send-from").locator("input").first.click()
    yield "a choice"
    person.page.keyboard.press("Escape")
    person.press("attach")
    person.by_key("attach-sheet").wait_for()
    yield "the sheet"
    person.page.keyboard.press("Escape")
    expect(person.by_key("attach-sheet")).to_be_hidden()
    for kind in ("audio", "location", "contact", "poll", "document"):
        composer.attach(kind)
        person.settled()
        yield kind
        person.press("attach-leave")
        expect(person.by_key("attach-form")).to_have_count(0)
    person.by_key("voice").get_by_role("button").click()
    person.by_key("attach-form").wait_for()
    yield "voice"
    person.press("attach-leave")
    expect(person.by_key("attach-form")).to_have_count(0)
    photo = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(photo, "JPEG")
    composer.attach("photo")
    composer.choose_file(name="foto.jpg", buffer=photo.getvalue())
    expect(person.by_key("send-preview").locator("img")).to_be_visible()
    yield "a file"
    for _ in hovered(person):
        yield "a file, under the pointer"


def test_nothing_is_in_english_on_portuguese_pages(connected: Connected) -> None:
    """Text, names for screen readers, hints: on each page, in each state."""
    person = connected.visitor("/")
    found: dict[str, list[str]] = {}
    for step in steps(connected, person):
        person.settled()
        if english := english_on(person):
            found.setdefault(step, english)
    assert not found, "\n".join(f"{step}: {words}" for step, words in found.items())


def test_words_follow_the_language(connected: Connected) -> None:
    """Both ways, on a page that stays open; a person's words are never taken for Streamlit's."""
    connected.emulator.inbound(sender=connected.friend, receiver=connected.number, text="Upload")
    person = connected.visitor("/messages?id={id}")
    skip = person.page.get_by_test_id("stSkipToContent")
    expect(skip).to_have_text("Ir para o conteúdo")
    composer = ComposerPage(person).open("Amiga")
    composer.attach("document")
    dropzone = person.page.get_by_test_id("stFileUploaderDropzone")
    expect(dropzone.get_by_role("button", name="Escolher um arquivo", exact=True)).to_be_visible()
    person.pick("language", "English")
    expect(skip).to_have_text("Skip to the content")
    expect(dropzone.get_by_role("button", name="Choose a file", exact=True)).to_be_visible()
    expect(person.by_key("thread")).to_contain_text("Upload")
