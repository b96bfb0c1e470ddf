"""What pages may ask for to bring a session here, and what is left of its upload."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from core.errors import InvalidInputError
from core.models.instance import InstanceView
from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession
from core.moving.reader.sources import whatsmeow_files
from core.moving.staging import STAGING_DIR
from core.services.moving import imports
from core.services.runtime import Runtime
from tests.support.runtimes import installed, runtime_of
from tests.support.whatsmeow_stores import SHOP, edit, many_devices, rows, shop_store
from tests.unit.services.conftest import UnusedRegistry, view

SHOP_DEVICE = FoundDevice(index=0, number=SHOP, device=1, name="", keys=811, conversations=3)


@dataclass
class _Adopting(UnusedRegistry):
    """Takes prepared folders in, and remembers what was in them."""

    here: set[str] = field(default_factory=set)
    """Addresses of devices that are here already."""
    taken: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    made: dict[str, InstanceView] = field(default_factory=dict)

    @property
    def moving(self) -> Any:
        return self

    def require_absent(self, jid: str) -> None:
        if jid in self.here:
            raise MoveRefusedError(MoveCode.ALREADY_HERE, "Loja")

    def adopt(
        self, folder: Path, name: str, *, as_it_was: bool = False, request_id: str = ""
    ) -> InstanceView:
        if request_id in self.made:
            return self.made[request_id]
        if not (folder / "session.db").exists():
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        self.taken[name] = rows(folder / "session.db", "SELECT jid FROM whatsmeow_device")
        self.made[request_id] = view(name=name)
        return self.made[request_id]


@pytest.fixture
def registry() -> _Adopting:
    """Of an installation without instances."""
    return _Adopting()


@pytest.fixture
def runtime(tmp_path: Path, registry: _Adopting) -> Iterator[Runtime]:
    """The reader is the real one."""
    made = replace(runtime_of(tmp_path / "auth"), registry=cast("Any", registry))
    (tmp_path / "auth").mkdir()
    with installed(made):
        yield made
    made.move_reader.close()
    made.uploads.close()


@pytest.fixture
def auth_dir(runtime: Runtime) -> Path:
    """Where uploads lie."""
    return runtime.settings.auth_dir


def _left(auth_dir: Path) -> list[str]:
    return [path.name for path in (auth_dir / STAGING_DIR).rglob("*")]


def test_a_device_comes_in_under_the_given_name(auth_dir: Path, registry: _Adopting, tmp_path: Path) -> None:
    """Seen first, then started; nothing of the upload is left."""
    upload = imports.keep_upload(io.BytesIO(shop_store(tmp_path / "s.db").read_bytes()))
    found = imports.inspect_upload(upload)
    assert [device.number for device in found.devices] == [SHOP]
    made = imports.bring_in(upload, device=SHOP_DEVICE, instance_name=" Loja  nova ", request_id="1")
    assert made.view.name == "Loja nova"
    assert registry.taken == {"Loja nova": [(f"{SHOP}:1@s.whatsapp.net",)]}
    assert _left(auth_dir) == []


def test_of_many_the_chosen_one_comes_in(auth_dir: Path, registry: _Adopting, tmp_path: Path) -> None:
    """By its index."""
    upload = imports.keep_upload(io.BytesIO(many_devices(tmp_path / "m.db").read_bytes()))
    devices = imports.inspect_upload(upload).devices
    imports.bring_in(upload, device=devices[1], instance_name="Dois", request_id="1")
    assert registry.taken == {"Dois": [(devices[1].jid,)]}
    assert _left(auth_dir) == []


def test_a_device_that_is_here_is_refused_when_it_is_looked_at(
    auth_dir: Path, registry: _Adopting, tmp_path: Path
) -> None:
    """The person need not type a name first; the upload may still be discarded."""
    registry.here.add(f"{SHOP}:1@s.whatsapp.net")
    upload = imports.keep_upload(io.BytesIO(shop_store(tmp_path / "s.db").read_bytes()))
    with pytest.raises(MoveRefusedError) as refused:
        imports.inspect_upload(upload)
    assert (refused.value.code, refused.value.detail) == (MoveCode.ALREADY_HERE, "Loja")
    imports.discard_upload(upload)
    imports.discard_upload(upload)
    assert _left(auth_dir) == []


def test_after_a_refusal_it_may_be_tried_again(auth_dir: Path, registry: _Adopting, tmp_path: Path) -> None:
    """A name that does not do is no reason to upload again."""
    upload = imports.keep_upload(io.BytesIO(shop_store(tmp_path / "s.db").read_bytes()))
    with pytest.raises(InvalidInputError):
        imports.bring_in(upload, device=SHOP_DEVICE, instance_name=" ", request_id="1")
    with pytest.raises(MoveRefusedError):
        imports.bring_in(
            upload,
            device=msgspec.structs.replace(SHOP_DEVICE, number="5511"),
            instance_name="Loja",
            request_id="1",
        )
    imports.bring_in(upload, device=SHOP_DEVICE, instance_name="Loja", request_id="1")
    assert list(registry.taken) == ["Loja"]
    assert _left(auth_dir) == []


def test_a_double_press_makes_one_instance(registry: _Adopting, tmp_path: Path, runtime: Runtime) -> None:
    """The slower half gets the instance of the faster, though the upload is erased by then."""
    upload = imports.keep_upload(io.BytesIO(shop_store(tmp_path / "s.db").read_bytes()))
    first = imports.bring_in(upload, device=SHOP_DEVICE, instance_name="Loja", request_id="1")
    second = imports.bring_in(upload, device=SHOP_DEVICE, instance_name="Loja", request_id="1")
    assert second.view == first.view
    assert len(registry.made) == 1
    with pytest.raises(MoveRefusedError) as refused:
        imports.bring_in(upload, device=SHOP_DEVICE, instance_name="Outra", request_id="2")
    assert refused.value.code == MoveCode.GONE


def test_an_upload_that_is_gone_is_said(runtime: Runtime) -> None:
    """It waited for too long, or the app was started again."""
    with pytest.raises(MoveRefusedError) as refused:
        imports.inspect_upload("0" * 16)
    assert refused.value.code == MoveCode.GONE


def test_too_large_an_upload_is_not_kept(auth_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser refuses it before; this is for what passes by it."""
    monkeypatch.setattr(imports, "UPLOAD_LIMIT", 2 * 1024**2)
    with pytest.raises(MoveRefusedError) as refused:
        imports.keep_upload(io.BytesIO(bytes(2 * 1024**2 + 1)))
    assert (refused.value.code, refused.value.detail) == (MoveCode.TOO_LARGE, "2 MB")
    assert not (auth_dir / STAGING_DIR).exists()


