"""Seen in the browser, with the genuine core: nothing goes to another chat, from another number, with other
people's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import TakeInstances, Visit
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.support.app_process import AppProcess
from tests.support.composer_page import ComposerPage, answer
from tests.support.polling import eventually
from tests.support.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Shop:
    """Two connected instances, and people who write to both."""

    person: Visitor
    app: AppProcess
    emulator: Emulator
    ids: tuple[str, str]
    numbers: tuple[str, str]
    ana: str
    bruno: str

    def open(self, name: str = "Ana", index: int = 0) -> ComposerPage:
        self.person.open(f"/messages?id={self.ids[index]}")
        return ComposerPage(self.person).open(name)

    def name(self, index: int) -> str:
        return f"Instância {self.numbers[index][-4:]}"

    def left_from(self, index: int) -> tuple[MessageView, ...]:
        return self.emulator.messages_from(self.numbers[index])

    def left(self, index: int, count: int) -> tuple[MessageView, ...]:
        """Wait until that many left from an instance."""
        return eventually(
            lambda: found if len(found := self.left_from(index)) >= count else (),
            timeout=15,
            seen=lambda: [self.left_from(each) for each in range(2)],
        )


@pytest.fixture
def shop(
    take_instances: TakeInstances, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> Shop:
    """Ana and Bruno have written to both instances."""
    ana, bruno = fresh_number(), fresh_number()
    emulator.add_phone(ana, "Ana")
    emulator.add_phone(bruno, "Bruno")
    app, (one, two) = take_instances(2)
    for owner in (one.number, two.number):
        emulator.write(Text("Meu segredo"), sender=ana, receiver=owner)
        emulator.write(Text("Sou o Bruno"), sender=bruno, receiver=owner)
    return Shop(visit(app), app, emulator, (one.id, two.id), (one.number, two.number), ana, bruno)


@pytest.mark.parametrize("why", ["listed", "not listed"])
def test_an_answer_in_a_group_stays_in_that_group(shop: Shop, why: str) -> None:
    """With its quote; a group that is not listed waits for the person's word, and no other gets anything."""
    emulator, owner = shop.emulator, shop.numbers[0]
    emulator.make_group("A primeira da lista", members=[shop.ana, owner])
    group = emulator.make_group("Família", members=[shop.ana, owner])
    if why == "not listed":
        emulator.faults(unlisted_groups=[group])
    asked = emulator.write(Text("Quem vem?"), sender=shop.ana, group=group)
    composer = shop.open("Família")
    answer(composer, "Quem vem?")
    if why == "not listed":
        expect(shop.person.by_key("send-standing")).to_contain_text("não está mais entre os grupos")
        composer.send("Eu")
        expect(composer.refused).to_be_visible()
        assert shop.left_from(0) == ()
        shop.person.press("send-anyway")
        expect(shop.person.by_key("send-standing")).to_have_count(0)
        expect(composer.box).to_have_value("Eu")
        composer.send()
    else:
        composer.send("Eu")
    (message,) = shop.left(0, 1)
    assert (message.group, message.quoted_id) == (group, asked)


def test_groups_of_one_name_are_two(shop: Shop) -> None:
    """Each is a conversation by itself, though they read the same."""
    twins = [shop.emulator.make_group("Família", members=[shop.ana, shop.numbers[0]]) for _ in range(2)]
    for number, group in enumerate(twins):
        shop.emulator.write(Text(f"daqui {number}"), sender=shop.ana, group=group)
    shop.person.open(f"/messages?id={shop.ids[0]}")
    for number, group in enumerate(twins):
        line = shop.person.by_key("thread-list").locator("a").filter(has_text="Família")
        line.filter(has_text=f"daqui {number}").click()
        composer = ComposerPage(shop.person)
        expect(composer.bubble(f"daqui {number}")).to_be_visible()
        composer.send(f"oi {number}")
        assert shop.left(0, number + 1)[-1].group == group


def test_a_box_that_is_still_that_of_the_conversation_before_sends_nothing(shop: Shop) -> None:
    """On a slow machine a page shows the next one while the box has not followed yet."""
    shop.person.open(f"/messages?id={shop.ids[0]}")
    shop.person.talk_to(f"+{shop.ana}")
    composer = ComposerPage(shop.person)
    composer.is_here()
    composer.box.fill("só para a Ana")
    show = "name => { document.querySelector('.wa-thread').dataset.conversation = name }"
    here = shop.person.page.locator(".wa-thread").get_attribute("data-conversation")
    shop.person.page.evaluate(show, "elsewhere/0")
    shop.person.press("send")
    composer.box.press("Enter")
    composer.box.press_sequentially("!")
    expect(composer.box).to_have_value("só para a Ana")
    assert shop.emulator.messages_to(shop.ana) == ()
    shop.person.page.evaluate(show, here)
    composer.send()
    assert shop.left(0, 1)[-1].text == "só para a Ana"


def unlink(shop: Shop) -> None:
    shop.emulator.unlink(shop.numbers[1])


def stop(shop: Shop) -> None:
    with _second_tab(shop) as person:
        person.press("stop")
        person.sees_state("Parada")


def delete(shop: Shop) -> None:
    with _second_tab(shop) as person:
        person.press_more("delete")
        person.settled()
        person.press("delete-confirm")
        person.by_key("trash").wait_for()


@contextmanager
def _second_tab(shop: Shop) -> Iterator[Visitor]:
    """The second instance's page in a tab that is shut afterwards: a tab behind another gets no frames."""
    person, first = shop.person, shop.person.page
    person.page = person.new_tab()
    person.open(f"/instance?id={shop.ids[1]}")
    yield person
    person.page.close()
    person.page = first
    first.bring_to_front()


