"""Names of a session's files and of fields in Redis."""

from __future__ import annotations

import pytest

from core.moving.baileys.names import (
    Address,
    Kind,
    address_of,
    key_id_of,
    kind_and_id,
    number_and_lid,
    sender_of,
)


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("pre-key-812", Kind.PRE_KEY, "812"),
        ("session-5511960000001.0", Kind.SESSION, "5511960000001.0"),
        ("identity-key-1234_1.7", Kind.IDENTITY, "1234_1.7"),
        ("lid-mapping-1234_reverse", Kind.LID_MAPPING, "1234_reverse"),
        ("app-state-sync-key-AAAAAFjX", Kind.APP_STATE_KEY, "AAAAAFjX"),
        ("tctoken-1234@lid", Kind.TRUST_TOKEN, "1234@lid"),
        ("sender-key-123@g.us--55--0", Kind.SENDER_KEY, "123@g.us--55--0"),
    ],
)
def test_a_name_says_what_the_file_holds(name: str, kind: Kind, key: str) -> None:
    """The kind, and whose."""
    assert kind_and_id(name) == (kind, key)


@pytest.mark.parametrize(
    "name",
    [
        "creds",
        "sender-key-memory-123@g.us",
        "app-state-sync-version-regular",
        "device-list-55",
        "session-",
        "x",
        "",
    ],
)
def test_other_files_are_passed_over(name: str) -> None:
    """They hold what the core asks for again."""
    assert kind_and_id(name) is None


def test_addresses_are_written_as_the_core_writes_them() -> None:
    """A number, a LID, a device of either."""
    assert str(address_of("5511960000001.0")) == "5511960000001:0"
    assert str(address_of("1234_1.7")) == "1234_1:7"
    assert address_of("1234_1.7") == Address("1234", "1", "7")
    for wrong in ("5511960000001", "a.0", "1_1_1.0", "1.-1", "٣.0", "1.0\n", "", "1" * 30 + ".0"):
        assert address_of(wrong) is None


def test_ids_of_keys_are_numbers_written_one_way() -> None:
    """Two files must not mean one key."""
    assert [key_id_of(name) for name in ("0", "812")] == [0, 812]
    assert [key_id_of(name) for name in ("01", "-1", "1.0", "", "٣", "123456789")] == [None] * 6


def test_a_group_is_read_with_either_escape() -> None:
    """Files write `--` for `::`."""
    assert sender_of("123-456@g.us--55--0") == ("123-456@g.us", Address("55", "", "0"))
    assert sender_of("1234567890@g.us::55_1::7") == ("1234567890@g.us", Address("55", "1", "7"))
    for other in ("status@broadcast--55--0", "123456@g.us", "123456@g.us--x--0", "123456@g.us--1_1_1--0"):
        assert sender_of(other) is None


def test_numbers_and_lids_are_pairs_in_either_file() -> None:
    """Named after the number, or after the LID with `_reverse`."""
    assert number_and_lid("5511960000001", "1234") == ("5511960000001", "1234")
    assert number_and_lid("1234_reverse", "5511960000001") == ("5511960000001", "1234")
    assert number_and_lid("x", "1") is None
    assert number_and_lid("1", "x@lid") is None
