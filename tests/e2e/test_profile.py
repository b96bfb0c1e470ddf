"""The number's own profile, seen and changed on its instance's page, with the genuine core behind it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Connected
from tests.support.accessibility import violations
from tests.support.media_samples import image
from tests.support.visitor import Visitor

TEXT = "Não atendo chamadas por aqui. Escreva, por favor."


def opened(connected: Connected, *, width: int = 1280) -> Visitor:
    """A visitor who has unfolded the profile."""
    person = connected.visitor("/instance?id={id}", width=width)
    person.unfold("profile")
    return person


def field(person: Visitor, key: str) -> Locator:
    """The field with that key."""
    return person.by_key(key).locator("input, textarea").first


def test_name_and_about_are_seen_and_changed(connected: Connected) -> None:
    """What WhatsApp has stands in the form once it is opened; what is saved is at WhatsApp."""
    emulator, number = connected.emulator, connected.number
    emulator.set_about(number, "Aberto até as 18 h")
    person = opened(connected)
    expect(field(person, "profile-about")).to_have_value("Aberto até as 18 h")
    field(person, "profile-about").fill("Fechado hoje")
    person.by_key("profile-save").get_by_role("button").dblclick()
    person.sees("Salvo no WhatsApp.")
    person.settled()
    expect(person.by_key("profile")).not_to_contain_text("Nada mudou")
    assert emulator.profile_of(number).about == "Fechado hoje"
    field(person, "profile-name").fill("Loja da Ana")
    person.press("profile-save")
    expect(person.by_key("profile")).to_contain_text("O celular ainda não passou a esta instância")
    expect(field(person, "profile-name")).to_have_value("Loja da Ana")
    emulator.name_account(number, "Antes")
    person.open(f"/instance?id={connected.instance_id}").unfold("profile")
    expect(field(person, "profile-name")).to_have_value("Antes")
    field(person, "profile-name").fill("Loja da Ana")
    person.press("profile-save")
    person.sees("Salvo no WhatsApp.")
    assert emulator.profile_of(number).name == "Loja da Ana"


def test_a_picture_is_chosen_and_shown(connected: Connected, tmp_path: Path) -> None:
    """A photo of any shape; the face beside the form is the new one. Anything else is refused in words."""
    photo, note = tmp_path / "foto.png", tmp_path / "nota.txt"
    photo.write_bytes(image("PNG", 900, 1_400))
    note.write_text("nada")
    person = opened(connected, width=390)
    face = person.by_key("profile-face").locator("img")
    expect(field(person, "profile-name")).to_be_visible()
    expect(face).to_have_count(0)
    person.by_key("profile-picture").locator("input[type=file]").set_input_files(note)
    expect(person.by_key("profile-picture")).to_contain_text("nota.txt")
    person.press("profile-save")
    person.sees("não é uma imagem que se possa ler")
    person.by_key("profile-picture").locator("input[type=file]").set_input_files(photo)
    expect(person.by_key("profile-picture")).to_contain_text("foto.png")
    person.press("profile-save")
    person.sees("Salvo no WhatsApp.")
    expect(face).to_have_count(1)
    expect(person.by_key("profile-picture")).not_to_contain_text("foto.png")
    made = Image.open(io.BytesIO(connected.emulator.profile_of(connected.number).picture))
    assert (made.format, made.size) == ("JPEG", (640, 640))


def test_calls_are_rejected_with_a_text(own_connected: Connected) -> None:
    """One switch and one text: the next call is rejected, its caller reads why, and the page tells of it."""
    connected = own_connected
    emulator, number, friend = connected.emulator, connected.number, connected.friend
    person = opened(connected)
    person.by_key("reject-calls").locator("label").click()
    person.by_key("reject-calls-text").wait_for()
    person.type_into("reject-calls-text", TEXT)
    person.settled()
    call_id = emulator.ring(caller=friend, receiver=number)
    emulator.wait_for(lambda state: state.messages_to(friend), what="the text")
    (rejected,) = emulator.state().calls_rejected_by(number)
    assert (rejected.call_id, rejected.caller) == (call_id, friend)
    (text,) = emulator.messages_to(friend)
    assert text.text == TEXT
    expect(person.by_key("timeline")).to_contain_text(
        f"Uma chamada de …{friend[-4:]} foi recusada automaticamente.", timeout=15_000
    )
    person.open(f"/instance?id={connected.instance_id}").unfold("profile")
    expect(person.by_key("reject-calls").locator("input")).to_be_checked()
    expect(field(person, "reject-calls-text")).to_have_value(TEXT)


def test_a_person_is_unblocked_after_a_question(connected: Connected) -> None:
    """What was typed into the form meanwhile is still there, and nothing of it was saved."""
    emulator, number = connected.emulator, connected.number
    emulator.block(connected.friend, by=number)
    person = opened(connected)
    blocked = person.by_key("block-list")
    expect(blocked).to_contain_text("Alguém com o número oculto")
    field(person, "profile-about").fill("Ainda não salvo")
    person.press("unblock-0")
    expect(blocked).to_contain_text("Desbloquear esta pessoa?")
    person.press("unblock-cancel")
    expect(person.by_key("unblock-confirm")).to_have_count(0)
    assert emulator.profile_of(number).blocked == (connected.friend,)
    person.press("unblock-0")
    person.press("unblock-confirm")
    expect(blocked).to_contain_text("Ninguém está bloqueado.")
    assert emulator.profile_of(number).blocked == ()
    expect(field(person, "profile-about")).to_have_value("Ainda não salvo")
    assert emulator.profile_of(number).about == ""


def test_offline_the_last_answer_is_shown(own_connected: Connected) -> None:
    """Nothing can be changed then, and the page says why."""
    connected = own_connected
    connected.emulator.set_about(connected.number, "Aberto")
    person = opened(connected)
    expect(field(person, "profile-about")).to_have_value("Aberto")
    person.press("stop")
    person.sees_state("Parada")
    expect(person.by_key("profile")).to_contain_text(
        "isto é o que o WhatsApp disse por último", timeout=15_000
    )
    expect(field(person, "profile-about")).to_be_disabled()
    expect(field(person, "profile-about")).to_have_value("Aberto")
    expect(person.by_key("profile-save").get_by_role("button")).to_be_disabled()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_profile_shuts_nobody_out(connected: Connected, width: int) -> None:
    """With a picture, a text for callers and a question open; and nothing is wider than the screen."""
    connected.emulator.set_picture(connected.number, image("JPEG", 96, 96))
    connected.emulator.block(connected.friend, by=connected.number)
    person = opened(connected, width=width)
    person.by_key("profile-face").locator("img").wait_for()
    person.by_key("reject-calls").locator("label").click()
    person.by_key("reject-calls-text").wait_for()
    person.settled()  # the text for callers moves what stands below it
    person.press("unblock-0")
    person.by_key("unblock-confirm").wait_for()
    person.settled()
    assert not violations(person.page)
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
