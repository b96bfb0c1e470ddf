"""Messages of other kinds than text, made on the page as a person does, followed to the end, and changed."""

from __future__ import annotations

import io
import re
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Connected
from tests.emulator import content as seen
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.support.polling import eventually
from tests.support.visitor import Visitor

AT_ONCE_MS = 3_000
"""Far above what a push takes, far below the 10 s at which the list would be redrawn anyway."""


class Chat:
    """A person on the messages page of a connected instance, and the friend they write to."""

    def __init__(self, person: Visitor, emulator: Emulator, *, owner: str, friend: str) -> None:
        self.person = person
        self.emulator = emulator
        self.owner = owner
        self.friend = friend

    @property
    def newest(self) -> Locator:
        """The card of the last message."""
        return self.person.by_key("sent-list").locator(".wa-card").first

    def press_send(self) -> MessageView:
        """Press it; gives what arrived at the friend's phone."""
        before = len(self.emulator.messages_to(self.friend))
        self.person.press("send")
        expect(self.person.by_key("send-result")).to_contain_text("Enviada ✓")
        return eventually(
            lambda: self.emulator.messages_to(self.friend)[before:],
            timeout=5,
            seen=lambda: self.emulator.messages_to(self.friend),
        )[0]

    def follow(self, message: MessageView, *, played: bool = False) -> None:
        """Its ticks reach the card one after the other."""
        badge = self.newest.locator(".wa-badge")
        expect(badge).to_have_text("Enviada ✓", timeout=AT_ONCE_MS)
        steps = [("delivered", "Entregue ✓✓"), ("read", "Lida ✓✓"), ("played", "Reproduzida ✓✓")]
        for kind, words in steps if played else steps[:2]:
            self.emulator.receipt(message.message_id, kind=kind)
            expect(badge).to_have_text(words, timeout=AT_ONCE_MS)
        expect(badge).to_have_class(re.compile("wa-blue"))


@pytest.fixture
def chat(connected: Connected) -> Chat:
    """On a machine with ffmpeg; nobody confirms anything by themselves."""
    emulator, friend = connected.emulator, connected.friend
    emulator.faults(auto_deliver=False)
    person = connected.visitor("/messages?id={id}")
    person.type_into("send-to", f"+{friend}")
    expect(person.by_key("send-checked-yes")).to_contain_text("verified")
    return Chat(person, emulator, owner=connected.number, friend=friend)


def test_an_image_a_voice_note_and_a_poll_go_to_read(chat: Chat) -> None:
    """Uploaded, recorded, typed: previewed, decrypted, ticked; a vote and a reaction come back."""
    person, emulator = chat.person, chat.emulator
    person.choose("send-kind", "Imagem")
    photo = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(photo, "JPEG")
    person.page.locator('[class*="st-key-send-file-"] input[type=file]').set_input_files(
        {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    expect(person.by_key("send-preview").locator("img")).to_be_visible()
    person.by_key("send-text").locator("textarea").fill("*Loja* nova")
    image = chat.press_send()
    arrived = emulator.content_of(image.message_id)
    assert isinstance(arrived, seen.Image)
    assert (Image.open(io.BytesIO(arrived.data)).size, arrived.caption) == ((320, 200), "*Loja* nova")
    chat.follow(image)

    person.choose("send-kind", "Voz")
    person.page.get_by_role("button", name="Gravar").click()
    person.page.wait_for_timeout(1_500)  # that is how long it gets
    person.page.get_by_role("button", name="Parar a gravação").click()
    expect(person.by_key("send-preview").locator("audio")).to_be_visible()
    voice = chat.press_send()
    sound = emulator.content_of(voice.message_id)
    assert isinstance(sound, seen.Audio)
    assert sound.voice
    assert sound.data.startswith(b"OggS")
    assert sound.seconds in (1, 2, 3)
    chat.follow(voice, played=True)

    person.choose("send-kind", "Enquete")
    person.type_into("send-question", "Que dia?")
    person.type_into("send-options", "Sábado\nDomingo")
    expect(person.by_key("send-preview")).to_contain_text("Domingo")
    poll = chat.press_send()
    assert emulator.content_of(poll.message_id) == seen.Poll("Que dia?", ("Sábado", "Domingo"))
    chat.follow(poll)
    for theirs in (seen.Vote(poll.message_id, ("Domingo",)), seen.Reaction(poll.message_id, "👍")):
        emulator.write(theirs, sender=chat.friend, receiver=chat.owner)
    expect(chat.newest.get_by_role("listitem").filter(has_text="Domingo")).to_contain_text("1")
    expect(chat.newest.locator(".wa-reaction")).to_contain_text("👍")


@pytest.mark.parametrize(("language", "label"), [("", "Escolher um arquivo"), ("English", "Choose a file")])
def test_the_form_speaks_one_language(chat: Chat, language: str, label: str) -> None:
    """Nothing that Streamlit says in English only is on it."""
    person = chat.person
    person.open(f"{urlsplit(person.page.url)._replace(scheme='', netloc='').geturl()}&language={language}")
    person.by_key("send-kind").get_by_role("radio").nth(1).click()
    dropzone = person.page.get_by_test_id("stFileUploaderDropzone")
    expect(dropzone.get_by_role("button", name=label, exact=True)).to_be_visible()
    assert dropzone.inner_text().split("\n")[-1] == label
    for words in ("(required)", "per file", "Upload"):
        expect(person.page.get_by_text(words, exact=True).filter(visible=True)).to_have_count(0)


def test_an_answer_an_edit_and_a_deletion(chat: Chat) -> None:
    """What comes in is answered with its quote; our answer is edited, then taken back for everybody."""
    person, emulator = chat.person, chat.emulator
    asked = emulator.inbound(sender=chat.friend, receiver=chat.owner, text="Abre amanhã?")
    person.by_key("inbox").get_by_role("button", name="Responder").click()
    expect(person.by_key("send-answering")).to_contain_text("Abre amanhã?")
    person.by_key("send-text").locator("textarea").fill("Abre às 9")
    answer = chat.press_send()
    assert answer.quoted_id == asked
    expect(chat.newest).to_contain_text("Abre amanhã?")

    def act(action: str) -> None:
        person.by_key("sent-list").get_by_role("button", name="Ações").first.click()
        person.page.get_by_role("menuitem", name=action).click()

    act("Editar")
    person.by_key("edit-text").locator("textarea").fill("Abre às 10")
    person.press("edit-save")
    expect(chat.newest).to_contain_text("Abre às 10", timeout=10_000)
    act("Apagar para todos")
    person.press("delete-sent")
    expect(person.by_key("sent-list")).not_to_contain_text("Abre às 10", timeout=10_000)
    kinds = [emulator.content_of(one.message_id) for one in emulator.messages_to(chat.friend)[1:]]
    assert kinds == [seen.Edit(answer.message_id, "Abre às 10"), seen.Deletion(answer.message_id)]
