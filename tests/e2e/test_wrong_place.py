"""Seen in the browser, with the genuine core: nothing goes to another chat, from another number, with other
people's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import TakeInstances, Visit
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Shop:
    """Two connected instances on the page, and people who write to them."""

    person: Visitor
    app: AppProcess
    emulator: Emulator
    ids: tuple[str, str]
    numbers: tuple[str, str]
    ana: str
    bruno: str

    def open(self, index: int = 0) -> None:
        self.person.open(f"/messages?id={self.ids[index]}")

    def name(self, index: int) -> str:
        return f"Instância {self.numbers[index][-4:]}"

    def write(self, text: str) -> None:
        self.person.by_key("send-text").locator("textarea").fill(text)

    def send(self) -> None:
        """Press it; the server takes it."""
        before = self._count()
        self.person.press("send")
        eventually(lambda: self._count() == before + 1, timeout=10, seen=self._count)
        expect(self.person.by_key("send-result")).to_contain_text("Enviada ✓")
        self.person.settled()

    def _count(self) -> int:
        return sum(len(self.left_from(index)) for index in range(2))

    def answer(self, text: str) -> None:
        """Press "Responder" on the message with that text."""
        card = self.person.by_key("inbox").locator('[class*="st-key-arrived-"]').filter(has_text=text)
        card.get_by_role("button", name="Responder").click()
        expect(self.person.by_key("send-answering")).to_contain_text(text)

    def left_from(self, index: int) -> tuple[MessageView, ...]:
        return self.emulator.messages_from(self.numbers[index])

    def chosen(self, key: str) -> Locator:
        return self.person.by_key(key).locator("input")


@pytest.fixture
def shop(
    take_instances: TakeInstances, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> Shop:
    """Two instances that are connected; Ana and Bruno have WhatsApp."""
    ana, bruno = fresh_number(), fresh_number()
    emulator.add_phone(ana, "Ana")
    emulator.add_phone(bruno, "Bruno")
    app, (one, two) = take_instances(2)
    return Shop(visit(app), app, emulator, (one.id, two.id), (one.number, two.number), ana, bruno)


@pytest.mark.parametrize("why", ["not listed", "not yet listed"])
def test_an_answer_in_a_group_stays_in_that_group(shop: Shop, why: str) -> None:
    """The list of groups lacks it, or is older than it: it goes there all the same, with its quote."""
    emulator, owner = shop.emulator, shop.numbers[0]
    first = emulator.make_group("A primeira da lista", members=[shop.ana, owner])
    shop.open()
    shop.person.choose("send-way", "Um grupo")
    expect(shop.chosen("send-group")).to_have_value("")
    group = emulator.make_group("Família", members=[shop.ana, owner])
    if why == "not listed":
        emulator.faults(unlisted_groups=[group])
    asked = emulator.write(Text("Quem vem?"), sender=shop.ana, group=group)
    if why == "not listed":
        shop.person.press("send-groups-again")
    shop.answer("Quem vem?")
    expect(shop.chosen("send-group")).to_have_value(re.compile("Família"))
    shop.write("Eu")
    shop.send()
    (message,) = shop.left_from(0)
    assert (message.group, message.quoted_id) == (group, asked)
    assert message.group != first


def test_groups_of_one_name_are_two(shop: Shop) -> None:
    """Each is chosen by itself, though their names and sizes are the same."""
    twins = {shop.emulator.make_group("Família", members=[shop.ana, shop.numbers[0]]) for _ in range(2)}
    shop.open()
    shop.person.choose("send-way", "Um grupo")
    for index in range(2):
        shop.person.by_key("send-group").locator("input").click()
        shop.person.page.get_by_role("option").nth(index).click()
        expect(shop.chosen("send-group")).to_have_value(re.compile("Família"))
        shop.write(f"oi {index}")
        shop.send()
    assert {message.group for message in shop.left_from(0)} == twins


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
    """The page says so by itself; a press sends nothing; only a choice of the person's lets it go."""
    person = shop.person
    shop.open(1)
    person.type_into("send-to", f"+{shop.ana}")
    expect(person.by_key("send-checked-yes")).to_contain_text("verified")
    shop.write("Da segunda")
    lose(shop)
    person.sees(re.compile(f"“{shop.name(1)}” foi desconectada"))
    person.press("send")
    expect(person.by_key("send-result")).to_contain_text(re.compile("[Nn]ada foi enviado|não está conectada"))
    assert shop.emulator.messages_to(shop.ana) == ()
    expect(person.by_key("send-text").locator("textarea")).to_have_value("Da segunda")
    shop.person.pick("send-from", re.compile(re.escape(shop.name(0))))
    expect(person.page.get_by_text("foi desconectada")).to_have_count(0)
    shop.send()
    assert [message.text for message in shop.left_from(0)] == ["Da segunda"]
    assert shop.left_from(1) == ()


