"""Telephone numbers as people type them, and as WhatsApp wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.models.recipients import number_variants
from core.services.typed.number_text import TypedNumber, plain, read_number

__all__ = [
    "HOME",
    "PhoneNumber",
    "number_variants",
    "parse_number",
    "regions_of",
    "show_number",
    "suggest_number",
    "suggest_numbers",
]

HOME: Final = ("BR",)
"""The country, as in ISO 3166, whose numbers are recognised without their code when nothing else is said."""
MOST_SUGGESTED: Final = 3
_LONGEST: Final = 300
"""Characters that are searched for a number: a contact that was copied whole, no novel."""
_MOST_DIGITS: Final = 40
_LAST_GROUP: Final = 4
"""Digits at the end of a number in Brazil, where they are written apart."""
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


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A valid number."""

    digits: str
    """Country code first, digits only."""
    shown: str
    """International form, ``+55 11 91234-5678``."""


def parse_number(text: str, *, regions: Sequence[str] = HOME) -> PhoneNumber:
    """Return the number in ``text``, which must carry its country code; the ``+`` itself may be missing.

    A link to a chat or a call is taken for its number. What is a whole number in one of ``regions`` without a
    country code is refused, though it may be one of another country: see ``suggest_numbers``.
    Raises InvalidInputError: number-empty, number-letters, number-no-country, number-too-short,
    number-too-long, number-invalid.
    """
    if not text.strip():
        raise InvalidInputError(InputCode.NUMBER_EMPTY)
    typed = read_number(text)
    if typed is None:
        raise InvalidInputError(InputCode.NUMBER_LETTERS)
    if not typed.digits:
        raise InvalidInputError(InputCode.NUMBER_EMPTY)
    if len(typed.digits) > _MOST_DIGITS:
        raise InvalidInputError(InputCode.NUMBER_TOO_LONG)
    if not typed.international and (home := next(_at_home(typed, regions, abroad=False), None)):
        # 51 99876-5432 is complete in Porto Alegre and, behind a plus, in Peru: a guess may reach a stranger.
        raise InvalidInputError(InputCode.NUMBER_NO_COUNTRY, detail=_parted(home))
    return _whole(typed.digits, complete=typed.last_group >= _LAST_GROUP)


def suggest_numbers(text: str, *, regions: Sequence[str] = HOME) -> tuple[PhoneNumber, ...]:
    """Return the whole numbers that ``text`` may stand for, likeliest first; none if it is written as one.

    A local number of one of ``regions``, with or without what is dialled for a long distance or abroad; that
    of a link; one among other words, when it is the only one. Only ever to be offered: taking one silently
    would be a guess.
    """
    typed = read_number(text)
    try:
        whole = parse_number(text, regions=regions)
    except InvalidInputError:
        typed = typed or _among_words(text, regions)
    else:
        return (whole,) if typed and typed.link else ()
    if typed is None or not 0 < len(typed.digits) <= _MOST_DIGITS:
        return ()
    found = {number.digits: number for number in _readings(typed, regions)}
    return tuple(islice(found.values(), MOST_SUGGESTED))


def suggest_number(text: str, *, regions: Sequence[str] = HOME) -> PhoneNumber | None:
    """Return the first of ``suggest_numbers``, if there is one."""
    return next(iter(suggest_numbers(text, regions=regions)), None)


def regions_of(number: str, locale: str = "") -> tuple[str, ...]:
    """Return the countries whose local numbers a visitor is likely to type, likeliest first.

    ``number`` (digits, may be empty) is the one that is written from, ``locale`` the browser's: ``pt-BR``.
    """
    regions: list[str] = []
    try:
        own = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{number}", None))
        regions.append(own or "")
    except NumberParseException:
        pass
    regions += [part.upper() for part in locale.replace("_", "-").split("-")[1:] if len(part) == 2]
    known = (region for region in (*regions, *HOME) if region in phonenumbers.SUPPORTED_REGIONS)
    return tuple(dict.fromkeys(known))


