"""Telephone numbers as people type them, and as WhatsApp wants them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.models.recipients import number_variants

__all__ = ("PhoneNumber", "number_variants", "parse_number", "show_number", "suggest_number")

_TYPED: Final = re.compile(r"[\d\s().+\-/\u00a0\u2010-\u2015]*")
# "00" is how most of the world dials what is written "+".
_DIALLED_ABROAD: Final = re.compile(r"^\s*00")


_LINK: Final = re.compile(
    r"\s*(?:(?:https?://)?(?:www\.)?wa\.me/|(?:https?://)?(?:api|web|www)\.whatsapp\.com/send/?\?(?:\S*&)?phone="
    r"|whatsapp://send/?\?(?:\S*&)?phone=|tel:)((?:%[0-9a-f]{2}|[+0-9().\-])+)(?:[/?&#;]\S*)?\s*",
    re.IGNORECASE,
)
"""A link that opens a chat or a call. Source: faq.whatsapp.com, "How to use click to chat"."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A valid number."""

    digits: str
    """Country code first, digits only."""
    shown: str
    """International form, ``+55 11 91234-5678``."""


def parse_number(text: str) -> PhoneNumber:
    """Return the number in ``text``, which must carry its country code; the ``+`` itself may be missing.

    Raises InvalidInputError: number-empty, number-letters, number-no-country, number-too-short,
    number-too-long, number-invalid.
    """
    if not text.strip():
        raise InvalidInputError(InputCode.NUMBER_EMPTY)
    if not _TYPED.fullmatch(text):
        raise InvalidInputError(InputCode.NUMBER_LETTERS)
    given = _DIALLED_ABROAD.sub("+", text).strip()
    digits = re.sub(r"\D", "", given)
    if not digits:
        raise InvalidInputError(InputCode.NUMBER_EMPTY)
    if not given.startswith("+") and (national := _valid_in_brazil(digits)):
        # 51 99876-5432 is complete in Porto Alegre and, behind a plus, in Peru: a guess may reach a stranger.
        raise InvalidInputError(InputCode.NUMBER_NO_COUNTRY, detail=f"+55 {national}")
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException as error:
        raise InvalidInputError(_PARSE_CODES.get(error.error_type, InputCode.NUMBER_INVALID)) from None
    if phonenumbers.is_valid_number(number):
        return PhoneNumber(
            digits=phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], shown=_form(number)
        )
    raise InvalidInputError(
        _LENGTH_CODES.get(phonenumbers.is_possible_number_with_reason(number), InputCode.NUMBER_INVALID)
    )


def suggest_number(text: str) -> PhoneNumber | None:
    """Return the whole number that ``text`` most likely stands for; None if it is whole already, or unclear.

    For one that Brazil's country code is missing from, with or without the zero of a long-distance call, and
    for a link to a chat (``wa.me/…``, ``tel:…``). Only ever offered: taking it silently would be a guess.
    """
    link = _LINK.fullmatch(text)
    typed = unquote_plus(link[1]) if link else text
    try:
        whole = parse_number(typed)
    except InvalidInputError as error:
        if error.code != InputCode.NUMBER_NO_COUNTRY or not error.detail:
            return None
        return parse_number(error.detail)
    return whole if link else None


def show_number(digits: str) -> str:
    """Return ``digits`` in international form; with a plus only, when they make no number.

    Empty for nothing, and for an address: that of a group or a hidden person says nothing to anybody.
    """
    if not digits or "@" in digits:
        return ""
    try:
        return _form(phonenumbers.parse(f"+{digits}", None))
    except NumberParseException:
        return f"+{digits}"


_PARSE_CODES: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: InputCode.NUMBER_NO_COUNTRY,
    NumberParseException.NOT_A_NUMBER: InputCode.NUMBER_TOO_SHORT,  # of digits alone, one is no number
    NumberParseException.TOO_SHORT_AFTER_IDD: InputCode.NUMBER_TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: InputCode.NUMBER_TOO_SHORT,
    NumberParseException.TOO_LONG: InputCode.NUMBER_TOO_LONG,
}
_LENGTH_CODES: Final = {
    phonenumbers.ValidationResult.TOO_SHORT: InputCode.NUMBER_TOO_SHORT,
    phonenumbers.ValidationResult.TOO_LONG: InputCode.NUMBER_TOO_LONG,
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: InputCode.NUMBER_NO_COUNTRY,
}


def _form(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _valid_in_brazil(digits: str) -> str:
    """Return the national digits of a whole number in Brazil that lacks its country code; else ""."""
    try:
        number = phonenumbers.parse(digits, "BR", keep_raw_input=True)
    except NumberParseException:
        return ""
    without_country = number.country_code_source == phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
    return str(number.national_number) if without_country and phonenumbers.is_valid_number(number) else ""
