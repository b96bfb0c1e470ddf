"""Two figures that name a place: read as they are meant, or refused; never the other half of the world."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.services.typed.coordinates import parse_pair

CPU_S = 0.5
SAO_PAULO = (-23.561414, -46.655881)


@pytest.mark.parametrize(
    "typed",
    [
        "-23.561414, -46.655881",
        "-23.561414,-46.655881",
        "-23.561414 -46.655881",
        "-23.561414; -46.655881",
        "-23.561414\t-46.655881",
        "-23.561414\n-46.655881",
        "-23.561414 / -46.655881",
        "-23.561414 | -46.655881",
        "(-23.561414, -46.655881)",
        "[-23.561414, -46.655881]",
        "\u202a-23.561414, -46.655881\u202c",
        "\u221223.561414, \u221246.655881",
        "\u201323,561414; \u201346,655881",
        "\u2212 23.561414, \u2212 46.655881",
        "-23,561414; -46,655881",
        "-23,561414 -46,655881",
        "-23,561414, -46,655881",
        "-23,561414,-46,655881",
        "-23.561414-046.655881/",
        "23.561414 S, 46.655881 W",
        "23.561414S 46.655881W",
        "23.561414S46.655881W",
        "S23.561414 W46.655881",
        "s 23,561414 o 46,655881",
        "23,561414° sul, 46,655881° oeste",
        "Sur 23.561414 Oeste 46.655881",
        "46.655881 W, 23.561414 S",
        "Latitude: -23.561414, Longitude: -46.655881",
        "lat -23.561414 lon -46.655881",
        "lng: -46.655881, lat: -23.561414",
        "lat=-23.561414&lng=-46.655881",
        '{"lat": -23.561414, "lng": -46.655881}',
        "@-23.561414,-46.655881,17z",
        "@-23.561414,-46.655881,3a,75y,90t",
        "📍 -23.561414, -46.655881.",
        "-٢٣٫٥٦١٤١٤، -٤٦٫٦٥٥٨٨١",
        "\uff0d２３．５６１４１４，\uff0d４６．６５５８８１",
    ],
)
def test_one_place_in_all_its_notations(typed: str) -> None:
    """Points and commas, signs and letters in three languages, marks that a phone copies along."""
    assert parse_pair(typed) == pytest.approx(SAO_PAULO, abs=1e-9)


@pytest.mark.parametrize(
    "typed",
    [
        "23°33'41.1\"S 46°39'21.2\"W",
        "23° 33′ 41,1″ S, 46° 39′ 21,2″ O",
        "23º33’41,1”S 46º39’21,2”O",
        "S 23° 33' 41.1\" W 46° 39' 21.2\"",
        "23°33'41.1''S, 46°39'21.2''W",
        "-23°33'41.1\", -46°39'21.2\"",
        "23:33:41.1S 46:39:21.2W",
        "23 33 41.1 S 46 39 21.2 W",
        "46°39'21.2\"W 23°33'41.1\"S",
        "23 graus 33 minutos 41,1 segundos sul, 46 graus 39 minutos 21,2 segundos oeste",
        "23º33.685'S 46º39.353333'W",
    ],
)
def test_degrees_minutes_and_seconds(typed: str) -> None:
    """With the signs that each keyboard has; a minute may have decimals."""
    assert parse_pair(typed) == pytest.approx((-23.561417, -46.655889), abs=1e-6)


@pytest.mark.parametrize(
    ("typed", "pair"),
    [
        ("-3,1; -60,0", (-3.1, -60.0)),
        ("-23,56 -46,65", (-23.56, -46.65)),
        ("-23, -46", (-23.0, -46.0)),
        ("-23,-46", (-23.0, -46.0)),
        ("0.0 0.0", (0.0, 0.0)),
        ("48.858370 2.294481", (48.85837, 2.294481)),
        ("48,858370 2,294481", (48.85837, 2.294481)),
        ("-33.87 151.21", (-33.87, 151.21)),
        ("0, 0", (0.0, 0.0)),
        ("90, 180", (90.0, 180.0)),
        ("-90; -180", (-90.0, -180.0)),
        ("48.858370, 2.294481", (48.85837, 2.294481)),
        ("35,6586 N 139,7454 L", (35.6586, 139.7454)),
        ("40.7 N, 74 O", (40.7, -74.0)),
        ("-0°30'0\", 0°1'", (-0.5, 1 / 60)),
        ("0°30'S 0°1'E", (-0.5, 1 / 60)),
    ],
)
def test_other_places(typed: str, pair: tuple[float, float]) -> None:
    """Every quarter of the world, and its edges."""
    assert parse_pair(typed) == pytest.approx(pair, abs=1e-9)


@pytest.mark.parametrize(
    "typed",
    [
        "-3,1",
        "23,46",
        "0,0",
        "23,56,46,65",
        "-3,1,-60,0,5",
        "-23.5, -46,6",
        "1.234,56",
        "-23.561.414, -46.655.881",
        "23.5-46.6",
        "23.5 - 46.6",
        "-23.5,-46.6,17",
        "23 33 41 46 39 21",
        "23°33' 46°39'",
        "23.5 S, 46.6",
        "23.5 S, 46.6 N",
        "23.5 W, 46.6 E",
        "-23.5 S, -46.6 W",
        "lat -23.5, -46.6",
        "lat -23.5, lat -46.6",
        "2355",
        "-123.45",
        "1e5, 3",
        "23.5' 46.6'",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(typed: str) -> None:
    """A comma that may be either, a stroke that may be a sign, a figure that is missing."""
    with pytest.raises(InvalidInputError) as caught:
        parse_pair(typed)
    assert caught.value.code in {"place-ambiguous", "place-unreadable"}


@pytest.mark.parametrize(
    "typed",
    ["91, 0", "-90.1, 0", "0.5, 180.1", "-120.5, 35.2", "23°61'S 46°W", "23°10'60\"S 46°W", "23.5°10'S 46°W"],
)
def test_there_is_no_such_place(typed: str) -> None:
    """Beyond the poles, or minutes that no clock has; the two figures are never exchanged."""
    with pytest.raises(InvalidInputError) as caught:
        parse_pair(typed)
    assert caught.value.code == "place-invalid"


@pytest.mark.parametrize("typed", ["", "abc", "Rua A, 10", "17", "589R+F4W", "norte sul", "°", "x" * 5_000])
def test_anything_else_is_no_place(typed: str) -> None:
    """An address in words is for the other field."""
    with pytest.raises(InvalidInputError) as caught:
        parse_pair(typed)
    assert caught.value.code in {"place-unreadable", "place-ambiguous"}


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([", ", "; ", " ", "\n"]), st.booleans())
def test_what_is_written_plainly_comes_back(
    latitude: float, longitude: float, between: str, comma: bool
) -> None:
    """With six decimals, by point or by comma."""
    typed = between.join(f"{figure:.6f}" for figure in (latitude, longitude))
    if comma:
        typed = between.join(part.replace(".", ",") for part in typed.split(between))
    assert parse_pair(typed) == pytest.approx((latitude, longitude), abs=1e-6)


@given(st.text(max_size=60) | st.text(st.sampled_from("0123456789.,;-+ °'\"NSEWLO"), max_size=40))
def test_any_text_is_a_place_on_earth_or_refused(typed: str) -> None:
    """Nothing else is raised."""
    pair = None
    try:
        pair = parse_pair(typed)
    except InvalidInputError as error:
        refusal = error.code
    if pair is None:
        assert refusal.startswith("place-")
    else:
        assert abs(pair[0]) <= 90
        assert abs(pair[1]) <= 180


@pytest.mark.parametrize("unit", ["1", "1 ", "1,", "1.", "-", "- ", "S", "1°", "1'", " ", "1:"])
def test_a_hostile_text_is_refused_quickly(unit: str) -> None:
    """As long as a field takes it, and longer."""
    for length in (200, 65_536):
        begin = time.thread_time()
        with pytest.raises(InvalidInputError):
            parse_pair((unit * length)[:length])
        assert time.thread_time() - begin < CPU_S
