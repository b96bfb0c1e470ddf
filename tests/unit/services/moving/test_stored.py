"""Backups come back from where the daily ones go, with the passphrase of the server or a person's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import stored as place
from core.moving.backup.shelf import file_name
from core.moving.staging import STAGING_DIR
from core.services.moving import imports, stored
from core.services.runtime import Runtime
from core.settings import BackupSettings
from tests.support.backups import PASSPHRASE, shop_backup
from tests.support.runtimes import installed, runtime_of
from tests.support.whatsmeow_stores import SHOP
from tests.unit.services.conftest import UnusedRegistry, view

NAME = file_name(1_700_000_000.0)


class _Adopting(UnusedRegistry):
    """Takes every folder in that holds a session."""

    @property
    def moving(self) -> Any:
        return self

    def require_absent(self, jid: str) -> None:
        assert jid.startswith(SHOP)

    def adopt(self, folder: Path, name: str, *, as_it_was: bool = False, request_id: str = "") -> Any:
        assert (folder / "session.db").exists()
        return view(name=name)


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of one instance."""
    return shop_backup(tmp_path_factory.mktemp("backup") / "b.age").read_bytes()


@pytest.fixture
def runtime(tmp_path: Path, backup: bytes) -> Iterator[Runtime]:
    """One whose daily backups go to a folder, where one lies; the reader is the real one."""
    (tmp_path / "auth").mkdir()
    (tmp_path / "copias").mkdir()
    (tmp_path / "copias" / NAME).write_bytes(backup)
    daily = BackupSettings(str(tmp_path / "copias"), PASSPHRASE)
    made = replace(runtime_of(tmp_path / "auth", backup=daily), registry=cast("Any", _Adopting()))
    with installed(made):
        yield made
    made.move_reader.close()
    made.uploads.close()


def _with_passphrase(runtime: Runtime, passphrase: str) -> Runtime:
    daily = runtime.settings.backup
    assert daily is not None
    changed = replace(runtime.settings, backup=replace(daily, passphrase=passphrase))
    return replace(runtime, settings=changed)


def _left(runtime: Runtime) -> list[Path]:
    return [path for path in (runtime.settings.auth_dir / STAGING_DIR).rglob("*") if path.is_file()]


def test_one_comes_back_without_a_word_of_a_passphrase(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger than an upload may be; its file stays where it lies, and nothing is left here."""
    monkeypatch.setattr(imports, "UPLOAD_LIMIT", 1_000)
    monkeypatch.setattr(place, "PIECE", 20_000)
    (found,) = stored.list_stored()
    assert (found.name, found.made_at) == (NAME, 1_700_000_000.0)
    assert found.size > imports.UPLOAD_LIMIT
    shares: list[float] = []
    name = stored.keep_stored(found.name, on_progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 1
    assert shares[-1] == 1.0
    device = imports.inspect_upload(name).devices[0]
    assert device.number == SHOP
    assert imports.bring_in(name, device=device, instance_name="Loja", request_id="1").view.name == "Loja"
    assert (tmp_path / "copias" / NAME).exists()
    assert _left(runtime) == []


def test_a_passphrase_that_does_not_fit_is_asked_for(runtime: Runtime) -> None:
    """As if none had been given, since the person gave none; what they type opens it."""
    with installed(_with_passphrase(runtime, "another passphrase")):
        name = stored.keep_stored(NAME, on_progress=lambda _share: None)
        for typed, code in (("", MoveCode.PASSPHRASE_MISSING), ("wrong one", MoveCode.WRONG_PASSPHRASE)):
            with pytest.raises(MoveRefusedError) as refused:
                imports.inspect_upload(name, passphrase=typed)
            assert refused.value.code == code
        found = imports.inspect_upload(name, passphrase=PASSPHRASE)
        assert found.names == ("Loja Centro",)
        imports.bring_in(
            name, passphrase=PASSPHRASE, device=found.devices[0], instance_name="Loja", request_id="1"
        )
    assert _left(runtime) == []


def test_an_upload_is_not_tried_with_the_passphrase_of_the_server(runtime: Runtime, backup: bytes) -> None:
    """Whoever brings a file shows that they know what opens it."""
    name = imports.keep_upload(BytesIO(backup))
    with pytest.raises(MoveRefusedError) as refused:
        imports.inspect_upload(name)
    assert refused.value.code == MoveCode.PASSPHRASE_MISSING


def test_one_that_is_gone_is_said(runtime: Runtime) -> None:
    """The daily backup may have pushed it out meanwhile; nothing is left here."""
    for name in (file_name(5.0), "../auth/owner.lock"):
        with pytest.raises(MoveRefusedError) as refused:
            stored.keep_stored(name, on_progress=lambda _share: None)
        assert refused.value.code == MoveCode.GONE
    assert _left(runtime) == []


def test_a_place_that_cannot_be_read_is_said(runtime: Runtime, tmp_path: Path) -> None:
    """By the code that says what to do."""
    (tmp_path / "copias" / NAME).unlink()
    (tmp_path / "copias").rmdir()
    (tmp_path / "copias").write_text("x")
    for ask in (stored.list_stored, lambda: stored.keep_stored(NAME, on_progress=lambda _share: None)):
        with pytest.raises(MoveRefusedError) as refused:
            ask()
        assert refused.value.code == MoveCode.STORED_UNREADABLE


def test_without_a_daily_backup_there_is_no_such_place(tmp_path: Path) -> None:
    """The page shows nothing of it, and a call that comes all the same is refused."""
    with installed(runtime_of(tmp_path)):
        assert stored.stored_place() == ""
        with pytest.raises(MoveRefusedError):
            stored.list_stored()


def test_the_place_is_named_as_it_was_set(runtime: Runtime, tmp_path: Path) -> None:
    """For the page."""
    assert stored.stored_place() == str(tmp_path / "copias")
