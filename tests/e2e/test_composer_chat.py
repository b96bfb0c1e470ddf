"""Writing in a conversation, at a desk and on a phone: what is pressed leaves once, for the right place."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator import content as seen
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.support import media_samples
from tests.support.accessibility import violations
from tests.support.composer_page import ComposerPage, answer
from tests.support.polling import eventually
from tests.support.thread_page import ThreadPage

DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"width": 390, "height": 844, "phone": True}
WINDOWS = pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
AT_ONCE_MS = 3_000
"""Far above what a push takes, far below the time after which the page would look again by itself."""
_CHANGES = """() => {
  window.changes = 0
  const note = (changes) => { window.changes += changes.filter(({ type }) => type === 'childList').length }
  const composer = document.querySelector('.st-key-composer')
  new MutationObserver(note).observe(composer, { subtree: true, childList: true })
}"""
_SMALL = """() => [...document.querySelectorAll('.st-key-composer :is(button, textarea, a)')]
  .map((each) => [each.getAttribute('aria-label') || each.innerText, each.getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (height < 41.5 || width < 41.5))
  .map(([name, { width, height, left, right }]) => [name, width, height, left, right].join(' '))"""
_PLACES = """() => [...document.querySelectorAll('.st-key-composer :is(button, textarea, input, a)')]
  .filter((each) => each.getBoundingClientRect().width)
  .map((each) => each.getAttribute('aria-label') || each.querySelector('p').innerText)"""


_OVER_THE_THREAD = """() => {
  const { bottom } = document.querySelector('.st-key-thread').getBoundingClientRect()
  return bottom - document.querySelector('.st-key-composer').getBoundingClientRect().top
}"""


@dataclass(frozen=True, slots=True)
class Chat:
    """An owner who writes, a friend who has written once, and another one."""

    connected: Connected
    other: str

    @property
    def emulator(self) -> Emulator:
        return self.connected.emulator

    @property
    def owner(self) -> str:
        return self.connected.number

    @property
    def friend(self) -> str:
        return self.connected.friend

    def open(self, name: str = "Amiga", **window: Any) -> ComposerPage:
        person = self.connected.visitor("/messages?id={id}", **window)
        return ComposerPage(person).open(name)

    def texts(self, number: str = "") -> list[str]:
        return [message.text for message in self.emulator.messages_to(number or self.friend)]

    def arrives(self, count: int, number: str = "") -> MessageView:
        """Wait for the friend's phone to have that many; give the newest."""
        number = number or self.friend
        messages = eventually(
            lambda: found if len(found := self.emulator.messages_to(number)) >= count else (),
            timeout=20,
            seen=lambda: self.texts(number),
        )
        assert len(messages) == count, self.texts(number)
        return messages[-1]


@pytest.fixture
def chat(connected: Connected, fresh_number: Any) -> Chat:
    """Amiga and Bruno have written; both have WhatsApp."""
    bruno = fresh_number()
    connected.emulator.add_phone(bruno, "Bruno")
    connected.emulator.write(seen.Text("Você vem?"), sender=connected.friend, receiver=connected.number)
    connected.emulator.write(seen.Text("Meu segredo"), sender=bruno, receiver=connected.number)
    return Chat(connected, bruno)


@WINDOWS
def test_a_text_is_a_bubble_at_once_and_gets_its_ticks(chat: Chat, window: dict[str, Any]) -> None:
    """The box is empty and keeps the cursor; the server's tick follows by itself."""
    composer = chat.open(**window)
    composer.box.click()
    composer.send("Abrimos *sim*")
    bubble = composer.bubble("Abrimos sim")
    expect(bubble).to_be_visible(timeout=AT_ONCE_MS)
    expect(composer.box).to_have_value("")
    expect(composer.box).to_be_focused()
    expect(bubble).to_have_attribute("data-state", re.compile("sent|delivered"), timeout=AT_ONCE_MS)
    assert chat.arrives(1).text == "Abrimos *sim*"


def test_at_a_desk_enter_sends_and_shift_enter_begins_a_line(chat: Chat) -> None:
    """Two messages typed one after the other without a pause both leave, in order, and the third stays."""
    composer = chat.open()
    composer.box.click()
    keys = composer.person.page.keyboard
    keys.type("um")
    keys.press("Shift+Enter")
    keys.type("dois")
    keys.press("Enter")
    keys.type("três")
    keys.press("Enter")
    keys.type("quatro")
    chat.arrives(2)
    assert chat.texts() == ["um\ndois", "três"]
    expect(composer.box).to_have_value("quatro")


def test_on_a_phone_enter_begins_a_line(chat: Chat) -> None:
    """Its keyboard has no other key for that."""
    composer = chat.open(**PHONE)
    composer.box.click()
    keys = composer.person.page.keyboard
    keys.type("um")
    keys.press("Enter")
    keys.type("dois")
    composer.send()
    assert chat.arrives(1).text == "um\ndois"


def test_nothing_is_sent_without_words(chat: Chat) -> None:
    """Neither blanks nor an empty box."""
    composer = chat.open()
    for text in ("", "   ", "\n\n"):
        composer.box.fill(text)
        composer.person.press("send")
    composer.send("depois")
    assert chat.arrives(1).text == "depois"


@WINDOWS
def test_arrivals_do_not_touch_what_is_being_typed(chat: Chat, window: dict[str, Any]) -> None:
    """Two hundred letters under twenty arrivals a second: none is lost, the cursor stays, no redraw."""
    composer = chat.open(**window)
    composer.box.click()
    composer.person.page.evaluate(_CHANGES)
    text = "".join(chr(ord("a") + number % 26) for number in range(200))
    with _arrivals(chat):
        for letter in text:
            composer.person.page.keyboard.type(letter)
            composer.person.page.wait_for_timeout(10)
        expect(composer.box).to_be_focused()
    assert composer.box.input_value() == text
    assert composer.person.page.evaluate("window.changes") == 0
    expect(composer.bubble(re.compile(r"^chega \d+"))).to_be_visible()
    composer.send()
    assert chat.arrives(1).text == text


@contextmanager
def _arrivals(chat: Chat) -> Iterator[None]:
    """Twenty messages a second, until the block ends."""
    ended = threading.Event()

    def flood() -> None:
        number = 0
        while not ended.wait(0.05):
            chat.emulator.write(seen.Text(f"chega {number}"), sender=chat.friend, receiver=chat.owner)
            number += 1

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_double_press_sends_once(chat: Chat) -> None:
    """By the mouse and by the key; a form's too."""
    composer = chat.open()
    composer.box.fill("uma vez")
    composer.person.by_key("send").get_by_role("button").dblclick()
    chat.arrives(1)
    composer.box.fill("outra vez")
    composer.box.press("Enter")
    composer.box.press("Enter")
    chat.arrives(2)
    composer.attach("poll")
    composer.fill("send-question", "Que dia?")
    composer.fill("send-options", "Sábado\nDomingo")
    composer.ready()
    composer.person.by_key("send").get_by_role("button").dblclick()
    chat.arrives(3)
    time.sleep(1)  # long enough for another one
    assert len(chat.texts()) == 3
    expect(composer.refused).to_have_count(0)


def test_a_reload_between_press_and_answer_sends_once(chat: Chat) -> None:
    """However slow the server is; the box is empty afterwards, a draft is still there."""
    composer = chat.open()
    for turn in range(3):
        composer.box.fill(f"vai {turn}")
        composer.person.press("send")
        composer.person.page.reload()
        composer.box.wait_for()
        chat.arrives(turn + 1)
        expect(composer.box).to_have_value("")
    composer.box.fill("rascunho")
    composer.person.page.wait_for_timeout(500)
    composer.person.page.reload()
    expect(composer.box).to_have_value("rascunho")
    assert chat.texts() == ["vai 0", "vai 1", "vai 2"]


def test_a_slow_line_to_the_app_loses_nothing_and_doubles_nothing(chat: Chat) -> None:
    """What the browser tells again counts once."""
    composer = chat.open()
    client = composer.person.page.context.new_cdp_session(composer.person.page)
    slow = {"offline": False, "latency": 1200, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", slow)
    for text in ("um", "dois"):
        composer.send(text)
    chat.arrives(2)
    composer.person.page.wait_for_timeout(3_000)
    assert chat.texts() == ["um", "dois"]


@WINDOWS
def test_each_conversation_keeps_its_draft_and_its_quote(chat: Chat, window: dict[str, Any]) -> None:
    """Back and forth: words, strip and form stay where they were begun, and go nowhere else."""
    composer = chat.open(**window)
    composer.box.fill("para a Amiga")
    answer(composer, "Você vem?")
    expect(composer.strip).to_contain_text("Você vem?")
    expect(composer.box).to_have_value("para a Amiga")
    expect(composer.box).to_be_focused()
    composer.back()
    composer.open("Bruno")
    expect(composer.strip).to_have_count(0)
    expect(composer.box).to_have_value("")
    composer.send("para o Bruno")
    message = chat.arrives(1, chat.other)
    assert (message.text, message.quoted_id) == ("para o Bruno", "")
    assert b"vem?" not in chat.emulator.message_of(message.message_id).SerializeToString()
    composer.back()
    composer.open("Amiga")
    expect(composer.strip).to_contain_text("Você vem?")
    expect(composer.box).to_have_value("para a Amiga")
    composer.send()
    message = chat.arrives(1)
    assert message.text == "para a Amiga"
    assert message.quoted_id
    expect(composer.strip).to_have_count(0)


def test_two_tabs_do_not_mix(chat: Chat) -> None:
    """Each has its own draft and sends its own words."""
    first = chat.open()
    first.box.fill("da primeira")
    person = first.person
    one, two = person.page, person.new_tab()
    person.page = two
    person.open(f"/messages?id={chat.connected.instance_id}")
    second = ComposerPage(person).open("Bruno")
    second.send("da segunda")
    assert chat.arrives(1, chat.other).text == "da segunda"
    person.page = one
    one.bring_to_front()
    expect(first.box).to_have_value("da primeira")
    first.send()
    assert chat.arrives(1).text == "da primeira"
    assert chat.texts(chat.other) == ["da segunda"]


@WINDOWS
def test_a_refused_message_stays_with_its_text(chat: Chat, window: dict[str, Any]) -> None:
    """Said in words, with a press to try again; a shorter one leaves."""
    composer = chat.open(**window)
    long = "x" * 4097
    composer.send(long)
    expect(composer.refused).to_contain_text("4096")
    expect(composer.box).to_have_value(long)
    again = composer.refused.get_by_role("button", name="Tentar de novo")
    again.click()
    expect(composer.refused).to_be_visible()
    composer.box.fill("x" * 4096)
    composer.box.blur()
    expect(composer.refused).to_have_count(0)
    assert chat.texts() == []
    composer.send()
    assert len(chat.arrives(1).text) == 4096


@WINDOWS
def test_a_long_draft_leaves_the_end_of_the_conversation_in_sight(chat: Chat, window: dict[str, Any]) -> None:
    """The box is measured with each letter; what is said above it never lies over the thread."""
    for number in range(30):
        chat.emulator.write(seen.Text(f"linha {number:03}"), sender=chat.friend, receiver=chat.owner)
    composer = chat.open(**window)
    thread = ThreadPage(composer.person)
    expect(thread.bubble("linha 029")).to_be_in_viewport()
    composer.box.fill("\n".join(["rascunho"] * 30))
    composer.box.press_sequentially("abc")
    chat.emulator.write(seen.Text("e mais esta"), sender=chat.friend, receiver=chat.owner)
    expect(thread.bubble("e mais esta")).to_be_in_viewport(timeout=AT_ONCE_MS)
    assert thread.is_at_end()
    stopping = chat.connected.visitor("/instance?id={id}")
    stopping.press("stop")
    stopping.sees_state("Parada")
    expect(composer.person.by_key("send-standing")).to_be_visible()
    composer.send()
    expect(composer.refused).to_be_visible()
    eventually(lambda: _over_the_thread(composer) < 1, timeout=5, seen=lambda: _over_the_thread(composer))


def _over_the_thread(composer: ComposerPage) -> float:
    """How much of the thread the composer covers."""
    return float(composer.person.page.evaluate(_OVER_THE_THREAD))


def test_trying_again_sends_what_stands_there_once(chat: Chat) -> None:
    """The instance was away; it is back, and one press more is enough."""
    composer = chat.open()
    chat.emulator.faults(refuse=True, only_numbers=[chat.owner])
    chat.emulator.drop(chat.owner)
    app, instance_id = chat.connected.app, chat.connected.instance_id
    app.wait_instance(instance_id, state="reconnecting")
    expect(composer.person.by_key("send-standing")).to_be_visible()
    composer.send("volta já")
    expect(composer.box).to_have_value("volta já")
    chat.emulator.clear_faults()
    app.wait_instance(instance_id, state="connected", timeout=20)
    expect(composer.person.by_key("send-standing")).to_have_count(0)
    composer.send()
    assert chat.arrives(1).text == "volta já"


@WINDOWS
def test_every_kind_leaves_from_the_sheet(chat: Chat, window: dict[str, Any]) -> None:
    """Photo with a caption, document, sticker, sound, place, contact, poll; previewed, and in this chat."""
    composer = chat.open(**window)
    composer.attach("photo")
    composer.choose_file(name="foto.jpg", buffer=media_samples.photo())
    expect(composer.person.by_key("send-preview").locator("img")).to_be_visible()
    composer.send("*Loja* nova")
    image = chat.emulator.content_of(chat.arrives(1).message_id)
    assert isinstance(image, seen.Image)
    assert image.caption == "*Loja* nova"
    expect(composer.person.by_key("attach-form")).to_have_count(0)
    composer.attach("document")
    composer.choose_file(name="conta.pdf", buffer=b"%PDF-1.4 conta")
    composer.send()
    document = chat.emulator.content_of(chat.arrives(2).message_id)
    assert isinstance(document, seen.Document)
    assert document.data == b"%PDF-1.4 conta"
    composer.attach("sticker")
    composer.choose_file(name="f.jpg", buffer=media_samples.photo())
    composer.send()
    assert isinstance(chat.emulator.content_of(chat.arrives(3).message_id), seen.Sticker)
    composer.attach("audio")
    composer.choose_file(name="a.ogg", buffer=media_samples.voice_note(seconds=2.0))
    composer.send()
    assert isinstance(chat.emulator.content_of(chat.arrives(4).message_id), seen.Audio)
    composer.attach("location")
    composer.fill("send-coordinates", "-23.561414, -46.655881")
    composer.fill("send-place", "MASP")
    composer.ready()
    composer.send()
    place = chat.emulator.content_of(chat.arrives(5).message_id)
    assert isinstance(place, seen.Location)
    assert (round(place.latitude, 6), place.name) == (-23.561414, "MASP")
    composer.attach("contact")
    composer.fill("send-contact-name", "Bia")
    composer.fill("send-contact-phone", "+55 11 91234-0000")
    expect(composer.person.by_key("send-preview")).to_contain_text("Bia")
    composer.ready()
    composer.send()
    card = chat.emulator.content_of(chat.arrives(6).message_id)
    assert isinstance(card, seen.Contact)
    assert "5511912340000" in card.vcard
    composer.attach("poll")
    composer.fill("send-question", "Que dia?")
    composer.fill("send-options", "Sábado\nDomingo")
    composer.ready()
    composer.send()
    poll = chat.emulator.content_of(chat.arrives(7).message_id)
    assert poll == seen.Poll("Que dia?", ("Sábado", "Domingo"))
    assert chat.texts(chat.other) == []


def test_what_was_typed_last_in_a_form_is_sent_with_it(chat: Chat) -> None:
    """Though the cursor is still in it: the press is made the moment after the last letter."""
    composer = chat.open()
    page = composer.person.page
    composer.attach("poll")
    composer.person.by_key("send-question").locator("input").fill("Que dia?")
    composer.person.by_key("send-options").locator("textarea").fill("Sábado\nDomingo")
    page.get_by_role("button", name="Enviar", exact=True).click()
    assert chat.emulator.content_of(chat.arrives(1).message_id) == seen.Poll(
        "Que dia?", ("Sábado", "Domingo")
    )
    composer.attach("location")
    composer.person.by_key("send-coordinates").locator("input").fill("-23.561414, -46.655881")
    composer.person.by_key("send-place").locator("input").fill("MASP")
    page.get_by_role("button", name="Enviar", exact=True).click()
    place = chat.emulator.content_of(chat.arrives(2).message_id)
    assert isinstance(place, seen.Location)
    assert place.name == "MASP"


def test_a_form_keeps_what_is_in_it_while_another_is_open(chat: Chat) -> None:
    """Until it is discarded; a template closes it, since it goes into the box."""
    composer = chat.open()
    composer.attach("poll")
    composer.fill("send-question", "Que dia?")
    composer.attach("location")
    expect(composer.person.by_key("send-question")).to_have_count(0)
    composer.attach("poll")
    expect(composer.person.by_key("send-question").locator("input")).to_have_value("Que dia?")
    composer.person.press("attach-leave")
    expect(composer.person.by_key("attach-form")).to_have_count(0)
    composer.attach("poll")
    expect(composer.person.by_key("send-question").locator("input")).to_have_value("")


def test_the_escape_key_answers_nothing_any_more(chat: Chat) -> None:
    """In the box; what was written stays."""
    composer = chat.open()
    answer(composer, "Você vem?")
    composer.strip.wait_for()
    composer.box.fill("Vou")
    composer.box.press("Escape")
    expect(composer.strip).to_have_count(0)
    expect(composer.box).to_have_value("Vou")


def test_a_film_is_chosen_where_a_photo_is(chat: Chat) -> None:
    """The sheet has one entry for both: what it is decides."""
    composer = chat.open()
    composer.attach("photo")
    composer.choose_file(name="filme.mp4", buffer=media_samples.h264_mp4())
    expect(composer.person.by_key("send-preview").locator("video")).to_be_visible()
    composer.send("veja")
    film = chat.emulator.content_of(chat.arrives(1).message_id)
    assert isinstance(film, seen.Video)
    assert film.caption == "veja"


@WINDOWS
def test_a_voice_message_is_recorded_in_place(chat: Chat, window: dict[str, Any]) -> None:
    """Heard before it leaves; words that were being written stay."""
    composer = chat.open(**window)
    composer.box.fill("depois")
    person = composer.person
    person.by_key("voice").get_by_role("button").click()
    person.page.get_by_role("button", name="Gravar", exact=True).click()
    person.page.wait_for_timeout(1_500)  # that is how long it gets
    person.page.get_by_role("button", name="Parar a gravação").click()
    expect(person.by_key("send-preview").locator("audio")).to_be_visible()
    composer.ready()
    composer.send()
    sound = chat.emulator.content_of(chat.arrives(1).message_id)
    assert isinstance(sound, seen.Audio)
    assert sound.voice
    expect(composer.box).to_have_value("depois")


def test_a_file_stays_with_its_conversation(chat: Chat) -> None:
    """Another conversation shows nothing of it; back again it is ready to be sent."""
    composer = chat.open()
    composer.attach("document")
    composer.choose_file(name="conta.pdf", buffer=b"%PDF-1.4 conta")
    composer.open("Bruno")
    expect(composer.person.by_key("attach-form")).to_have_count(0)
    composer.send("sem arquivo")
    assert chat.arrives(1, chat.other).kind == "text"
    composer.open("Amiga")
    expect(composer.person.by_key("send-preview")).to_contain_text("conta.pdf")
    composer.ready()
    composer.send()
    assert isinstance(chat.emulator.content_of(chat.arrives(1).message_id), seen.Document)


@WINDOWS
def test_templates_and_emoji_write_into_the_box(chat: Chat, window: dict[str, Any]) -> None:
    """After what stands there, and at the cursor."""
    composer = chat.open(**window)
    composer.box.fill("Bom dia")
    composer.box.blur()
    composer.person.press("attach")
    composer.person.press("attach-template")
    composer.person.press("template-0")
    expect(composer.box).to_have_value(re.compile("^Bom dia\nOlá! .* às "))
    expect(composer.box).to_be_focused()
    if not window:
        composer.box.fill("Viva!")
        composer.box.press("Home")
        composer.person.page.get_by_role("button", name="Emoji").click()
        composer.person.page.get_by_role("button", name="🎉").click()
        expect(composer.box).to_have_value("🎉Viva!")


@WINDOWS
def test_the_composer_shuts_nobody_out(chat: Chat, window: dict[str, Any]) -> None:
    """axe finds nothing in any of its states; on a phone everything is large enough to be touched."""
    composer = chat.open(**window)
    person = composer.person
    found = {"empty": violations(person.page)}
    answer(composer, "Você vem?")
    composer.send("x" * 4097)
    composer.refused.wait_for()
    found["refused"] = violations(person.page)
    composer.box.fill("oi")
    person.press("attach")
    person.by_key("attach-sheet").wait_for()
    found["sheet"] = violations(person.page)
    person.page.keyboard.press("Escape")
    expect(person.by_key("attach-sheet")).to_be_hidden()
    for kind in ("photo", "location", "poll"):
        composer.attach(kind)
        found[kind] = violations(person.page)
        small = person.page.evaluate(_SMALL) if window else []
        assert not small, small
        person.press("attach-leave")
        expect(person.by_key("attach-form")).to_have_count(0)
    assert not any(found.values()), found


def test_the_keyboard_goes_through_it_in_the_order_of_sight(chat: Chat) -> None:
    """Strip, plus, box, emoji, voice, send; Escape shuts what is open, and Enter presses."""
    composer = chat.open()
    answer(composer, "Você vem?")
    expect(composer.strip.get_by_role("button")).to_be_visible()
    composer.box.fill("oi")
    names = composer.person.page.evaluate(_PLACES)
    wanted = ["Não responder", "Anexar", "Mensagem", "Emoji", "Gravar mensagem de voz", "Enviar"]
    assert [name for name in names if name] == wanted
    composer.box.focus()
    page = composer.person.page
    for name in wanted[3:]:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name
    page.keyboard.press("Enter")
    assert chat.arrives(1).text == "oi"
    page.get_by_role("button", name="Emoji").press("Enter")
    expect(page.get_by_role("button", name="🎉")).to_be_visible()
    page.get_by_role("button", name="🎉").press("Escape")
    expect(page.get_by_role("button", name="🎉")).to_be_hidden()
    expect(page.get_by_role("button", name="Emoji")).to_be_focused()


def test_ticks_of_every_step_reach_the_bubble(chat: Chat) -> None:
    """Delivered, read, and of a voice message played; nothing is pressed in between."""
    chat.emulator.faults(auto_deliver=False)
    composer = chat.open()
    composer.send("até logo")
    text = composer.bubble("até logo")
    expect(text).to_have_attribute("data-state", "sent", timeout=AT_ONCE_MS)
    composer.person.by_key("voice").get_by_role("button").click()
    uploader = composer.person.page.locator('[class*="st-key-send-file-voice-"] input[type=file]')
    sound = media_samples.voice_note(seconds=2.0)
    uploader.set_input_files({"name": "a.ogg", "mimeType": "audio/ogg", "buffer": sound})
    composer.person.by_key("send-preview").locator("audio").wait_for()
    composer.ready()
    composer.send()
    voice_id = chat.arrives(2).message_id
    text_id = chat.emulator.messages_to(chat.friend)[0].message_id
    voice = composer.person.by_key("thread").locator("[data-key]").last
    for message_id, bubble, steps in (
        (text_id, text, ("delivered", "read")),
        (voice_id, voice, ("delivered", "read", "played")),
    ):
        for step in steps:
            chat.emulator.receipt(message_id, kind=step)
            expect(bubble).to_have_attribute("data-state", step, timeout=AT_ONCE_MS)
