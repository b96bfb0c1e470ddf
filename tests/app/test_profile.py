"""The folded part about the number itself: asked for when it is opened, and what each press does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError, StorageUnavailableError
from core.models.instance import InstanceState
from core.models.profile.own_profile import BlockedPerson, OwnProfile
from pages.ui.instance.profile.block_list import MOST
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view

Page = Callable[..., AppTest]
BIA = BlockedPerson("77@lid", "5511988887777", "Bia")
HIDDEN = BlockedPerson("78@lid")


@pytest.fixture
def opened(page: Page, scene: FakeServices) -> Callable[..., AppTest]:
    """Opens the page of one instance, and the part about its number."""

    def open_profile(*views: Any) -> AppTest:
        scene.views = list(views) or [connected()]
        app = page("instance", id="loja-1")
        return unfold(app)

    return open_profile


def unfold(app: AppTest, *, is_open: bool = True) -> AppTest:
    """Press on the title."""
    app.session_state["profile"] = is_open
    return drawn(app)


def drawn(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def asked(scene: FakeServices) -> int:
    """How often WhatsApp was asked."""
    return [call[0] for call in scene.calls].count("profile")


def done(scene: FakeServices) -> list[tuple[str, ...]]:
    """What was changed, without the questions."""
    return [call for call in scene.calls if call[0] != "profile"]


def press(app: AppTest, key: str) -> AppTest:
    """Press a button, also that of a form."""
    (button,) = (button for button in app.button if (button.key or "").endswith(key))
    button.click()
    return drawn(app)


def test_whatsapp_is_asked_only_when_it_is_opened(page: Page, scene: FakeServices) -> None:
    """Once for each opening, however often the page is drawn meanwhile."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    assert asked(scene) == 0
    assert "profile-save" not in str(keys_of(app))
    unfold(app)
    drawn(app)
    assert asked(scene) == 1
    unfold(unfold(app, is_open=False))
    assert asked(scene) == 2


def test_an_instance_without_a_phone_has_no_profile(page: Page, scene: FakeServices) -> None:
    """There is no number that could show anything."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    app = page("instance", id="loja-1")
    app.session_state["profile"] = True
    assert "Perfil" not in [each.label for each in drawn(app).expander]


def test_the_form_shows_what_whatsapp_says(opened: Callable[..., AppTest]) -> None:
    """Name and about, to be changed."""
    app = opened()
    assert app.text_input(key="profile-name").value == "Loja"
    assert app.text_area(key="profile-about").value == "Aberto"


def test_only_what_differs_is_saved(
    opened: Callable[..., AppTest], scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then WhatsApp is asked anew, and the page says that it is saved."""
    app = opened()
    app.text_input(key="profile-name").set_value(" Loja da Ana ")
    press(app, "profile-save")
    assert done(scene) == [("profile-name", "loja-1", "Loja da Ana")]
    assert app.text_input(key="profile-name").value == "Loja da Ana"
    assert asked(scene) == 2
    assert "Salvo no WhatsApp" in text_of(app)
    press(app, "profile-save")
    assert "Salvo no WhatsApp" in text_of(app), "the second half of a double press"
    later = time.monotonic() + 10
    monkeypatch.setattr("pages.ui.instance.profile.form.time.monotonic", lambda: later)
    press(app, "profile-save")
    assert len(done(scene)) == 1
    assert "Nada mudou" in text_of(app)
    assert "Salvo no WhatsApp" not in text_of(app)


def test_what_is_refused_stays_typed_and_the_rest_is_saved(
    opened: Callable[..., AppTest], scene: FakeServices
) -> None:
    """Each refusal names the field, says what happened and what to do."""
    scene.errors["profile-name"] = AppError("profile-no-key")
    app = opened()
    app.text_input(key="profile-name").set_value("Outra")
    app.text_area(key="profile-about").set_value("Fechado")
    press(app, "profile-save")
    assert "**Nome:** O celular ainda não passou" in text_of(app)
    assert "Abra o WhatsApp no celular" in text_of(app)
    assert "Salvo no WhatsApp" in text_of(app)
    assert app.text_input(key="profile-name").value == "Outra"
    assert done(scene)[1:] == [("profile-about", "loja-1", "Fechado")]


