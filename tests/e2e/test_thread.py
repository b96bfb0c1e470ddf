"""A conversation in the browser: every kind, what is done with a bubble, and the place that is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator import content as seen
from tests.emulator.handle import Emulator
from tests.support import media_samples
from tests.support.accessibility import violations
from tests.support.polling import eventually
from tests.support.thread_page import AT_ONCE_MS, ThreadPage, open_thread

DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"width": 390, "height": 844, "phone": True}
_LOSE_ONE = """() => {
  let { send } = threadHub
  window.lost = 0
  const lossy = (pressed) => { if (lost) send(pressed); else lost += 1 }
  // Each drawing of the part that hears presses puts its own there.
  Object.defineProperty(threadHub, 'send', { get: () => lossy, set: (next) => { send = next } })
}"""
_PRESS_AND_FOLLOW = """() => {
  document.querySelector('.wa-menu [data-act="reply"]').click()
  changeLine.newest = { ...changeLine.newest, messages: Number.MAX_SAFE_INTEGER }
  for (const { look } of changeLine.listeners.values()) look()
}"""
"""A press at the very moment in which the page hears of a change."""
WINDOWS = pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])


@dataclass(frozen=True, slots=True)
class Chat:
    """The friend, who writes, and the owner, who reads."""

    connected: Connected

    @property
    def emulator(self) -> Emulator:
        return self.connected.emulator

    def write(self, content: seen.Content, **more: Any) -> str:
        """The friend writes; gives the message's id."""
        to = {"receiver": self.connected.number, **more}
        return self.emulator.write(content, sender=self.connected.friend, **to)

    def open(self, *, query: str = "", **window: Any) -> ThreadPage:
        """Open the conversation with the friend."""
        person = self.connected.visitor(f"/messages?id={{id}}{query}", **window)
        return open_thread(person, "Amiga")


@pytest.fixture
def chat(connected: Connected) -> Chat:
    """A friend who has written once."""
    chat = Chat(connected)
    chat.write(seen.Text("Primeira"))
    return chat


@WINDOWS
def test_every_kind_is_a_bubble(chat: Chat, window: dict[str, Any]) -> None:
    """As it arrives, in order, without a reload; files only on a press."""
    thread = chat.open(**window)
    chat.write(seen.Text("um *dois*\ntrês"))
    text = thread.bubble("três")
    expect(text).to_be_visible(timeout=AT_ONCE_MS)
    expect(text.locator("strong")).to_have_text("dois")
    chat.write(seen.Location(-23.5614, -46.6559, "MASP", "Av. Paulista, 1578"))
    place = thread.bubble("MASP")
    expect(place).to_contain_text("Av. Paulista")
    expect(place.get_by_role("link")).to_have_attribute("href", re.compile(r"query=-23\.5614"))
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Bia\nTEL;type=CELL;waid=5511912340000:+55 11 91234-0000\nEND:VCARD"
    chat.write(seen.Contact("Bia", card))
    expect(thread.bubble("Bia")).to_contain_text("+55 11 91234-0000")
    poll = chat.write(seen.Poll("Que dia?", ("Sábado", "Domingo")))
    chat.write(seen.Vote(poll, ("Domingo",)))
    option = thread.bubble("Que dia?").get_by_role("listitem").filter(has_text="Domingo")
    expect(option).to_contain_text("1", timeout=AT_ONCE_MS)
    expect(thread.bubble("Que dia?").locator(".wa-choices i")).to_have_count(1)
    chat.write(seen.Event("Festa", "Venham", 1_900_000_000, "Rua A"))
    expect(thread.bubble("Festa")).to_contain_text("Rua A")
    call = chat.emulator.ring(caller=chat.connected.friend, receiver=chat.connected.number)
    chat.emulator.hang_up(call)
    expect(thread.bubble("Chamada perdida")).to_be_visible()
    edited = chat.write(seen.Text("antse"))
    chat.write(seen.Edit(edited, "antes"))
    expect(thread.bubble(re.compile("^antes"))).to_contain_text("Editada")
    gone = chat.write(seen.Text("some"))
    chat.write(seen.Deletion(gone))
    expect(thread.bubble("Esta mensagem foi apagada")).to_be_visible()
    expect(thread.pane.get_by_text("some", exact=True)).to_have_count(0)
    assert thread.is_at_end()
    eventually(lambda: not violations(thread.page), timeout=10, seen=lambda: violations(thread.page))


