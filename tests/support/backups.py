"""Backups as the app makes them, of sessions that the genuine core wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.models.instance import InstanceRecord
from core.moving.backup.packing import Source, copy_sessions, pack
from core.moving.staging import STAGING_DIR
from core.store.instance_file import create_folder
from core.store.layout import instance_dir
from tests.support.whatsmeow_stores import shop_store

PASSPHRASE: Final = "correta bateria cavalo grampo"
MADE_AT: Final = 1_700_000_000.5


def on_their_way(auth_dir: Path) -> list[Path]:
    """Files that come in or go out there; a folder that goes meanwhile counts for nothing."""
    return [Path(folder, name) for folder, _, names in os.walk(auth_dir / STAGING_DIR) for name in names]


def shop_backup(path: Path, *, name: str = "Loja Centro") -> Path:
    """A backup of one instance, whose device is that of `shop_store`; its passphrase is `PASSPHRASE`."""
    return backup_of(path, {name: shop_store(path.with_name(f"{path.name}-session"))})


def backup_of(path: Path, stores: Mapping[str, Path], *, history: Path | None = None) -> Path:
    """A backup of instances of these names, with these sessions, and each with that history."""
    auth_dir, staging = path.with_name(f"{path.name}-auth"), path.with_name(f"{path.name}-staging")
    staging.mkdir()
    auth_dir.mkdir()
    sources = []
    for number, (name, store) in enumerate(stores.items()):
        record = InstanceRecord(f"loja-k7m2x{number}", name, 1.0, wanted=True, linked=True)
        create_folder(auth_dir, record)
        folder = instance_dir(auth_dir, record.id)
        (folder / "session.db").write_bytes(store.read_bytes())
        if history is not None:
            (folder / "history.db").write_bytes(history.read_bytes())
        sources.append(Source(name=name, folder=str(folder)))
    copy_sessions(sources, staging)
    pack(sources, staging, path, passphrase=PASSPHRASE, messages=True, head=("0.1.0", MADE_AT))
    return path
