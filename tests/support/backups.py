"""Backups as the app makes them, of sessions that the genuine core wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.models.instance import InstanceRecord
from core.moving.backup.packing import Source, copy_sessions, pack
from core.store.instance_file import create_folder
from core.store.layout import instance_dir
from tests.support.whatsmeow_stores import shop_store

PASSPHRASE: Final = "correta bateria cavalo grampo"
MADE_AT: Final = 1_700_000_000.5


def shop_backup(path: Path, *, name: str = "Loja Centro") -> Path:
    """A backup of one instance, whose device is that of `shop_store`; its passphrase is `PASSPHRASE`."""
    auth_dir, staging = path.with_name(f"{path.name}-auth"), path.with_name(f"{path.name}-staging")
    staging.mkdir()
    auth_dir.mkdir()
    record = InstanceRecord("loja-k7m2xq", name, 1.0, wanted=True, phone="5511990000001", linked=True)
    create_folder(auth_dir, record)
    folder = instance_dir(auth_dir, record.id)
    shop_store(folder / "session.db")
    source = Source(name=name, folder=str(folder))
    copy_sessions([source], staging)
    pack([source], staging, path, passphrase=PASSPHRASE, messages=True, head=("0.1.0", MADE_AT))
    return path