def test_an_answer_to_a_call_names_its_caller(chat: Chat) -> None:
    """A call comes without a name; that it had video is a code, which nobody reads."""
    thread = chat.open()
    call = chat.emulator.ring(caller=chat.connected.friend, receiver=chat.connected.number, video=True)
    chat.emulator.hang_up(call)
    thread.choose(thread.bubble("Chamada de vídeo perdida"), "Responder")
    expect(thread.person.by_key("reply-strip")).to_contain_text("Resposta a Amiga: Chamada")


@WINDOWS
def test_files_are_fetched_on_a_press(chat: Chat, window: dict[str, Any]) -> None:
    """A picture opens large and can be saved; a sound plays where it is; a document is saved."""
    thread = chat.open(**window)
    chat.write(seen.Image(media_samples.photo(), caption="a loja"))
    picture = thread.bubble("a loja")
    expect(picture.locator("img.wa-small")).to_have_attribute("src", re.compile("^data:image/"))
    picture.get_by_role("button", name="Mostrar imagem").click()
    dialog = thread.page.get_by_role("dialog")
    expect(dialog.get_by_alt_text("Imagem recebida")).to_be_visible()
    with thread.page.expect_download() as saved:
        dialog.get_by_role("button", name="Salvar").click()
    assert saved.value.suggested_filename.endswith(".jpg")
    eventually(lambda: not violations(thread.page), timeout=10, seen=lambda: violations(thread.page))
    thread.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    chat.write(seen.Audio(media_samples.voice_note(seconds=8.0), seconds=8, voice=True))
    sound = thread.pane.locator(".wa-sound").last
    sound.get_by_role("button", name="Ouvir").click()
    expect(sound.get_by_role("button", name="Pausar")).to_be_visible()
    expect(sound.locator(".wa-length")).to_have_text(re.compile("0:0[1-7]"))
    sound.get_by_role("button", name="Pausar").click()
    expect(sound.get_by_role("button", name="Ouvir")).to_be_visible()
    chat.write(seen.Document(b"%PDF-1.4 conta", "conta.pdf"))
    with thread.page.expect_download() as saved:
        thread.bubble("conta.pdf").get_by_role("button", name=re.compile("conta.pdf")).click()
    assert saved.value.suggested_filename == "conta.pdf"
    with thread.page.expect_download() as saved:
        thread.bubble("conta.pdf").get_by_role("button", name=re.compile("conta.pdf")).click()
    assert saved.value.path().read_bytes() == b"%PDF-1.4 conta"


def test_a_press_at_the_moment_of_a_change_draws_what_it_should(chat: Chat) -> None:
    """What the page asks for meanwhile is drawn beside it, and not in its place."""
    thread = chat.open()
    for _ in range(3):
        thread.open_menu(thread.bubble("Primeira"))
        thread.page.wait_for_timeout(500)
        thread.page.evaluate(_PRESS_AND_FOLLOW)
        expect(thread.person.by_key("reply-strip")).to_contain_text("Primeira", timeout=AT_ONCE_MS)
        thread.person.press("reply-leave")
        expect(thread.person.by_key("reply-strip")).to_have_count(0)


def test_a_press_that_is_lost_on_its_way_is_told_again(chat: Chat) -> None:
    """As by a page that is drawn anew at that very moment; the message is answered once."""
    thread = chat.open()
    thread.page.evaluate(_LOSE_ONE)
    thread.choose(thread.bubble("Primeira"), "Responder")
    expect(thread.person.by_key("reply-strip")).to_contain_text("Primeira")
    assert thread.page.evaluate("window.lost") == 1