def test_a_device_without_conversations_says_what_did_not_come(runtime: Runtime, tmp_path: Path) -> None:
    """For the page of the instance."""
    path = edit(
        shop_store(tmp_path / "s.db"), "DELETE FROM whatsmeow_sessions", "DELETE FROM whatsmeow_pre_keys"
    )
    upload = imports.keep_upload(io.BytesIO(path.read_bytes()))
    assert imports.bring_in(upload, device=SHOP_DEVICE, instance_name="Loja", request_id="1").lost.everyone


class _Databases:
    """Stands for the reader: a database with the devices of a store, behind one address."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.asked: list[str] = []

    def inspect_database(self, address: str, *, scratch: Path) -> FoundUpload:
        self.asked.append(address)
        with whatsmeow_files([self.store], deadline=time.monotonic() + 20) as source:
            return source.found()

    def prepare_database(
        self, address: str, *, scratch: Path, device: FoundDevice, target: Path
    ) -> PreparedSession:
        self.asked.append(address)
        with whatsmeow_files([self.store], deadline=time.monotonic() + 20) as source:
            return source.prepare(device.index, target, jid=device.jid)


def test_a_device_of_a_database_comes_in(
    auth_dir: Path, registry: _Adopting, runtime: Runtime, tmp_path: Path
) -> None:
    """As out of a file; a double press makes one."""
    reader = _Databases(many_devices(tmp_path / "m.db"))
    with installed(replace(runtime, move_reader=cast("Any", reader))):
        found = imports.inspect_database("postgres://u:p@h/d")
        for _ in range(2):
            made = imports.bring_in_database(
                "postgres://u:p@h/d", device=found.devices[2], instance_name="Banco", request_id="1"
            )
    assert registry.taken == {"Banco": [(found.devices[2].jid,)]}
    assert made.view.name == "Banco"
    assert _left(auth_dir) == []


def test_a_device_that_left_a_database_is_not_replaced_by_another(
    auth_dir: Path, registry: _Adopting, runtime: Runtime, tmp_path: Path
) -> None:
    """It was said to be stopped; the one in its place was not."""
    reader = _Databases(many_devices(tmp_path / "m.db"))
    with installed(replace(runtime, move_reader=cast("Any", reader))):
        chosen = imports.inspect_database("postgres://u:p@h/d").devices[0]
        edit(reader.store, f"DELETE FROM whatsmeow_device WHERE jid = '{chosen.jid}'")
        with pytest.raises(MoveRefusedError) as refused:
            imports.bring_in_database(
                "postgres://u:p@h/d", device=chosen, instance_name="Banco", request_id="1"
            )
    assert refused.value.code == MoveCode.CHANGED
    assert (registry.taken, _left(auth_dir)) == ({}, [])


@pytest.mark.parametrize("address", ["", " \n"])
def test_an_address_that_was_not_typed_is_no_damaged_file(
    runtime: Runtime, tmp_path: Path, address: str
) -> None:
    """It is asked for, and nothing is read."""
    reader = _Databases(tmp_path / "none")
    with (
        installed(replace(runtime, move_reader=cast("Any", reader))),
        pytest.raises(MoveRefusedError) as refused,
    ):
        imports.inspect_database(address)
    assert (refused.value.code, reader.asked) == (MoveCode.ADDRESS_WRONG, [])


def test_databases_may_be_switched_off(runtime: Runtime, tmp_path: Path) -> None:
    """Then none is asked, whatever a page sends."""
    reader = _Databases(tmp_path / "none")
    off = replace(runtime.settings, import_databases=False)
    with installed(replace(runtime, settings=off, move_reader=cast("Any", reader))):
        assert not imports.databases_offered()
        with pytest.raises(MoveRefusedError):
            imports.inspect_database("postgres://u:p@h/d")
        with pytest.raises(MoveRefusedError):
            imports.bring_in_database(
                "postgres://u:p@h/d", device=SHOP_DEVICE, instance_name="x", request_id="1"
            )
    assert reader.asked == []
    with installed(runtime):
        assert imports.databases_offered()