def test_a_name_of_nothing_is_told(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """It is checked before it leaves."""
    scene.errors["profile-name"] = InvalidInputError("profile-name-empty")
    app = opened()
    app.text_input(key="profile-name").set_value("")
    assert "Escreva o nome que os outros vão ver" in text_of(press(app, "profile-save"))


def test_no_answer_can_be_asked_for_again(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """The page says so and offers another try; it does not ask by itself all the time."""
    scene.errors["profile"] = AppError("no-answer")
    app = opened()
    drawn(app)
    assert asked(scene) == 1
    assert "O WhatsApp não respondeu a tempo" in text_of(app)
    del scene.errors["profile"]
    press(app, "profile-again")
    assert asked(scene) == 2
    assert app.text_input(key="profile-name").value == "Loja"


@pytest.mark.parametrize("known", [True, False])
def test_offline_it_says_so_and_shows_what_is_known(
    opened: Callable[..., AppTest], scene: FakeServices, known: bool
) -> None:
    """Nothing can be changed then, but for what is kept here."""
    scene.asked_profile = known
    app = opened(replace(connected(), state=InstanceState.RECONNECTING))
    assert asked(scene) == 0
    if known:
        assert "o que o WhatsApp disse por último" in text_of(app)
        assert app.text_input(key="profile-name").value == "Loja"
        assert app.text_input(key="profile-name").disabled
    else:
        assert "não dá para perguntar ao WhatsApp" in text_of(app)
    assert not app.toggle(key="reject-calls").disabled


def test_calls_are_rejected_at_a_switch(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """Its text can be written only while it is on; both are as they are stored."""
    app = opened()
    assert not app.toggle(key="reject-calls").value
    assert "reject-calls-text" not in [area.key for area in app.text_area]
    app.toggle(key="reject-calls").set_value(True)
    drawn(app)
    app.text_area(key="reject-calls-text").set_value("Escreva, por favor.")
    drawn(app)
    assert done(scene) == [
        ("calls", "loja-1", "True", "None"),
        ("calls", "loja-1", "None", "Escreva, por favor."),
    ]
    scene.views = [connected(reject_calls=True, reject_calls_text="De outra janela")]
    assert drawn(app).text_area(key="reject-calls-text").value == "De outra janela"


def test_a_switch_that_fails_goes_back_and_says_why(
    opened: Callable[..., AppTest], scene: FakeServices
) -> None:
    """As any press."""
    scene.errors["calls"] = StorageUnavailableError("disk-full")
    app = opened()
    app.toggle(key="reject-calls").set_value(True)
    drawn(app)
    assert not app.toggle(key="reject-calls").value
    assert app.error


def test_the_blocked_are_shown_by_name_and_number(
    opened: Callable[..., AppTest], scene: FakeServices
) -> None:
    """As far as they are known; an address is nothing for a person to read."""
    scene.profile = OwnProfile("Loja", about="", blocked=(BIA, HIDDEN))
    shown = text_of(opened())
    assert "Bia" in shown
    assert "+55 11 98888-7777" in shown
    assert "Alguém com o número oculto" in shown
    assert "@lid" not in shown


@pytest.mark.parametrize(
    ("blocked", "words"), [((), "Ninguém está bloqueado"), (None, "não disse quem está bloqueado")]
)
def test_an_empty_list_says_so(
    opened: Callable[..., AppTest], scene: FakeServices, blocked: Any, words: str
) -> None:
    """Not known is something else than empty."""
    scene.profile = OwnProfile("Loja", about=None, blocked=blocked)
    assert words in text_of(opened())


def test_a_long_list_is_cut(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """And says how many there are beside."""
    people = tuple(BlockedPerson(f"{number}@lid") for number in range(MOST + 7))
    scene.profile = OwnProfile("Loja", blocked=people)
    app = opened()
    assert "Mais 7 estão na lista" in text_of(app)
    assert len([key for key in keys_of(app) if key.startswith("unblock-")]) == MOST


def test_unblocking_asks_first(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """By name, and can be left."""
    scene.profile = OwnProfile("Loja", about="Aberto", blocked=(BIA, HIDDEN))
    app = opened()
    press(app, "unblock-0")
    assert "Desbloquear Bia?" in text_of(app)
    press(app, "unblock-cancel")
    assert done(scene) == []
    press(app, "unblock-0")
    press(app, "unblock-confirm")
    assert done(scene) == [("unblock", "loja-1", "77@lid")]
    assert "Bia" not in text_of(app)


def test_unblocking_that_fails_says_why(opened: Callable[..., AppTest], scene: FakeServices) -> None:
    """The person stays in the list."""
    scene.profile = OwnProfile("Loja", blocked=(BIA,))
    scene.errors["unblock"] = AppError("profile-refused")
    app = opened()
    press(app, "unblock-0")
    press(app, "unblock-confirm")
    assert "O WhatsApp não aceitou a mudança" in text_of(app)
    assert "Bia" in text_of(app)
