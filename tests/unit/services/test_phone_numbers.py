"""Telephone numbers as people type them: understood or refused in words, never guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.services.phone_numbers import (
    number_variants,
    parse_number,
    regions_of,
    show_number,
    suggest_number,
    suggest_numbers,
)


@pytest.mark.parametrize(
    "typed",
    [
        "+5511912345678",
        "5511912345678",
        "005511912345678",
        "  00 55 11 91234-5678 ",
        "+55 11 91234-5678",
        "+55 (11) 91234-5678",
        "55.11.91234.5678",
        "+55 11 91234‑5678",
        "+55\u00a011\u00a091234\u20135678",
        "+55/11/91234/5678",
        "\u202a+55 11 91234-5678\u202c",
        "\u2066+55\u2069 \u200e11\ufeff 91234\u00ad5678\u200b",
        "\uff0b55 (11) 91234\u22125678",
        "+55\u202f11\u200991234\u30fc5678",
        "+55\u3000\uff0811\uff0991234\ufe635678",
        "+ 55 (0xx11) 91234-5678",
        "+55 0XX11 91234-5678",
        "55 (0**11) 91234-5678",
        "+55 (011) 91234-5678",
        "+55 0 15 11 91234-5678",
        "(+55) 11 91234-5678",
        "+55 11 9.1234.5678",
        "*+55 11 91234-5678*",
        "<+55 11 91234-5678>,",
        "“+55 11 91234-5678”",
        "+55_11_91234_5678",
        "5\ufe0f\u20e35\ufe0f\u20e3 11 91234-5678",
        "tel:+55-11-91234-5678",
        "TEL:+55-11-91234-5678;ext=9",
        "sms:+5511912345678?body=oi",
        "sms:+5511912345678&body=oi",
        "https://wa.me/5511912345678",
        "  wa.me/+5511912345678?text=Oi%20a ",
        "http://www.wa.me/5511912345678/",
        "https://wa.me/c/5511912345678",
        "https://api.whatsapp.com/send?phone=5511912345678&text=x",
        "https://api.whatsapp.com/send/?text=x&phone=%2B5511912345678",
        "web.whatsapp.com/send?phone=55%2011%2091234-5678",
        "whatsapp://send?phone=5511912345678",
        "whatsapp://send/?text=Oi&phone=+5511912345678",
        "intent://send/?phone=5511912345678#Intent;scheme=whatsapp;end",
        "٥٥١١٩١٢٣٤٥٦٧٨",
        "۵۵۱۱۹۱۲۳۴۵۶۷۸",
        "५५११९१२३४५६७८",
        "５５１１９１２３４５６７８",
    ],
)
def test_one_number_in_all_its_spellings(typed: str) -> None:
    """Plus or 00 or neither, spaces, brackets, hyphens of every kind, digits of every script."""
    recipient = parse_number(typed)
    assert (recipient.digits, recipient.shown) == ("5511912345678", "+55 11 91234-5678")


@pytest.mark.parametrize(
    ("typed", "digits", "shown"),
    [
        ("+1 202 555 0123", "12025550123", "+1 202-555-0123"),
        ("12025550123", "12025550123", "+1 202-555-0123"),
        ("+351 912 345 678", "351912345678", "+351 912 345 678"),
        ("+49 30 901820", "4930901820", "+49 30 901820"),
        ("+49 (0)30 901820", "4930901820", "+49 30 901820"),
        ("+54 9 11 2345-6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+51 998 765 432", "51998765432", "+51 998 765 432"),
        ("+55 11 3234-5678", "551132345678", "+55 11 3234-5678"),
        ("551132345678", "551132345678", "+55 11 3234-5678"),
    ],
)
def test_numbers_of_other_countries_and_landlines(typed: str, digits: str, shown: str) -> None:
    """What carries its country code is taken, from anywhere."""
    recipient = parse_number(typed)
    assert (recipient.digits, recipient.shown) == (digits, shown)


@pytest.mark.parametrize(
    ("typed", "digits", "shown"),
    [
        ("+55 51 9876-5432", "555198765432", "+55 51 9876-5432"),
        ("555198765432", "555198765432", "+55 51 9876-5432"),
        ("+55 (51) 98765432", "555198765432", "+55 51 9876-5432"),
        ("5215512345678", "5215512345678", "+52 1 55 1234 5678"),
        ("+52 1 55 1234 5678", "5215512345678", "+52 1 55 1234 5678"),
        ("+54 9 11 2345-6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+54 11 15 2345-6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+54 11 2345-6789", "541123456789", "+54 11 2345-6789"),
        ("wa.me/555198765432", "555198765432", "+55 51 9876-5432"),
    ],
)
def test_a_number_in_the_spelling_of_an_old_account_is_one(typed: str, digits: str, shown: str) -> None:
    """Brazil without the 9, Mexico with the 1: as it is, and shown as people write it."""
    number = parse_number(typed)
    assert (number.digits, number.shown) == (digits, shown)
    assert digits in number_variants(digits)


@pytest.mark.parametrize(
    ("digits", "variants"),
    [
        ("5551998765432", ("5551998765432", "555198765432")),
        ("555198765432", ("5551998765432", "555198765432")),
        ("551132345678", ("551132345678",)),
        ("525512345678", ("525512345678", "5215512345678")),
        ("5215512345678", ("525512345678", "5215512345678")),
        ("5491123456789", ("5491123456789", "541123456789")),
        ("541123456789", ("5491123456789", "541123456789")),
        ("12025550123", ("12025550123",)),
        ("351912345678", ("351912345678",)),
        ("999", ("999",)),
    ],
)
def test_the_spellings_of_an_account(digits: str, variants: tuple[str, ...]) -> None:
    """Today's first, whichever is given; a landline and other countries have one."""
    assert number_variants(digits) == variants


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("11 91234-5678", "+55 11912345678"),
        ("51 9876-5432", "+55 5198765432"),  # as it was written before the 9
        ("51 98765432", "+55 5198765432"),
        ("(0xx11) 91234-5678", "+55 11912345678"),
        ("0 (xx) 11 3234-5678", "+55 1132345678"),
        ("tel:11912345678", "+55 11912345678"),
        ("tel:51998765432", "+55 51998765432"),
        ("(21) 99999-8888", "+55 21999998888"),  # +219 is no country
        ("011 91234-5678", "+55 11912345678"),
        ("51 99876-5432", "+55 51998765432"),  # a valid mobile of Peru, and of Porto Alegre
        ("66 99876-5432", "+55 66998765432"),  # Thailand, and Rondonópolis
        ("84 98765-4321", "+55 84987654321"),  # Vietnam, and Natal
        ("49 3433-1234", "+55 4934331234"),  # Germany, and Lages
        ("11 3234-5678", "+55 1132345678"),
    ],
)
def test_a_brazilian_number_without_its_country_is_never_sent_abroad(typed: str, suggested: str) -> None:
    """The text would go to a stranger: refused, with the number as it should be typed."""
    with pytest.raises(InvalidInputError) as caught:
        parse_number(typed)
    assert (caught.value.code, caught.value.detail) == ("number-no-country", suggested)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "number-empty"),
        ("   ", "number-empty"),
        ("+", "number-empty"),
        ("() -", "number-empty"),
        ("abc", "number-letters"),
        ("+55 11 9CALL-ME", "number-letters"),
        ("55 11 91234-5678 x9", "number-letters"),
        ("5511912345678@s.whatsapp.net", "number-letters"),
        ("5511912345678;5511912345679", "number-letters"),
        ("\u200b\u202a", "number-empty"),
        ("wa.me/message/ABCDEF1", "number-letters"),
        ("chat.whatsapp.com/AbC123", "number-letters"),
        ("https://example.com/5511912345678", "number-letters"),
        ("https://api.whatsapp.com/send?phone=5511912345678&phone=5511912345679", "number-letters"),
        ("+55 11 91234-5678 ou 3234-5678", "number-letters"),
        ("http://[wa.me/5511912345678", "number-letters"),
        ("²²²²²²²²²²²", "number-letters"),
        ("①②③", "number-letters"),
        ("📞", "number-letters"),
        ("\x00", "number-letters"),
        ("+55 11 9123", "number-too-short"),
        ("+55 11 91234-567", "number-too-short"),  # no mobile of before the 9
        ("+55 (11) 9 1234-567", "number-too-short"),
        ("+5", "number-too-short"),
        ("1", "number-too-short"),
        ("12", "number-too-short"),
        ("+55 11 91234-56789", "number-too-long"),
        ("+55 11 91234 5678 5511 91234 5678", "number-too-long"),
        ("9" * 5_000, "number-too-long"),
        ("+999 123456789", "number-no-country"),
        ("+55 00 91234-5678", "number-invalid"),
        ("+1 111 111 1111", "number-invalid"),
    ],
)
def test_what_is_wrong_is_said(typed: str, code: str) -> None:
    """Each mistake has its own code, so that a sentence can name it."""
    with pytest.raises(InvalidInputError) as caught:
        parse_number(typed)
    assert caught.value.code == code


