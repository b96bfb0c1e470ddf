"""What Chromium really draws of names that mean something to Streamlit: the names, sign by sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.content import Text
from tests.support.polling import eventually
from tests.support.thread_page import open_thread
from tests.support.visitor import Visitor

INSTANCE: Final = "$x$ *b* :red[x] :material/home: [a](http://z.test) `c` <b>"
FRIEND: Final = "1. $y$ _i_ ~~s~~ :sob: <u>"
GROUP: Final = "# *g* :blue[z] www.zebra.test"
DRAWN: Final = """() => [...document.querySelectorAll(
  '.katex, [data-testid="stMarkdownContainer"] :is(em, del, h1, h2, h3, li, blockquote)')]
  .filter(each => each.offsetParent && /[xyz]$|^[bisg]$/.test(each.innerText)).map(each => each.outerHTML)"""
"""What a name would have become."""


def shown(person: Visitor) -> str:
    """All that can be read on the page, without the marks that keep it plain."""
    person.settled()
    return person.page.locator("body").inner_text().replace("\u2060", "")


def shows(person: Visitor, *names: str) -> None:
    """Wait until the page shows these names as they are, and see that none became anything else."""
    eventually(lambda: all(name in shown(person) for name in names), timeout=10, seen=lambda: shown(person))
    assert person.page.evaluate(DRAWN) == []


def test_names_are_drawn_sign_by_sign(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """Of an instance, of a person and of a group, on every page and in what is asked there."""
    emulator, owner = connected.emulator, connected.number
    friend = fresh_number()
    emulator.add_phone(friend, FRIEND)
    group = emulator.make_group(GROUP, members=[friend, owner])
    emulator.write(Text("oi"), sender=friend, group=group)
    emulator.write(Text("oi"), sender=friend, receiver=owner)
    person = connected.visitor("/instance?id={id}")
    person.press_more("rename")
    person.type_into("rename-name", INSTANCE)
    person.press("rename-save")
    shows(person, INSTANCE)
    person.press_more("delete")
    shows(person, f"“{INSTANCE}”")
    person.press("cancel-action")
    for path in ("/", "/storage"):
        shows(person.open(path), INSTANCE)
    shows(person.open("/audit"))
    shows(person.open(f"/messages?id={connected.instance_id}"), FRIEND, GROUP)
    thread = open_thread(person, FRIEND)
    shows(person, FRIEND)
    thread.choose(thread.bubble("oi"), "Responder")
    expect(person.by_key("reply-strip")).to_contain_text("oi")
    shows(person, FRIEND)
    open_thread(person, GROUP)
    shows(person, GROUP, FRIEND)
    person.press("new-conversation")
    person.choose("send-way", "Um grupo")
    shows(person, GROUP)
    person.choose("send-way", "Uma pessoa")
    person.by_key("send-to").locator("input").fill(f"+{friend}")
    expect(person.by_key("send-checked-yes")).to_be_visible()
    shows(person, f"({FRIEND})")
