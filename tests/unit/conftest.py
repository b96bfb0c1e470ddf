"""What tests of several rooms need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.arrival_journal import MOST_BYTES, ArrivalJournal


@pytest.fixture
def journals_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close each journal that the test made, as it is with its client: it holds a descriptor."""
    made: list[ArrivalJournal] = []
    begin = ArrivalJournal.__init__

    def noted(journal: ArrivalJournal, path: Path, *, most: int = MOST_BYTES) -> None:
        made.append(journal)
        begin(journal, path, most=most)

    monkeypatch.setattr(ArrivalJournal, "__init__", noted)
    yield
    for journal in made:
        journal.close()
