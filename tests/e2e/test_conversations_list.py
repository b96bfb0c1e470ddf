"""The list of conversations in the browser: order, search, keyboard, the way back, new conversations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Connected, TakeInstances, Visit
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.support.accessibility import violations
from tests.support.polling import eventually
from tests.support.visitor import Visitor

PHONE: dict[str, Any] = {"width": 390, "height": 844, "phone": True}
DESK: dict[str, Any] = {"width": 1280, "height": 900}
WINDOWS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]
SOON_MS = 2_000
_MUTATIONS = """() => {
  window.mutations = 0
  const note = (found) => { window.mutations += found.length }
  const watched = { subtree: true, childList: true, attributes: true, characterData: true }
  new MutationObserver(note).observe(document.querySelector('.st-key-thread-list nav'), watched)
}"""
_DRAWN_TWICE = """() => new Promise((done) => {
  const { changeLine } = window, { newest } = changeLine
  let runs = 0
  const app = document.querySelector('[data-testid="stApp"]')
  const watch = new MutationObserver(() => {
    if (app.dataset.testScriptState !== 'notRunning' || ++runs < 2) return
    watch.disconnect()
    changeLine.newest = newest
    setTimeout(done, 300)
  })
  watch.observe(app, { attributeFilter: ['data-test-script-state'] })
  changeLine.newest = { ...newest, typing: Infinity } // only the list looks at that topic
  for (const { look } of changeLine.listeners.values()) look()
})"""
_SMALL = """() => [...document.querySelectorAll('.st-key-threads-pane :is(a, button, input)')]
  .map((each) => each.closest('.react-aria-ComboBox, [data-testid="stTextInputRootElement"]') ?? each)
  .map((each) => [each.innerText || each.className, each.getBoundingClientRect()])
  .filter(([, box]) => box.height && (box.height < 43.5 || box.left < 0 || box.right > 390))
  .map(([name, { height, left, right }]) => [name, height, left, right].join(' '))"""


def lines(person: Visitor) -> Locator:
    return person.by_key("thread-list").locator("a")


def names(person: Visitor) -> Locator:
    return lines(person).locator(".wa-talk-name")


def line(person: Visitor, name: str) -> Locator:
    return lines(person).filter(has=person.page.get_by_text(name, exact=True))


def opened(person: Visitor) -> Locator:
    return person.by_key("talk")


def friends(connected: Connected, fresh_number: Callable[[], str], *called: str) -> list[str]:
    """People who have WhatsApp; each has written once, the last one last."""
    numbers = [fresh_number() for _ in called]
    for number, name in zip(numbers, called, strict=True):
        connected.emulator.add_phone(number, name)
        connected.emulator.write(Text(f"Aqui é {name}"), sender=number, receiver=connected.number)
    return numbers


@pytest.mark.parametrize("window", WINDOWS)
def test_what_arrives_goes_to_the_top_and_is_counted(
    connected: Connected, fresh_number: Callable[[], str], window: dict[str, Any]
) -> None:
    """By itself; the badge says how many, and so does the title of the tab."""
    ana, _bia = friends(connected, fresh_number, "Ana", "Bia")
    person = connected.visitor("/messages?id={id}", **window)
    expect(names(person)).to_have_text(["Bia", "Ana"])
    expect(lines(person).first).to_have_attribute("data-unread", "1")
    connected.emulator.write(Text("Tudo bem?"), sender=ana, receiver=connected.number)
    expect(names(person)).to_have_text(["Ana", "Bia"], timeout=SOON_MS)
    expect(lines(person).first).to_have_attribute("data-unread", "2")
    expect(lines(person).first).to_contain_text("Tudo bem?")
    expect(lines(person).first).to_contain_text("2 não lidas")
    expect(person.page).to_have_title(re.compile(r"^(⚠ )?\(\d+\) Conversas · Plantão$"))


def test_a_list_that_does_not_change_is_not_touched_and_keeps_the_focus(
    connected: Connected, fresh_number: Callable[[], str]
) -> None:
    """A redraw without news changes nothing in the document; with news, the line that has the focus stays."""
    ana, _bia, _caio = friends(connected, fresh_number, "Ana", "Bia", "Caio")
    person = connected.visitor("/messages?id={id}")
    expect(names(person)).to_have_text(["Caio", "Bia", "Ana"])
    line(person, "Bia").focus()
    person.page.evaluate(_MUTATIONS)
    connected.emulator.write(Text("Tudo bem?"), sender=ana, receiver=connected.number)
    expect(names(person)).to_have_text(["Ana", "Caio", "Bia"], timeout=SOON_MS)
    expect(line(person, "Bia")).to_be_focused()
    assert int(person.page.evaluate("window.mutations")) < 40
    person.page.evaluate("window.mutations = 0")
    person.page.evaluate(_DRAWN_TWICE)
    assert person.page.evaluate("window.mutations") == 0


@pytest.mark.parametrize("window", WINDOWS)
def test_the_search_finds_people_and_words_while_they_are_typed(
    connected: Connected, fresh_number: Callable[[], str], window: dict[str, Any]
) -> None:
    """Without accents; nothing found is said; a press shows all again."""
    friends(connected, fresh_number, "José Antônio", "Bia")
    person = connected.visitor("/messages?id={id}", **window)
    expect(lines(person)).to_have_count(2)
    box = person.by_key("thread-search").locator("input")
    box.press_sequentially("antonio")
    expect(names(person)).to_have_text(["José Antônio"])
    box.fill("aqui e bia")
    expect(names(person)).to_have_text(["Bia"])
    box.fill("ninguém disso")
    expect(person.by_key("threads-empty")).to_contain_text("Nada encontrado")
    person.press("threads-clear")
    expect(lines(person)).to_have_count(2)
    expect(box).to_have_value("")


def test_the_filters_show_what_they_say(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """Groups, unread ones; the count stands behind the name."""
    (ana,) = friends(connected, fresh_number, "Ana")
    group = connected.emulator.make_group("Família", members=[ana, connected.number])
    connected.emulator.write(Text("Quem vem?"), sender=ana, group=group)
    person = connected.visitor("/messages?id={id}")
    expect(names(person)).to_have_text(["Família", "Ana"])
    expect(lines(person).first).to_contain_text("Ana: Quem vem?")
    person.choose("thread-filter", "Grupos")
    expect(names(person)).to_have_text(["Família"])
    person.choose("thread-filter", "Não lidas")
    expect(lines(person)).to_have_count(2)
    behind = (
        "getComputedStyle(document.querySelectorAll('.st-key-thread-filter button p')[1], '::after').content"
    )
    assert "2" in person.page.evaluate(behind)


def test_the_arrow_keys_go_through_the_list(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """The Tab key stops in it once; Enter opens, and the line is marked."""
    friends(connected, fresh_number, "Ana", "Bia", "Caio")
    person = connected.visitor("/messages?id={id}")
    expect(lines(person)).to_have_count(3)
    stops = lines(person).evaluate_all("links => links.filter((link) => link.tabIndex === 0).length")
    assert stops == 1
    person.page.keyboard.press("Tab")
    lines(person).first.focus()
    for key, name in (("ArrowDown", "Bia"), ("End", "Ana"), ("ArrowUp", "Bia"), ("Home", "Caio")):
        person.page.keyboard.press(key)
        expect(line(person, name)).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(opened(person)).to_contain_text("Caio")
    expect(line(person, "Caio")).to_have_attribute("aria-current", "true")
    expect(line(person, "Caio")).to_be_focused()
    assert re.search(r"[?&]c=[\w-]+", person.page.url)


def test_two_panes_on_a_desk_one_on_a_phone(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """A phone shows the list or the conversation, and then no bar. Nothing reaches beyond the screen."""
    friends(connected, fresh_number, "Ana", "Bia")
    for width, both in ((1280, True), (900, True), (899, False), (768, False), (390, False), (320, False)):
        person = connected.visitor("/messages?id={id}", width=width, height=700)
        line(person, "Ana").click()
        expect(opened(person)).to_be_visible()
        expect(person.by_key("threads-pane")).to_be_visible(visible=both)
        expect(person.by_key("back-to-list")).to_be_visible(visible=not both)
        expect(person.by_key("bottom-bar")).to_be_visible(visible=False)
        box = opened(person).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert round(box["y"] + box["height"]) == 700
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width
        person.close()


@pytest.mark.parametrize("window", WINDOWS)
def test_the_browsers_back_button_leads_to_the_list_and_forward_again(
    connected: Connected, fresh_number: Callable[[], str], window: dict[str, Any]
) -> None:
    """As does the arrow; a reload means the same conversation."""
    friends(connected, fresh_number, "Ana", "Bia")
    person = connected.visitor("/messages?id={id}", **window)
    line(person, "Ana").click()
    expect(opened(person)).to_contain_text("Ana")
    if window is PHONE:
        expect(person.by_key("back-to-list").get_by_role("button")).to_be_focused()
    person.page.wait_for_url(re.compile(r"[?&]c="))
    person.page.go_back()
    expect(opened(person)).to_have_count(0)
    expect(lines(person).first).to_be_visible()
    person.page.go_forward()
    expect(opened(person)).to_contain_text("Ana")
    person.page.reload()
    expect(opened(person)).to_contain_text("Ana")
    if window is PHONE:
        person.press("back-to-list")
        expect(opened(person)).to_have_count(0)
        expect(line(person, "Ana")).to_have_attribute("aria-current", "false")
        expect(line(person, "Ana")).to_be_focused()


@pytest.mark.parametrize("window", WINDOWS)
def test_a_conversation_is_begun_with_a_number(connected: Connected, window: dict[str, Any]) -> None:
    """Typed as people type it, it is offered whole; one that has no WhatsApp begins nothing."""
    person = connected.visitor("/messages?id={id}", **window)
    person.press("new-conversation")
    box = person.by_key("send-to").locator("input")
    expect(box).to_be_focused()
    box.fill("+55 11 9123")
    person.press("start-conversation")
    expect(person.page.get_by_role("dialog")).to_contain_text("curto demais")
    box.fill(connected.friend.removeprefix("55"))
    offer = person.by_key("send-to-offer").get_by_role("button")
    expect(offer).to_contain_text("+55")
    offer.click()
    expect(person.by_key("send-checked-yes")).to_contain_text(connected.friend[-4:])
    assert re.sub(r"\D", "", box.input_value()) == connected.friend
    person.press("start-conversation")
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    expect(opened(person)).to_contain_text(connected.friend[-4:])
    assert re.search(r"[?&]c=[\w-]+", person.page.url)
    assert connected.emulator.messages_from(connected.number) == ()


def test_a_number_without_whatsapp_begins_nothing(
    connected: Connected, fresh_number: Callable[[], str]
) -> None:
    """The dialog says so and stays; Escape leaves it."""
    person = connected.visitor("/messages?id={id}")
    person.press("new-conversation")
    person.by_key("send-to").locator("input").fill(f"+{fresh_number()}")
    expect(person.by_key("send-checked-no")).to_contain_text("não está no WhatsApp")
    person.press("start-conversation")
    expect(person.page.get_by_role("dialog")).to_contain_text("não tem WhatsApp")
    person.page.keyboard.press("Escape")
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    expect(opened(person)).to_have_count(0)
    person.press("new-conversation")
    expect(person.by_key("send-to").locator("input")).to_have_value("")


def test_a_conversation_is_begun_with_a_recent_person_or_a_group(
    connected: Connected, fresh_number: Callable[[], str]
) -> None:
    """Each by a press on its line; groups of one name are two, and nothing is chosen by itself."""
    (ana,) = friends(connected, fresh_number, "Ana")
    for _ in range(2):
        connected.emulator.make_group("Família", members=[ana, connected.number])
    person = connected.visitor("/messages?id={id}")
    person.press("new-conversation")
    person.by_key("recent-people").get_by_role("link", name="Ana").click()
    expect(opened(person)).to_contain_text("Ana")
    person.press("new-conversation")
    person.choose("send-way", "Um grupo")
    groups = person.by_key("send-group").get_by_role("link")
    expect(groups).to_have_count(2)
    first, second = groups.all_inner_texts()
    assert first != second
    groups.nth(1).click()
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    expect(opened(person)).to_contain_text("Família")


def test_what_is_typed_in_the_dialog_outlives_what_arrives(
    connected: Connected, fresh_number: Callable[[], str]
) -> None:
    """The list below goes on; the dialog, the cursor and the number stay."""
    (ana,) = friends(connected, fresh_number, "Ana")
    person = connected.visitor("/messages?id={id}")
    person.press("new-conversation")
    box = person.by_key("send-to").locator("input")
    box.press_sequentially("+55 11 91")
    connected.emulator.write(Text("Oi de novo"), sender=ana, receiver=connected.number)
    expect(lines(person).first).to_contain_text("Oi de novo")
    box.press_sequentially("23")
    expect(box).to_have_value("+55 11 9123")
    expect(box).to_be_focused()


def test_among_several_instances_the_person_chooses(
    take_instances: TakeInstances, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> None:
    """Nothing of either shows before that; then only that of the chosen one, and the address says which."""
    app, two = take_instances(2)
    for instance, name in zip(two, ("Ana", "Bia"), strict=True):
        number = fresh_number()
        emulator.add_phone(number, name)
        emulator.write(Text("Oi"), sender=number, receiver=instance.number)
    person = visit(app).open("/messages")
    person.by_key("threads-empty").wait_for()
    expect(lines(person)).to_have_count(0)
    person.open(f"/messages?id={two[1].id}")
    expect(line(person, "Bia")).to_be_visible()
    expect(line(person, "Ana")).to_have_count(0)
    line(person, "Bia").click()
    expect(opened(person)).to_contain_text("Bia")
    person.by_key("send-from").locator("input").click()
    person.page.get_by_role("option", name=re.compile(two[0].number[-4:])).click()
    expect(line(person, "Ana")).to_be_visible()
    expect(opened(person)).to_have_count(0)
    person.page.wait_for_url(re.compile(rf"id={two[0].id}"))


@pytest.mark.parametrize("window", WINDOWS)
def test_the_list_and_the_dialog_shut_nobody_out(
    connected: Connected, fresh_number: Callable[[], str], window: dict[str, Any]
) -> None:
    """Unread and read lines, an open one, the dialog both ways, the log: axe finds nothing."""
    (ana,) = friends(connected, fresh_number, "Ana")
    connected.emulator.make_group("Família", members=[ana, connected.number])
    person = connected.visitor("/messages?id={id}", **window)
    expect(lines(person)).to_have_count(1)
    found = {"the list": violations(person.page)}
    person.press("new-conversation")
    person.by_key("send-to").locator("input").fill(f"+{connected.friend}")
    person.by_key("send-checked-yes").wait_for()
    found["a number"] = violations(person.page)
    person.choose("send-way", "Um grupo")
    person.by_key("send-group").get_by_role("link").first.wait_for()
    found["groups"] = violations(person.page)
    person.page.keyboard.press("Escape")
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    line(person, "Ana").click()
    person.by_key("composer").get_by_role("textbox", name="Mensagem").wait_for()
    found["a conversation"] = violations(person.page)
    person.open(f"/messages?id={connected.instance_id}&view=log")
    found["the log"] = violations(person.page)
    assert not any(found.values()), found


def test_a_dialog_has_the_colours_of_the_page(connected: Connected) -> None:
    """It stands outside the app in the document, where nothing tells of the palette but the root."""
    person = connected.visitor("/messages?id={id}", scheme="dark")
    person.press("new-conversation")
    chosen = person.by_key("send-way").get_by_role("radio", checked=True).locator("p")
    expect(chosen).to_have_css("color", "rgb(111, 211, 191)")


def test_thumbs_reach_everything_on_a_phone(connected: Connected, fresh_number: Callable[[], str]) -> None:
    """What can be pressed in the list is 44 px high or more, and nothing is cut at the side."""
    friends(connected, fresh_number, "Ana", "Um nome comprido de verdade que nunca mais acaba")
    person = connected.visitor("/messages?id={id}", **PHONE)
    expect(lines(person)).to_have_count(2)
    small = person.page.evaluate(_SMALL)
    assert small == [], small


def test_a_message_of_the_log_is_answered_in_its_conversation(
    connected: Connected, fresh_number: Callable[[], str]
) -> None:
    """“Responder” opens it, with the quote."""
    friends(connected, fresh_number, "Ana", "Bia")
    person = connected.visitor("/messages?id={id}")
    person.by_key("log-link").get_by_role("link").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Registro")
    card = person.by_key("inbox").locator('[class*="st-key-arrived-"]').filter(has_text="Aqui é Ana")
    card.get_by_role("button", name="Responder").click()
    expect(opened(person)).to_contain_text("Ana")
    assert "view=log" not in person.page.url
    eventually(lambda: "c=" in person.page.url, timeout=5, seen=lambda: person.page.url)
