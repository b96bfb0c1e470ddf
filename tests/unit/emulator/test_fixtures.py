"""What the shared fixtures promise."""

from __future__ import annotations

from collections.abc import Callable

import phonenumbers


def test_fresh_numbers_are_valid_brazilian_mobiles(fresh_number: Callable[[], str]) -> None:
    """Each is new, and what the product accepts as a telephone number."""
    numbers = [fresh_number() for _ in range(3)]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        parsed = phonenumbers.parse(f"+{number}")
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
