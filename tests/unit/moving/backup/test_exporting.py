"""A session as other systems open it: the tables of whatsmeow and nothing else, sealed or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup.exporting import write_export
from core.moving.backup.packing import Source
from tests.unit.moving.backup.conftest import PASSPHRASE, count, tables

MakeInstance = Callable[..., Source]


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_it_is_the_session_alone(tmp_path: Path, make_instance: MakeInstance, passphrase: str) -> None:
    """Every row of every table; for its owner only, and no copy is left beside it."""
    source, staging, target = make_instance(), tmp_path / "staging", tmp_path / "whatsapp.db"
    staging.mkdir()
    write_export(source, staging, target, passphrase=passphrase)
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(staging.iterdir()) == []
    if passphrase:
        target.write_bytes(pyrage.passphrase.decrypt(target.read_bytes(), passphrase))
    original = Path(source.folder) / "session.db"
    assert tables(target) == tables(original)
    assert all(count(target, table) == count(original, table) for table in tables(original))


def test_an_instance_without_a_device_is_refused(tmp_path: Path, make_instance: MakeInstance) -> None:
    """The file would connect nothing anywhere."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"")
    with pytest.raises(MoveRefusedError) as caught:
        write_export(source, tmp_path, tmp_path / "whatsapp.db", passphrase=PASSPHRASE)
    assert caught.value.code == MoveCode.NO_DEVICE
    assert not (tmp_path / "whatsapp.db").exists()
