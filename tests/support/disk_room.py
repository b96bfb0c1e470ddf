"""A disk with so much room and no more, for those who ask before they write."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from core.moving import disk_room


def room_for(monkeypatch: pytest.MonkeyPatch, size: int, *, written: Path | None = None) -> None:
    """Say that so many bytes may be written; those in the file `written` are taken off."""

    def usage(_: Path) -> SimpleNamespace:
        taken = written.stat().st_size if written is not None and written.exists() else 0
        return SimpleNamespace(free=disk_room.LEFT_FREE + size - taken)

    monkeypatch.setattr("core.moving.disk_room.shutil.disk_usage", usage)