@WINDOWS
def test_a_bubble_is_answered_and_reacted_to(chat: Chat, window: dict[str, Any]) -> None:
    """The answer begins at the composer, with the quote; the emoji reaches the other phone and the bubble."""
    thread = chat.open(**window)
    first = thread.bubble("Primeira")
    thread.choose(first, "Responder")
    expect(thread.person.by_key("reply-strip")).to_contain_text("Primeira")
    thread.open_menu(first).get_by_role("menuitem", name="Reagir 👍").click()
    expect(first.locator(".wa-reactions")).to_contain_text("👍", timeout=AT_ONCE_MS)

    def reactions() -> list[seen.Content]:
        sent = chat.emulator.messages_to(chat.connected.friend)
        return [chat.emulator.content_of(message.message_id) for message in sent]

    (reaction,) = eventually(reactions, timeout=5, seen=reactions)
    assert isinstance(reaction, seen.Reaction)
    thread.choose(first, "Remover reação")
    expect(first.locator(".wa-reactions")).to_have_count(0)
    eventually(lambda: not violations(thread.page), timeout=10, seen=lambda: violations(thread.page))


def test_a_message_is_marked_as_read_on_a_press_only(chat: Chat) -> None:
    """Opening a conversation tells the sender nothing."""
    thread = chat.open()
    last = chat.write(seen.Text("Leia"))
    expect(thread.bubble("Leia")).to_be_visible()

    def read() -> list[str]:
        receipts = chat.emulator.state().receipts_of(chat.connected.number)
        return [one.message_id for one in receipts if one.kind == "read"]

    assert read() == []
    thread.choose(thread.bubble("Leia"), "Marcar como lida")
    eventually(lambda: read() == [last], timeout=5, seen=read)
    thread.person.press("conversation-read")
    eventually(lambda: len(read()) == 2, timeout=5, seen=read)


def test_earlier_ones_come_without_a_jump(chat: Chat) -> None:
    """Sixty at first; what was in sight stays where it is."""
    for number in range(75):
        chat.write(seen.Text(f"linha {number:03}"))
    thread = chat.open()
    expect(thread.bubble("linha 074")).to_be_in_viewport()
    expect(thread.pane.locator(".wa-msg")).to_have_count(60)
    thread.scroll_to(0)
    first = thread.bubble("linha 015")
    before = thread.top_of(first)
    thread.page.get_by_role("button", name="Mensagens anteriores").click()
    expect(thread.pane.locator(".wa-msg")).to_have_count(76)
    assert abs(thread.top_of(first) - before) < 3


def test_the_end_is_followed_and_a_reader_is_left_alone(chat: Chat) -> None:
    """At the end the newest comes into sight; elsewhere a button counts what is new."""
    for number in range(40):
        chat.write(seen.Text(f"linha {number:03}\nmais"))
    thread = chat.open()
    expect(thread.bubble("linha 039")).to_be_in_viewport()
    chat.write(seen.Text("nova 1"))
    expect(thread.bubble("nova 1")).to_be_in_viewport(timeout=AT_ONCE_MS)
    thread.scroll_to(100)
    middle = thread.bubble("linha 004")
    before = thread.top_of(middle)
    chat.write(seen.Text("nova 2"))
    chat.write(seen.Text("nova 3"))
    newer = thread.page.get_by_role("button", name="2 novas mensagens")
    expect(newer).to_be_visible(timeout=AT_ONCE_MS)
    assert thread.top_of(middle) == before
    newer.click()
    expect(thread.bubble("nova 3")).to_be_in_viewport()
    expect(newer).to_have_count(0)
    assert thread.is_at_end()


