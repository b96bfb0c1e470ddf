"""What Chromium really draws: numbers beside names that try to turn them read from left to right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.content import Document, Poll, Text
from tests.support.polling import eventually
from tests.support.visitor import Visitor

HOSTILE: Final = (
    "\u202eanA",
    "\u2066Ana",
    "\u2067Ana",
    "\u202dA\u202bBia",
    "\u2069\u2069\u202eCaio",
    "אנה",
    "آنا",
    "\u061cDora\u200f",
    "\u200bEva\u200d\u202e",
)
TURNED: Final = """() => {
  const turned = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const found of node.data.matchAll(/\\+?[0-9][0-9 ().:-]{3,}[0-9]/g)) {
      const places = [];
      for (let at = found.index; at < found.index + found[0].length; at++) {
        if (node.data[at] === ' ') continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const [box] = range.getClientRects();
        if (box && box.width) places.push(box);
      }
      if (places.length < 4) continue;
      seen += 1;
      const wrong = places.some((box, i) => i && Math.abs(box.top - places[i - 1].top) < 4
        && box.left < places[i - 1].left);
      if (wrong) turned.push(node.data);
    }
  }
  return {seen, turned};
}"""
BEFORE: Final = """() => [...document.querySelectorAll('.wa-message .wa-step > span')].flatMap(who => {
  if (!who.querySelector('strong')) return [];
  const name = who.querySelector('strong').getBoundingClientRect();
  const number = who.querySelector('.wa-value')?.getBoundingClientRect();
  return number && Math.abs(name.top - number.top) < 8 && number.left < name.right - 1 ? [who.innerText] : [];
})"""


def all_read_from_left_to_right(person: Visitor, *, least: int = 1) -> None:
    """Every number and time on the page, by where its figures stand; as many as there must be."""
    person.settled()
    found = person.page.evaluate(TURNED)
    assert found["turned"] == []
    assert found["seen"] >= least, found


def open_list(person: Visitor, key: str, *, options: int) -> None:
    """Open that selectbox; a drawing that comes in between shuts it again."""
    shown = person.page.get_by_role("option")

    def opened() -> bool:
        person.settled()
        if not shown.count():
            person.by_key(key).locator("input").click()
            person.page.wait_for_timeout(300)
        return shown.count() == options

    eventually(opened, timeout=10, seen=shown.all_inner_texts)


def test_no_name_turns_a_number_around(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """Push names, groups, files, polls, quotes, names of instances: on every page, in every list."""
    emulator, owner, instance_id = connected.emulator, connected.number, connected.instance_id
    friends = [fresh_number() for _ in HOSTILE]
    for number, name in zip(friends, HOSTILE, strict=True):
        emulator.add_phone(number, name)
        first = emulator.write(Text(f"{name} 10:30"), sender=number, receiver=owner)
        emulator.write(Text("+55 11 2222-3333"), sender=number, receiver=owner, quoting=first)
    group = emulator.make_group(f"{HOSTILE[0]} אבא", members=[*friends, owner])
    emulator.write(
        Document(b"%PDF-1.4", f"{HOSTILE[0]}fdp.exe", "application/pdf"), sender=friends[0], group=group
    )
    emulator.write(Poll(HOSTILE[2], (HOSTILE[5], HOSTILE[0])), sender=friends[5], group=group)
    person = connected.visitor("/messages?id={id}&view=log")
    inbox = person.by_key("inbox")
    expect(inbox).to_contain_text("fdp.exe")
    expect(inbox.locator(".wa-message")).to_have_count(2 * len(HOSTILE) + 2)
    all_read_from_left_to_right(person, least=3 * len(HOSTILE))
    assert person.page.evaluate(BEFORE) == []
    assert "\u202e" not in person.page.locator("body").inner_text()
    open_list(person, f"inbox-contact-{instance_id}", options=len(HOSTILE) + 2)
    all_read_from_left_to_right(person, least=4 * len(HOSTILE))
    person.page.keyboard.press("Escape")
    person.open(f"/messages?id={instance_id}")
    talks = person.by_key("thread-list").locator("a")
    expect(talks).to_have_count(len(HOSTILE) + 1)
    all_read_from_left_to_right(person, least=2 * len(HOSTILE))
    for index in range(len(HOSTILE) + 1):
        talks.nth(index).click()
        expect(talks.nth(index)).to_have_attribute("aria-current", "true")
        all_read_from_left_to_right(person, least=2 * len(HOSTILE))
    person.press("new-conversation")
    person.by_key("recent-people").wait_for()
    all_read_from_left_to_right(person, least=3 * len(HOSTILE))
    person.choose("send-way", "Um grupo")
    person.by_key("send-group").get_by_role("link").wait_for()
    all_read_from_left_to_right(person)
    person.page.keyboard.press("Escape")
    for name in ("\u202eajoL", "متجر"):
        person.open(f"/instance?id={instance_id}")
        person.press_more("rename")
        person.type_into("rename-name", name)
        person.press("rename-save")
        expect(person.by_key("rename-save")).to_have_count(0)
        for path in ("/", f"/instance?id={instance_id}", f"/messages?id={instance_id}", "/audit", "/storage"):
            person.open(path)
            all_read_from_left_to_right(person, least=0)
            drawn = person.page.locator("h1, .wa-name, .wa-table").all_inner_texts()
            assert "\u202e" not in "".join(drawn)