@given(st.text() | st.text(st.sampled_from("0123456789 +-()./٣²")))
def test_whatever_is_typed_is_a_number_or_refused(typed: str) -> None:
    """What passes is digits with a country code that mean the same when typed again."""
    recipient, refusal = None, ""
    try:
        recipient = parse_number(typed)
    except InvalidInputError as error:
        refusal = error.code
    if recipient is None:
        assert refusal.startswith("number-")
        return
    assert re.fullmatch(r"[1-9][0-9]{6,14}", recipient.digits)
    assert parse_number(f"+{recipient.digits}") == recipient
    assert parse_number(recipient.shown) == recipient


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("5511912345678", "+55 11 91234-5678"),
        ("12025550123", "+1 202-555-0123"),
        ("", ""),
        ("999", "+999"),
        ("0", "+0"),
        ("555198765432", "+55 51 9876-5432"),
        ("5215512345678", "+52 1 55 1234 5678"),
        ("5218112345678", "+52 1 81 1234 5678"),
        ("5491123456789", "+54 9 11 2345-6789"),
        ("541123456789", "+54 11 2345-6789"),
        ("551132345678", "+55 11 3234-5678"),
        ("22997123456", "+229 97123456"),
        ("120363000000000001@g.us", ""),
        ("123456789012345@lid", ""),
        ("551191234", "+55 1191234"),
    ],
)
def test_a_stored_number_is_shown_as_people_read_it(digits: str, shown: str) -> None:
    """International form; digits that make no number are shown all the same, nothing stays nothing."""
    assert show_number(digits) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "11 91234-5678",
        "(11) 91234-5678",
        "011 91234-5678",
        "0 15 11 91234-5678",
        "https://wa.me/5511912345678",
        "  wa.me/+5511912345678?text=Oi%20a ",
        "https://wa.me/11912345678",
        "https://api.whatsapp.com/send?phone=5511912345678&text=x",
        "https://api.whatsapp.com/send/?text=x&phone=%2B5511912345678",
        "whatsapp://send?phone=5511912345678",
        "tel:+55-11-91234-5678",
    ],
)
def test_a_likely_number_is_suggested(typed: str) -> None:
    """As Brazilians type it, and as links carry it; what is suggested is a whole number."""
    suggested = suggest_number(typed)
    assert suggested is not None
    assert (suggested.digits, suggested.shown) == ("5511912345678", "+55 11 91234-5678")
    assert suggest_number(suggested.shown) is None