def test_a_press_of_an_old_page_sends_nothing(shop: Shop) -> None:
    """The browser does not hear of the loss, and presses."""
    person = shop.person
    shop.open(1)
    person.type_into("send-to", f"+{shop.ana}")
    expect(person.by_key("send-checked-yes")).to_contain_text("verified")
    shop.write("Da segunda")
    person.page.route(re.compile("/changes"), lambda route: route.abort())
    shop.emulator.unlink(shop.numbers[1])
    shop.app.wait_instance(shop.ids[1], state="logged_out")
    person.press("send")
    expect(person.by_key("send-result")).to_contain_text(re.compile("[Nn]ada foi enviado|não está conectada"))
    assert shop.emulator.messages_to(shop.ana) == ()


def test_a_sender_that_reconnects_or_is_renamed_stays(shop: Shop) -> None:
    """Its option reads differently meanwhile: that alone made the first of the list take its place."""
    person = shop.person
    shop.open(1)
    person.type_into("send-to", f"+{shop.ana}")
    shop.write("Da segunda")
    shop.emulator.faults(refuse=True, only_numbers=[shop.numbers[1]])
    shop.emulator.drop(shop.numbers[1])
    shop.app.wait_instance(shop.ids[1], state="reconnecting")
    expect(shop.chosen("send-from")).to_have_value(re.compile(shop.name(1)))
    shop.emulator.clear_faults()
    shop.app.wait_instance(shop.ids[1], state="connected", timeout=20)
    # The browser has heard of it: with the old label along, a press would be refused, rightly.
    expect(shop.chosen("send-from")).to_have_value(re.compile(rf"{shop.name(1)}.*\d$"))
    person.by_key("send-checked-yes").wait_for()
    shop.send()
    assert [message.text for message in shop.left_from(1)] == ["Da segunda"]
    assert shop.left_from(0) == ()


def test_a_quote_does_not_go_to_another_person(shop: Shop) -> None:
    """The number is changed after "Responder": the second gets the words alone, and the page says so."""
    person, emulator, owner = shop.person, shop.emulator, shop.numbers[0]
    shop.open()
    asked = emulator.inbound(sender=shop.ana, receiver=owner, text="Meu segredo")
    expect(person.by_key("inbox")).to_contain_text("Meu segredo")
    shop.answer("Meu segredo")
    person.type_into("send-to", f"+{shop.bruno}")
    expect(person.by_key("send-answer-dropped")).to_contain_text("A citação foi retirada")
    expect(person.by_key("send-answering")).to_have_count(0)
    shop.write("Oi, Bruno")
    shop.send()
    (message,) = emulator.messages_to(shop.bruno)
    assert message.quoted_id == ""
    said = emulator.message_of(message.message_id).SerializeToString()
    for theirs in ("Meu segredo", shop.ana, emulator.lid_of(shop.ana).partition("@")[0]):
        assert theirs.encode() not in said
    shop.answer("Meu segredo")
    shop.write("Oi, Ana")
    shop.send()
    (message,) = emulator.messages_to(shop.ana)
    assert message.quoted_id == asked


def test_a_number_changed_in_the_moment_of_the_press_takes_no_quote_along(shop: Shop) -> None:
    """The page has no time to draw anything in between."""
    person, emulator, owner = shop.person, shop.emulator, shop.numbers[0]
    shop.open()
    emulator.inbound(sender=shop.ana, receiver=owner, text="Meu segredo")
    expect(person.by_key("inbox")).to_contain_text("Meu segredo")
    shop.answer("Meu segredo")
    shop.write("Oi, Bruno")
    person.by_key("send-to").locator("input").fill(f"+{shop.bruno}")
    person.press("send")
    expect(person.by_key("send-result")).to_contain_text("Enviada ✓")
    (message,) = eventually(
        lambda: emulator.messages_to(shop.bruno), timeout=5, seen=lambda: emulator.state().as_json()
    )
    assert message.quoted_id == ""
    assert b"Meu segredo" not in emulator.message_of(message.message_id).SerializeToString()
    assert emulator.messages_to(shop.ana) == ()