def show_number(digits: str) -> str:
    """Return ``digits`` in international form; with a plus only, when they make no number.

    An address as WhatsApp names it reads as people write it, though the plan of its country knows it no more:
    ``+55 51 9876-5432``. Empty for nothing, and for an address: that of a group or a hidden person says
    nothing to anybody.
    """
    if not digits or "@" in digits:
        return ""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return f"+{digits}"
    if not phonenumbers.is_valid_number(number) and (today := _today(digits)):
        return _without_today(digits, today)
    return _form(number)


def _whole(digits: str, *, complete: bool = True) -> PhoneNumber:
    """Return the number of digits with their country code. Raises InvalidInputError.

    One in an old spelling stays as it is, if it is ``complete``: without its last digit, a mobile of today
    looks like one of before the 9.
    """
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException as error:
        raise InvalidInputError(_PARSE_CODES.get(error.error_type, InputCode.NUMBER_INVALID)) from None
    if phonenumbers.is_valid_number(number):
        return PhoneNumber(_digits(number), _form(number))
    if _today(digits) is None:
        why = phonenumbers.is_possible_number_with_reason(number)
        raise InvalidInputError(_LENGTH_CODES.get(why, InputCode.NUMBER_INVALID))
    if not complete:
        raise InvalidInputError(InputCode.NUMBER_TOO_SHORT)
    return PhoneNumber(digits, show_number(digits))


def _today(digits: str) -> phonenumbers.PhoneNumber | None:
    """Return the valid number among the other spellings of ``digits``."""
    for other in number_variants(digits):
        try:
            number = phonenumbers.parse(f"+{other}", None)
        except NumberParseException:
            continue
        if other != digits and phonenumbers.is_valid_number(number):
            return number
    return None


def _without_today(digits: str, today: phonenumbers.PhoneNumber) -> str:
    """Return ``digits`` grouped as their spelling of today is, which has one digit more, or one less."""
    form, given = _form(today), iter(digits)
    if len(digits) > len(_digits(today)):  # the old 1 of Mexico, behind the country code
        country = f"+{today.country_code}"
        return f"{country} {digits[len(country) - 1]}{form.removeprefix(country)}"
    head, _, tail = form.rpartition("-")
    shorter = f"{head[:-1]}-{tail}" if tail else form[:-1]
    return "".join(next(given, "") if char.isdigit() else char for char in shorter)


def _readings(typed: TypedNumber, regions: Sequence[str]) -> Iterator[PhoneNumber]:
    yield from _at_home(typed, regions, abroad=True)
    try:
        yield _whole(typed.digits, complete=_is_complete(typed))
    except InvalidInputError:
        return


def _is_complete(typed: TypedNumber) -> bool:
    """Return whether a local number is likely to have all its digits, though the 9 of today be missing."""
    return _LAST_GROUP <= typed.last_group < len(typed.digits)


def _at_home(typed: TypedNumber, regions: Sequence[str], *, abroad: bool) -> Iterator[PhoneNumber]:
    """Yield what ``typed`` means where it is dialled in ``regions``; calls abroad too if ``abroad``."""
    local = phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
    dialled = typed.dialled if not typed.dialled.startswith("+") else typed.digits
    for region in regions:
        try:
            number = phonenumbers.parse(dialled, region, keep_raw_input=True)
            if number.country_code_source == local or (
                abroad and number.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_IDD
            ):
                yield _whole(_digits(number), complete=_is_complete(typed))
        except (NumberParseException, InvalidInputError):
            continue


def _among_words(text: str, regions: Sequence[str]) -> TypedNumber | None:
    """Return the one number in a text; None for none, for several, and for a link."""
    words = plain(text)
    if len(words) > _LONGEST or any(sign in words for sign in "/?=@\\"):
        return None
    found = {
        match.raw_string: match.number.extension
        for region in (*regions[:1], None)
        for match in phonenumbers.PhoneNumberMatcher(words, region)
    }
    typed = [read_number(raw) for raw, extension in found.items() if not extension]
    numbers = {one.dialled: one for one in typed if one is not None}
    return next(iter(numbers.values())) if len(numbers) == len(found) == 1 else None


def _parted(number: PhoneNumber) -> str:
    """Return the number with a blank behind its country code."""
    country = number.shown.partition(" ")[0]
    return f"{country} {number.digits.removeprefix(country[1:])}"


def _digits(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]


def _form(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
