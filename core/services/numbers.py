"""Telephone numbers as people type them, and as WhatsApp wants them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.errors import InvalidInputError

_TYPED: Final = re.compile(r"[\d\s().+\-/\u00a0\u2010-\u2015]*")
# "00" is how most of the world dials what is written "+".
_DIALLED_ABROAD: Final = re.compile(r"^\s*00")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A valid number."""

    digits: str
    """Country code first, digits only."""
    shown: str
    """International form, ``+55 11 91234-5678``."""


def parse_recipient(text: str) -> Recipient:
    """The number in ``text``, which must carry its country code; the ``+`` itself may be missing.

    Raises InvalidInputError: number-empty, number-letters, number-no-country, number-too-short,
    number-too-long, number-invalid.
    """
    if not text.strip():
        raise InvalidInputError("number-empty")
    if not _TYPED.fullmatch(text):
        raise InvalidInputError("number-letters")
    given = _DIALLED_ABROAD.sub("+", text).strip()
    digits = re.sub(r"\D", "", given)
    if not digits:
        raise InvalidInputError("number-empty")
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException as error:
        raise InvalidInputError(_PARSE_CODES.get(error.error_type, "number-invalid")) from None
    if phonenumbers.is_valid_number(number):
        return Recipient(
            digits=phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:], shown=_form(number)
        )
    if not given.startswith("+") and _valid_in_brazil(digits):
        # 11 91234-5678: complete, but for its country.
        raise InvalidInputError("number-no-country", detail=f"+55 {digits}")
    raise InvalidInputError(
        _LENGTH_CODES.get(phonenumbers.is_possible_number_with_reason(number), "number-invalid")
    )


def show_number(digits: str) -> str:
    """``digits`` in international form; with a plus only, when they make no number; "" for ""."""
    if not digits:
        return ""
    try:
        return _form(phonenumbers.parse(f"+{digits}", None))
    except NumberParseException:
        return f"+{digits}"


_PARSE_CODES: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: "number-no-country",
    NumberParseException.NOT_A_NUMBER: "number-invalid",
    NumberParseException.TOO_SHORT_AFTER_IDD: "number-too-short",
    NumberParseException.TOO_SHORT_NSN: "number-too-short",
    NumberParseException.TOO_LONG: "number-too-long",
}
_LENGTH_CODES: Final = {
    phonenumbers.ValidationResult.TOO_SHORT: "number-too-short",
    phonenumbers.ValidationResult.TOO_LONG: "number-too-long",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "number-no-country",
}


def _form(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _valid_in_brazil(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, "BR"))
    except NumberParseException:
        return False
