"""What people type, and what the page answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.support.app_process import AppProcess
from tests.support.visitor import Visitor

HOSTILE_NAMES = (
    "../x",
    "a/b",
    "%00",
    "?",
    "#",
    "<b>negrito</b>",
    "**forte** `code` :smile: $x$ [aqui](http://exemplo.com)",
    "👩‍👩‍👧 família ☕",
)


def _refusal(person: Visitor, text: str) -> None:
    expect(person.page.get_by_test_id("stAlert").filter(has_text=text)).to_be_visible()


def test_names_that_cannot_be_used_are_refused_in_words(app_process: StartApp, visit: Visit) -> None:
    """Empty, blank, over-long and duplicate names are refused; what was typed stays; no folder is left."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.press("new-instance")
    field = person.by_key("instance-name").locator("input")
    person.press("create-instance")
    _refusal(person, "nome")
    field.fill("  \u200b ")
    person.press("create-instance")
    _refusal(person, "nome")
    field.fill("x" * 300)
    person.press("create-instance")
    _refusal(person, "60")
    expect(field).to_have_value("x" * 300)
    field.fill("Loja")
    person.press("create-instance")
    person.instance_id()
    person.open()
    person.press("new-instance")
    person.by_key("instance-name").locator("input").fill("LOJA")
    person.press("create-instance")
    _refusal(person, "Já existe")
    assert [each["name"] for each in app.instances()] == ["Loja"]
    assert len([each for each in app.auth_dir.iterdir() if each.is_dir()]) == 1


def test_hostile_names_are_names_and_nothing_else(app_process: StartApp, visit: Visit) -> None:
    """Path-like, markup and emoji names are shown as typed, everywhere, and never become part of a path."""
    app = app_process()
    app.wait_healthy()
    person = visit(app)
    for name in HOSTILE_NAMES:
        person.open()
        person.create(name)
        instance_id = person.instance_id()
        assert (app.auth_dir / instance_id / "instance.json").is_file()
        expect(person.page.locator("h1")).to_have_text(name)
        person.sees_state("Esperando o QR code")
        person.press("stop")
        person.sees_state("Parada")
    person.open()
    for name in HOSTILE_NAMES:
        expect(person.page.get_by_text(name, exact=True).first).to_be_visible()
    assert [each["name"] for each in app.instances()] == list(HOSTILE_NAMES)
    assert sorted(each.name for each in app.auth_dir.iterdir() if each.is_dir()) == sorted(
        each["id"] for each in app.instances()
    )


@pytest.mark.parametrize(
    "path", ["/instance?id=../x", "/instance?id=%00", "/instance?id=nobody", "/instance"]
)
def test_an_id_that_nobody_has_is_answered_kindly(empty_app: AppProcess, visit: Visit, path: str) -> None:
    """A wrong address says so and shows the way back."""
    person = visit(empty_app).open(path)
    person.sees("Instância não encontrada")
    person.page.get_by_text("Todas as instâncias").click()
    person.by_key("new-instance").wait_for()


def test_texts_that_cannot_be_sent_are_refused_in_words(connected: Connected) -> None:
    """What was typed stays, and nothing goes out; something shorter does."""
    emulator, owner, friend = connected.emulator, connected.number, connected.friend
    person = connected.visitor("/messages?id={id}")
    person.send(to=f"+{friend}", text="x" * 5000)
    expect(person.by_key("send-refused")).to_contain_text("4096")
    box = person.by_key("composer").locator("textarea")
    expect(box).to_have_value("x" * 5000)
    assert not emulator.messages_from(owner)
    box.fill("Agora sim")
    person.press("send")
    person.sees_sent("Agora sim")
    expect(person.by_key("send-refused")).to_have_count(0)
    assert [message.text for message in emulator.messages_from(owner)] == ["Agora sim"]