@pytest.mark.parametrize(
    ("typed", "regions", "offered"),
    [
        ("51 99876-5432", ("BR",), ("+55 51 99876-5432", "+51 998 765 432")),
        ("912 345 678", ("PT", "BR"), ("+351 912 345 678",)),
        ("55 1234 5678", ("MX", "BR"), ("+52 55 1234 5678",)),
        ("11 2345-6789", ("AR", "BR"), ("+54 11 2345-6789", "+55 11 2345-6789")),
        ("(202) 555-0123", ("US", "BR"), ("+1 202-555-0123",)),
        ("011 55 11 91234-5678", ("US", "BR"), ("+55 11 91234-5678",)),
        ("0015 55 11 91234-5678", ("BR",), ("+55 11 91234-5678",)),
        ("Ana +55 11 91234-5678", ("BR",), ("+55 11 91234-5678",)),
        ("Ana Silva (11) 91234-5678 (casa)", ("BR",), ("+55 11 91234-5678",)),
        ("Fone: 11 3234-5678", ("BR",), ("+55 11 3234-5678",)),
        ("+55 11 91234-5678", ("BR", "PT"), ()),
        ("Ana 11 91234-5678, Bia 11 91234-5679", ("BR",), ()),
        ("ligue +55 11 3234-5678 ext. 12", ("BR",), ()),
        ("51 9876-5432", ("BR",), ("+55 51 9876-5432",)),
        ("11 91234-567", ("BR",), ()),
        ("1191234567", ("BR",), ()),
        ("pedido 123", ("BR",), ()),
        ("x" * 5000 + " 11 91234-5678", ("BR",), ()),
    ],
)
def test_what_is_offered_follows_the_countries_at_hand(
    typed: str, regions: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    """Likeliest first; a number of another country that looks local is offered beside."""
    assert tuple(number.shown for number in suggest_numbers(typed, regions=regions)) == offered


@pytest.mark.parametrize(
    ("typed", "regions", "code"),
    [
        ("912 345 678", ("PT", "BR"), "number-no-country"),
        ("2025550123", ("US", "BR"), "number-no-country"),
        ("11 2345-6789", ("AR",), "number-no-country"),
    ],
)
def test_a_local_number_is_never_sent_abroad_from_other_countries_either(
    typed: str, regions: tuple[str, ...], code: str
) -> None:
    """What is whole where the visitor lives is not taken for a number elsewhere."""
    with pytest.raises(InvalidInputError) as caught:
        parse_number(typed, regions=regions)
    assert caught.value.code == code


def test_the_countries_at_hand() -> None:
    """That of the number that is written from, that of the browser, and Brazil; nothing that is none."""
    assert regions_of("", "pt-BR") == ("BR",)
    assert regions_of("351912345678", "pt-PT") == ("PT", "BR")
    assert regions_of("5511912345678", "en_US") == ("BR", "US")
    assert regions_of("", "es-419") == regions_of("999", "xx-QQ") == regions_of("", "") == ("BR",)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "+55 11 91234-5678",
        "5511912345678",
        "+351 912 345 678",
        "abc",
        "119",
        "11 91234",
        "https://example.com/5511912345678",
        "wa.me/message/ABCDEF",
        "wa.me/",
        "https://api.whatsapp.com/send?text=5511912345678",
        "11 91234-5678 e 11 91234-5679",
    ],
)
def test_what_is_whole_or_unclear_gets_no_suggestion(typed: str) -> None:
    """Nobody is offered a guess."""
    assert suggest_number(typed) is None


@given(st.text(max_size=80))
def test_any_text_may_be_typed(text: str) -> None:
    """No text breaks the look for a suggestion, and what is suggested can be sent to."""
    if suggested := suggest_number(text):
        assert parse_number(suggested.shown) == suggested
