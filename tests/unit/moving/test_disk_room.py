"""Free space is asked for before it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.disk_room import require_room
from tests.support.disk_room import room_for


def test_what_instances_need_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte; a disk that does not answer has no room."""
    room_for(monkeypatch, 1_000)
    require_room(tmp_path, 1_000)
    with pytest.raises(MoveRefusedError) as refused:
        require_room(tmp_path, 1_001)
    assert refused.value.code == MoveCode.DISK_FULL


def test_a_real_disk_is_asked(tmp_path: Path) -> None:
    """It has a byte, and never all the bytes there are; a folder that is gone has none."""
    require_room(tmp_path, 1)
    for folder, size in ((tmp_path, 1 << 62), (tmp_path / "gone", 1)):
        with pytest.raises(MoveRefusedError) as refused:
            require_room(folder, size)
        assert refused.value.code == MoveCode.DISK_FULL