@pytest.mark.parametrize("lose", [unlink, stop, delete], ids=lambda lose: lose.__name__)
def test_a_sender_that_falls_stops_the_send(shop: Shop, lose: Callable[[Shop], None]) -> None:
    """The page says so by itself; nothing leaves from another number, whatever is pressed."""
    person = shop.person
    composer = shop.open(index=1)
    composer.box.fill("Da segunda")
    lose(shop)
    person.sees(re.compile(f"“{shop.name(1)}” foi desconectada"))
    if composer.box.count():  # that of an instance that is gone is gone with it
        composer.send()
        expect(composer.refused).to_be_visible()
        expect(composer.box).to_have_value("Da segunda")
    person.page.wait_for_timeout(500)
    assert shop.left_from(0) == shop.left_from(1) == ()
    assert shop.emulator.messages_to(shop.ana) == ()


def test_a_press_of_an_old_page_sends_nothing(shop: Shop) -> None:
    """The browser does not hear of the loss, and presses."""
    person = shop.person
    composer = shop.open(index=1)
    composer.box.fill("Da segunda")
    person.page.route(re.compile("/changes"), lambda route: route.abort())
    shop.emulator.unlink(shop.numbers[1])
    shop.app.wait_instance(shop.ids[1], state="logged_out")
    composer.send()
    expect(composer.refused).to_be_visible()
    expect(composer.box).to_have_value("Da segunda")
    assert shop.emulator.messages_to(shop.ana) == ()


def test_a_sender_that_reconnects_or_is_renamed_stays(shop: Shop) -> None:
    """The draft stays, nothing else is chosen meanwhile, and the first press afterwards sends it."""
    composer = shop.open(index=1)
    composer.box.fill("Da segunda")
    shop.emulator.faults(refuse=True, only_numbers=[shop.numbers[1]])
    shop.emulator.drop(shop.numbers[1])
    shop.app.wait_instance(shop.ids[1], state="reconnecting")
    expect(shop.person.by_key("send-standing")).to_be_visible()
    shop.emulator.clear_faults()
    shop.app.wait_instance(shop.ids[1], state="connected", timeout=20)
    expect(shop.person.by_key("send-standing")).to_have_count(0)
    expect(composer.box).to_have_value("Da segunda")
    composer.send()
    assert [message.text for message in shop.left(1, 1)] == ["Da segunda"]
    assert shop.left_from(0) == ()


def test_a_quote_does_not_go_to_another_person(shop: Shop) -> None:
    """The other conversation gets the words alone: neither the quote nor who was quoted."""
    emulator = shop.emulator
    composer = shop.open("Ana")
    answer(composer, "Meu segredo")
    composer.open("Bruno")
    composer.send("Oi, Bruno")
    (message,) = shop.left(0, 1)
    assert (message.to_number, message.quoted_id) == (shop.bruno, "")
    said = emulator.message_of(message.message_id).SerializeToString()
    for theirs in ("Meu segredo", shop.ana, emulator.lid_of(shop.ana).partition("@")[0]):
        assert theirs.encode() not in said
    composer.open("Ana")
    composer.send("Oi, Ana")
    (_, message) = shop.left(0, 2)
    assert message.to_number == shop.ana
    assert message.quoted_id


def test_a_conversation_that_is_changed_in_the_moment_of_the_press_gets_nothing(shop: Shop) -> None:
    """What was written for Ana goes to Ana, though Bruno is opened before anything is drawn."""
    composer = shop.open("Ana")
    composer.box.fill("Só para a Ana")
    page = shop.person.page
    page.evaluate(
        """() => {
          document.querySelector('.st-key-send button').click()
          const lines = [...document.querySelectorAll('.st-key-thread-list a')]
          lines.find((line) => line.innerText.includes('Bruno')).click()
        }"""
    )
    expect(shop.person.by_key("talk")).to_contain_text("Sou o Bruno")
    (message,) = shop.left(0, 1)
    assert (message.to_number, message.text) == (shop.ana, "Só para a Ana")
    expect(composer.box).to_have_value("")


def test_the_same_person_of_two_instances_is_two_conversations(shop: Shop) -> None:
    """A draft of one is not that of the other; each leaves from its own number."""
    composer = shop.open("Ana", 0)
    composer.box.fill("Da primeira")
    composer.box.blur()
    composer = shop.open("Ana", 1)
    expect(composer.box).to_have_value("")
    composer.send("Da segunda")
    assert [message.text for message in shop.left(1, 1)] == ["Da segunda"]
    composer = shop.open("Ana", 0)
    expect(composer.box).to_have_value("Da primeira")
    composer.send()
    assert [message.text for message in shop.left(0, 1)] == ["Da primeira"]


def test_an_answer_while_the_list_changes_stays_where_it_was_begun(shop: Shop) -> None:
    """Others write meanwhile and go to the top; a group is renamed."""
    emulator = shop.emulator
    composer = shop.open("Ana")
    answer(composer, "Meu segredo")
    for number in range(5):
        emulator.write(Text(f"mais {number}"), sender=shop.bruno, receiver=shop.numbers[0])
    group = emulator.make_group("Nova", members=[shop.ana, shop.numbers[0]])
    emulator.write(Text("Olá"), sender=shop.ana, group=group)
    expect(shop.person.by_key("thread-list").locator("a").first).to_contain_text("Olá")
    composer.send("Guardo")
    (message,) = shop.left(0, 1)
    assert (message.to_number, message.group) == (shop.ana, "")
    assert message.quoted_id
