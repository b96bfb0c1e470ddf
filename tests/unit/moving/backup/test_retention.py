"""One backup a day stays, for seven days; only those of this install ever go."""

from __future__ import annotations

import pytest

from core.moving.backup.retention import (
    KEPT_DAYS,
    install_of,
    is_install_id,
    new_install_id,
    scheduled_name,
    surplus,
)
from core.moving.backup.shelf import file_name

INSTALL = "0123456789"
OTHER = "abcdef0123"
DAY_S = 86_400.0
NOON = 1_700_000_000.0 - 1_700_000_000.0 % DAY_S + DAY_S / 2


def days(*numbers: float, install: str = INSTALL) -> list[str]:
    """Names of backups, that many days after the first noon."""
    return [scheduled_name(install, NOON + number * DAY_S) for number in numbers]


@pytest.mark.parametrize(("count", "expected"), [(1, 0), (7, 0), (8, 1), (20, 13)])
def test_those_of_seven_days_stay(count: int, expected: int) -> None:
    """In whatever order they are listed."""
    names = days(*range(count))
    assert surplus(reversed(names), names[-1]) == names[:expected]
    assert KEPT_DAYS == 7


def test_of_one_day_the_newest_stays() -> None:
    """A bad day of hourly attempts does not push out the days before."""
    names = days(0, 1, 2, 2.1, 2.2, 2.3)
    assert surplus(names, names[-1]) == names[2:5]


def test_what_others_keep_there_stays() -> None:
    """Another install, a person's download, a backup of an earlier version, anything else."""
    others = [
        *days(*range(20), install=OTHER),
        *[file_name(NOON + number * DAY_S) for number in range(20)],
        f"copy of {days(1)[0]}",
        f"{days(1)[0]}.bak",
        "fotos.age",
    ]
    (stored,) = days(30)
    assert surplus([*others, stored], stored) == []


def test_the_one_just_stored_stays() -> None:
    """With any number that bear a time to come; a clock that jumps removes nothing."""
    future = days(*range(5_000, 5_010))
    (stored,) = days(0)
    assert surplus([*future, stored], stored) == []
    assert surplus(days(0, 1, 2), days(0)[0]) == []


def test_a_name_that_is_none_removes_nothing() -> None:
    """Nothing is known of whose the others are."""
    assert surplus(days(*range(20)), file_name(NOON)) == []


def test_an_install_knows_its_own() -> None:
    """By a random id; names sort by time."""
    install = new_install_id()
    assert install != new_install_id()
    assert is_install_id(install)
    assert not is_install_id("../../x")
    name = scheduled_name(install, 0.9)
    assert name == f"whatsapp-backup-{install}-19700101T000000Z.age"
    assert install_of(name) == install
    assert install_of(file_name(0.9)) == ""
    assert name < scheduled_name(install, NOON)