def test_nothing_is_drawn_anew(chat: Chat, fresh_number: Callable[[], str]) -> None:
    """Another chat's message redraws the page and changes nothing here; an arrival adds one bubble."""
    thread = chat.open()
    thread.note_changes()
    other = fresh_number()
    chat.emulator.add_phone(other, "Outra")
    chat.emulator.write(seen.Text("de outra"), sender=other, receiver=chat.connected.number)
    expect(thread.person.by_key("thread-list")).to_contain_text("Outra")
    thread.person.settled()
    assert thread.changes() == []
    chat.write(seen.Text("mais uma"))
    expect(thread.bubble("mais uma")).to_be_visible()
    touched = [change for change in thread.changes() if "wa-pane" in change]
    assert touched == ["childList wa-pane"]


def test_a_stranger_cannot_break_the_thread(chat: Chat, fresh_number: Callable[[], str]) -> None:
    """HTML, marks that turn the direction of writing, words without an end, an emoji of a hundred parts."""
    stranger = fresh_number()
    chat.emulator.add_phone(stranger, "<img src=x onerror=window.hit=1>\u202eanA")
    group = chat.emulator.make_group("<b>\u202egrupo</b>", members=[chat.connected.number, stranger])
    texts = (
        "<script>window.hit=1</script>",
        "\u202etxt.exe",
        "w" * 5_000,
        "שלום 123",
        "```" * 40,
        "a\n" * 300,
    )
    for text in texts:
        chat.emulator.write(seen.Text(text), sender=stranger, group=group)
    person = chat.connected.visitor("/messages?id={id}", **PHONE)
    thread = open_thread(person, "grupo")
    expect(thread.bubble("<script>")).to_have_count(1)
    thread.bubble("w" * 50).get_by_role("button", name="Ler mais").click()
    expect(thread.bubble("w" * 4_900)).to_have_count(1)
    assert thread.page.evaluate("window.hit") is None
    assert thread.pane.evaluate("pane => pane.scrollWidth <= pane.clientWidth")
    assert not thread.pane.locator("img[src=x]").count()
    # Streamlit itself looks in two wrong places for what a page below the first needs.
    assert not [error for error in person.console_errors if "/messages/_stcore/" not in error]


def test_presentation_mode_covers_the_thread(chat: Chat) -> None:
    """Names, numbers and texts leave the server as dots; no picture does."""
    chat.write(seen.Image(media_samples.photo(), caption="Segredo"))
    person = chat.connected.visitor("/messages?id={id}&presentation=true")
    person.by_key("thread-list").get_by_text("•").first.click()
    thread = ThreadPage(person)
    expect(thread.pane.locator(".wa-msg")).to_have_count(2)
    page = thread.page.content()
    assert not [word for word in ("Segredo", "Primeira", "Amiga", chat.connected.friend[-4:]) if word in page]
    expect(thread.pane.locator("img[src]")).to_have_count(0)


def test_the_keyboard_reaches_everything(chat: Chat) -> None:
    """In the order of sight: the pane, a bubble's menu, its entries; Escape comes back to where it was."""
    thread = chat.open()
    thread.pane.focus()
    thread.page.keyboard.press("Tab")
    dots = thread.bubble("Primeira").get_by_role("button", name=re.compile("^Ações"))
    expect(dots).to_be_focused()
    thread.page.keyboard.press("Enter")
    menu = thread.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    thread.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem").nth(1)).to_be_focused()
    thread.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(dots).to_be_focused()
    thread.page.keyboard.press("Enter")
    thread.page.keyboard.press("End")
    menu.get_by_role("menuitem", name="Responder").press("Enter")
    expect(thread.person.by_key("reply-strip")).to_contain_text("Primeira")


def send(thread: ThreadPage, text: str) -> None:
    """Write and press send."""
    thread.person.by_key("composer").locator("textarea").first.fill(text)
    thread.person.press("send")


