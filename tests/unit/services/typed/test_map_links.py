"""Links of maps: the pin, not where the eye is; none is followed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.services.typed.map_links import Place, find_map_link, parse_map_link

CPU_S = 0.5
GOOGLE = "https://www.google.com/maps"
PIN = "!3m1!4b1!4m6!3m5!1s0x94ce:0x1!8m2!3d-23.56!4d-46.65!16s"


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("geo:-23.56,-46.65", ""),
        ("geo:-23.56,-46.65,760;u=35", ""),
        ("geo:-23.56,-46.65;crs=WGS84?z=17", ""),
        ("GEO:0,0?q=-23.56,-46.65(Pra%C3%A7a+1)", "Praça 1"),
        ("geo:1.0,1.0?q=-23.56%2C-46.65", ""),
        (f"{GOOGLE}/@-23.56,-46.65,17z", ""),
        (f"{GOOGLE}/@-23.56,-46.65,3a,75y,90t/data=!3m6", ""),
        (f"{GOOGLE}/place/MASP+-+Museu/@-23.99,-46.99,17z/data={PIN}", "MASP - Museu"),
        (f"{GOOGLE}/place/-23.56,-46.65/@-23.99,-46.99,17z", ""),
        (f"{GOOGLE}/place/23%C2%B033'36.0%22S+46%C2%B039'00.0%22W/@-23.9,-46.9,17z", ""),
        (f"{GOOGLE}/search/-23.56,+-46.65?entry=tts", ""),
        (f"{GOOGLE}/search/?api=1&query=-23.56%2C-46.65", ""),
        (f"{GOOGLE}/dir/?api=1&destination=-23.56,-46.65", ""),
        (f"{GOOGLE}?q=loc:-23.56,-46.65&z=17", ""),
        (f"{GOOGLE}?ll=-23.56,-46.65", ""),
        ("https://maps.google.com/?q=-23.56,-46.65", ""),
        ("http://maps.google.com.br/maps?q=-23.56,-46.65&hl=pt", ""),
        ("maps.google.com/maps?daddr=-23.56,-46.65", ""),
        ("https://maps.apple.com/?ll=-23.56,-46.65&q=Casa%20da%20Ana", "Casa da Ana"),
        ("https://maps.apple.com/?q=-23.56,-46.65", ""),
        ("https://maps.apple.com/place?coordinate=-23.56,-46.65&name=Parque", "Parque"),
        ("https://www.openstreetmap.org/?mlat=-23.56&mlon=-46.65#map=17/-23.9/-46.9", ""),
        ("https://www.openstreetmap.org/#map=17/-23.56/-46.65", ""),
        ("openstreetmap.org/node/1#map=17/-23.56/-46.65&layers=N", ""),
        ("https://waze.com/ul?ll=-23.56%2C-46.65&navigate=yes", ""),
        ("https://ul.waze.com/ul?ll=-23.56,-46.65", ""),
        ("https://www.waze.com/pt-BR/live-map/directions?to=ll.-23.56%2C-46.65", ""),
        ("https://www.waze.com/livemap/directions?latlng=-23.56%2C-46.65", ""),
        ("waze://?ll=-23.56,-46.65", ""),
    ],
)
def test_the_place_of_a_link(link: str, name: str) -> None:
    """Of five services, in the forms that they copy and share."""
    place = parse_map_link(link)
    assert (place.latitude, place.longitude) == pytest.approx((-23.56, -46.65), abs=1e-9)
    assert place.name == name


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://maps.app.goo.gl/AbCdEf", "place-short-link"),
        ("goo.gl/maps/AbC", "place-short-link"),
        ("https://g.page/loja", "place-short-link"),
        ("https://maps.apple/p/abc", "place-short-link"),
        ("https://osm.org/go/M@8", "place-short-link"),
        ("https://waze.com/ul/h6gyf5qr3m1", "place-short-link"),
        (f"{GOOGLE}/place/MASP/", "place-unreadable"),
        (f"{GOOGLE}?q=Rua+A,+10", "place-unreadable"),
        (f"{GOOGLE}/dir/-23.5,-46.6/-22.9,-43.1/@-23,-44,8z", "place-ambiguous"),
        (f"{GOOGLE}/dir/a/b/data=!3d-23.5!4d-46.6!3d-22.9!4d-43.1", "place-ambiguous"),
        (f"{GOOGLE}/@-93.5,-46.6,17z", "place-invalid"),
        ("https://maps.google.com/?q=-23.5,-246.6", "place-invalid"),
        ("geo:0,0?q=Rua+A", "place-unreadable"),
        ("geo:-23.5,-46.6;crs=moon-2011", "place-unreadable"),
        ("geo:abc", "place-unreadable"),
        ("https://example.com/?q=-23.5,-46.6", "place-unreadable"),
        ("https://maps.google.example.com/?q=-23.5,-46.6", "place-unreadable"),
        ("https://yandex.com/maps/?ll=-46.6,-23.5", "place-unreadable"),
        ("https://[maps.google.com/", "place-unreadable"),
        ("https://maps.apple.com/?q=Casa", "place-unreadable"),
        ("https://www.openstreetmap.org/", "place-unreadable"),
    ],
)
def test_a_link_that_does_not_say_where(link: str, code: str) -> None:
    """Short ones, routes, names alone, services that write it the other way round."""
    with pytest.raises(InvalidInputError) as caught:
        parse_map_link(link)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Casa https://maps.app.goo.gl/AbC", "https://maps.app.goo.gl/AbC"),
        ("Olha: https://maps.google.com/?q=-23.5,-46.6.", "https://maps.google.com/?q=-23.5,-46.6"),
        ("(https://maps.google.com/?q=1,2)", "https://maps.google.com/?q=1,2"),
        ("geo:0,0?q=-23.5,-46.6(Casa)", "geo:0,0?q=-23.5,-46.6(Casa)"),
        ("maps.google.com/?q=1,2", "maps.google.com/?q=1,2"),
        ("goo.gl/maps/x", "goo.gl/maps/x"),
        ("-23.5, -46.6", ""),
        ("Rua A, 10", ""),
    ],
)
def test_a_link_among_words(text: str, link: str) -> None:
    """As apps share it, with the name before."""
    assert find_map_link(text) == link


def said_of(link: str) -> Place | str:
    """The place, or the code of why there is none; nothing else is raised."""
    try:
        return parse_map_link(link)
    except InvalidInputError as error:
        return error.code


@given(st.text() | st.text(st.sampled_from("geo:https://maps.google.com?q=@-1,2!3d4()/&#%")))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    """Whatever stands behind the host."""
    for link in (text, find_map_link(text), f"https://maps.google.com/{text}", f"geo:{text}"):
        said = said_of(link)
        if isinstance(said, str):
            assert said.startswith("place-")
        else:
            assert abs(said.latitude) <= 90
            assert abs(said.longitude) <= 180


@pytest.mark.parametrize(
    "unit", ["/@1,2", "!3d1!4d2", "q=1,2&", "(", "a.", "geo:", "https://", "/place/", "%"]
)
def test_a_hostile_link_is_read_quickly(unit: str) -> None:
    """As long as a field takes it, and longer."""
    for start in ("https://maps.google.com/", "geo:", ""):
        begin = time.thread_time()
        text = start + unit * (65_536 // len(unit))
        said_of(find_map_link(text))
        said_of(text)
        assert time.thread_time() - begin < CPU_S
