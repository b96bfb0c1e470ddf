"""Fields for numbers and places, as every page draws them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.models.recipients import NumberLookup
from core.services import recipients
from pages.ui.presentation import SWITCH
from pages.ui.widgets import number_check
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices

WHOLE = "+55 11 91234-5678"


def number_page() -> None:
    """A field, what it may stand for, and what WhatsApp says of it."""
    import streamlit as st

    from pages.ui.widgets.number_check import draw_check
    from pages.ui.widgets.number_field import draw_number_field, home_regions, read_number

    typed = draw_number_field("Número", key="to")
    number = read_number(typed, key="to", question="Usar {number}?", regions=home_regions("351912345678"))
    if number is not None:
        draw_check("a-1", number)
    st.caption("fim")


def place_page() -> None:
    """A field for a place."""
    import streamlit as st

    from pages.ui.widgets.place_field import draw_place_field, place_in

    st.session_state.setdefault("presentation", False)
    place = draw_place_field(key="place")
    assert place == place_in("place")


def drawn(page: object, key: str, typed: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=20).run()  # type: ignore[arg-type]
    app.text_input(key=key).set_value(typed).run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("typed", ["\u202a+55 11 91234-5678\u202c", "https://wa.me/5511912345678", WHOLE])
def test_a_whole_number_is_looked_up_as_it_is(scene: FakeServices, typed: str) -> None:
    """However it was pasted; nothing is offered."""
    app = drawn(number_page, "to", typed)
    assert (
        f"A mensagem vai para **{WHOLE.replace('+', chr(92) + '+').replace('-', chr(92) + '-')}**"
        in text_of(app)
    )
    assert not app.button


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("11 91234-5678", [WHOLE]),
        ("912 345 678", ["+351 912 345 678"]),
        ("51 99876-5432", ["+55 51 99876-5432", "+51 998 765 432"]),
    ],
)
def test_a_local_number_is_offered_and_taken_by_one_press(
    scene: FakeServices, typed: str, offers: list[str]
) -> None:
    """Of each country that it may be of; nothing is looked up before one is taken."""
    app = drawn(number_page, "to", typed)
    labels = [button.label.replace("\\", "") for button in app.button]
    assert labels == [f"Usar {number}?" for number in offers]
    assert "vai para" not in text_of(app)
    app.button(key="to-offer").click().run()
    assert app.text_input(key="to").value == offers[0]
    assert not app.button
    assert "vai para" in text_of(app)


def test_what_is_no_number_says_how_one_is_written(scene: FakeServices) -> None:
    """An empty field too."""
    for typed in ("", "abc", "119"):
        assert "Com código do país e DDD" in text_of(drawn(number_page, "to", typed))


def test_the_spelling_that_whatsapp_knows_is_named(
    scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old account without the 9, in the form that people read."""
    answer = NumberLookup(exists=True, number="555198765432", name="Ana")
    monkeypatch.setattr(recipients, "check", lambda *_: answer)
    said = text_of(drawn(number_page, "to", "+55 51 99876-5432")).replace("\\", "")
    assert "+55 51 9876-5432" in said
    assert "(Ana)" in said


def test_a_no_is_asked_again_when_something_is_sent(
    scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And soon by itself; a yes is believed for a while."""
    asked: list[str] = []
    there = False

    def check(_id: str, number: str) -> NumberLookup:
        asked.append(number)
        return NumberLookup(exists=there, number=number)

    monkeypatch.setattr(recipients, "check", check)
    app = drawn(number_page, "to", WHOLE)
    assert "não está no WhatsApp" in text_of(app)
    app.run()
    assert len(asked) == 1
    there = True
    monkeypatch.setattr(number_check, "_NO_KEPT_S", 0.0)
    assert "não está no WhatsApp" not in text_of(app.run())
    there = False
    assert "não está no WhatsApp" not in text_of(app.run())
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("-23.561414, -46.655881", "23,56141° sul, 46,65588° oeste"),
        ("-3,1; -60,0", "3,10000° sul, 60,00000° oeste"),
        ("35°39'31\" N 139°44'43\" L", "35,65861° norte, 139,74528° leste"),
        ("https://maps.google.com/?q=-23.5,-46.6", "23,50000° sul, 46,60000° oeste"),
    ],
)
def test_a_place_is_shown_before_it_is_sent(scene: FakeServices, typed: str, where: str) -> None:
    """In words, with the halves of the world, and with a map for a look."""
    (line,) = (each.value for each in drawn(place_page, "place", typed).markdown)
    assert where in line
    assert "[Ver no mapa](https://www.openstreetmap.org/?mlat=" in line


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-3,1", "duas formas"),
        ("https://maps.app.goo.gl/AbC", "não é aberto daqui"),
        ("Rua A, 10", "Nenhum local"),
        ("95, 10", "não existe"),
        ("", "Copie no Maps"),
    ],
)
def test_what_is_no_place_is_said_beneath(scene: FakeServices, typed: str, said: str) -> None:
    """In a sentence, in the same line."""
    app = drawn(place_page, "place", typed)
    assert said in app.caption[0].value
    assert not app.markdown


def test_a_place_is_covered_on_a_projector(scene: FakeServices) -> None:
    """The figures, and the link that holds them."""
    app = AppTest.from_function(place_page, default_timeout=20)
    app.session_state[SWITCH] = True
    app.run()
    app.text_input(key="place").set_value("-23.561414, -46.655881").run()
    (line,) = (each.value for each in app.markdown)
    assert "23" not in line
    assert "http" not in line