@WINDOWS
def test_ticks_open_each_step(chat: Chat, window: dict[str, Any]) -> None:
    """One tick, two, blue; a press tells when each came, and follows while it is open."""
    emulator = chat.emulator
    emulator.faults(auto_deliver=False)
    thread = chat.open(**window)
    send(thread, "Bom dia")
    own = thread.bubble("Bom dia")
    expect(own).to_have_attribute("data-state", "sent")
    (message,) = eventually(
        lambda: emulator.messages_to(chat.connected.friend), timeout=5, seen=lambda: "nothing went out"
    )
    own.get_by_role("button", name=re.compile("^Enviada")).click()
    steps = thread.page.get_by_role("dialog", name="Etapas da mensagem")
    expect(steps.locator("dt")).to_have_text(["Na fila", "Enviada"])
    for kind, state, words in (("delivered", "delivered", "Entregue"), ("read", "read", "Lida")):
        emulator.receipt(message.message_id, kind=kind)
        expect(own).to_have_attribute("data-state", state, timeout=AT_ONCE_MS)
        expect(steps.locator("dt").last).to_have_text(words)
    eventually(lambda: not violations(thread.page), timeout=10, seen=lambda: violations(thread.page))


def test_an_own_message_is_there_before_the_server_knows_of_it(chat: Chat) -> None:
    """At the press, as queued, while the server stands still; it is the same bubble that gets its ticks.

    How soon is measured by the bench; here nothing but the browser can have drawn it.
    """
    thread = chat.open()
    box = thread.person.by_key("composer").locator("textarea").first
    box.fill("Já vai")
    with chat.connected.app.standing_still():
        box.press("Enter")
        own = thread.bubble("Já vai")
        expect(own).to_have_attribute("data-state", "queued")
        key = own.get_attribute("data-key")
        assert not chat.emulator.messages_to(chat.connected.friend)
    expect(own).to_have_attribute("data-state", re.compile("sent|delivered"))
    assert own.get_attribute("data-key") == key
    expect(thread.pane.locator(".wa-mine")).to_have_count(1)


def test_an_own_message_is_edited_and_taken_back(chat: Chat) -> None:
    """The edit begins in the composer; the deletion asks first."""
    thread = chat.open()
    send(thread, "Abrimos às 9")
    own = thread.bubble("Abrimos às 9")
    expect(own).to_have_attribute("data-state", re.compile("sent|delivered"))
    thread.choose(own, "Editar")
    expect(thread.person.by_key("composer").locator("textarea").first).to_have_value("Abrimos às 9")
    send(thread, "Abrimos às 10")
    own = thread.bubble("Abrimos às 10")
    expect(own).to_contain_text("Editada")
    thread.choose(own, "Apagar para todos")
    question = thread.page.get_by_role("alertdialog")
    question.get_by_role("button", name="Cancelar").click()
    expect(question).to_be_hidden()
    thread.choose(own, "Apagar para todos")
    question.get_by_role("button", name="Apagar").click()
    expect(thread.bubble("Apagada para todos")).to_be_visible()

    def said() -> list[type[seen.Content]]:
        sent = chat.emulator.messages_to(chat.connected.friend)
        return [type(chat.emulator.content_of(message.message_id)) for message in sent]

    eventually(lambda: said() == [seen.Text, seen.Edit, seen.Deletion], timeout=5, seen=said)


def test_a_failed_message_is_tried_again_once(chat: Chat) -> None:
    """It says why; a double press sends one more, not two."""
    thread = chat.open()
    chat.emulator.faults(ack_error="479")
    send(thread, "Tente")
    own = thread.pane.locator('.wa-msg[data-state="failed"]')
    expect(own).to_contain_text("479")
    chat.emulator.clear_faults()
    before = len(chat.emulator.messages_to(chat.connected.friend))
    own.get_by_role("button", name="Tentar de novo").dblclick()
    expect(thread.bubble("Tente")).to_have_attribute("data-state", re.compile("sent|delivered"))
    expect(thread.page.get_by_role("button", name="Tentar de novo")).to_have_count(0)
    assert len(chat.emulator.messages_to(chat.connected.friend)) == before + 1
