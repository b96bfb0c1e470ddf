"""Telephone numbers as people type them: understood or refused in words, never guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.services.phone_numbers import parse_number, show_number, suggest_number


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
        "٥٥١١٩١٢٣٤٥٦٧٨",
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
    ("typed", "suggested"),
    [
        ("11 91234-5678", "+55 11912345678"),
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
        ("²²²²²²²²²²²", "number-letters"),
        ("①②③", "number-letters"),
        ("📞", "number-letters"),
        ("\x00", "number-letters"),
        ("+55 11 9123", "number-too-short"),
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
