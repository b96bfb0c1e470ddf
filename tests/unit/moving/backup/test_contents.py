"""Which members a backup may have, and how large each may be."""

from __future__ import annotations

import pytest

from core.moving.backup import contents


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("0/session.db", (0, "session.db")),
        ("12/history.db", (12, "history.db")),
        ("999/instance.json", (999, "instance.json")),
        ("00/session.db", None),
        ("1000/session.db", None),
        ("/0/session.db", None),
        ("0/../session.db", None),
        ("0/session.db\n", None),
        ("0/session.db-wal", None),
        ("٣/session.db", None),
        ("session.db", None),
        ("", None),
    ],
)
def test_parts_are_told_by_their_names(member: str, expected: tuple[int, str] | None) -> None:
    """Only the names that we write; none of them can lead out of a folder."""
    assert contents.part_of(member) == expected


def test_every_part_has_a_limit() -> None:
    """A record is small, whatever else is large."""
    assert [contents.largest(part) for part in contents.PARTS] == [
        contents.LARGEST_SESSION,
        contents.LARGEST_TEXT,
        contents.LARGEST_HISTORY,
    ]
