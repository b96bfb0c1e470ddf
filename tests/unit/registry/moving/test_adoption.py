"""A prepared session becomes an instance, whole, or nothing at all happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import AppError, InvalidInputError, LimitReachedError, StorageUnavailableError
from core.models.content import Content, Kind
from core.models.instance import InstanceRecord, InstanceState, PresenceMode
from core.models.messages import SendState, SentMessage
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.timeline import HistoryKind
from core.moving import staging
from core.registry.commands import Rename
from core.registry.moving.adoption import Adoption
from core.registry.supervisors import Supervisors
from core.store import outbox_table, session, timeline, trash
from core.store.instance_file import read_record, write_record_in
from core.store.layout import instance_ids
from tests.support.polling import eventually
from tests.unit.registry.conftest import ID, FakeContext
from tests.unit.registry.moving.conftest import JID, NUMBER, make_instance, make_session


def ids(context: FakeContext) -> list[str]:
    """The instances on the disk."""
    return [instance_id for instance_id in instance_ids(context.auth_dir) if instance_id != ID]


def test_it_becomes_an_instance_that_runs(context: FakeContext, adoption: Adoption) -> None:
    """With a record of its own, linked and wanted: a crash right after it costs nothing. The timeline says
    where it came from, and nothing of the preparation is left.
    """
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        (folder / "upload.zip").write_bytes(b"x")
        made = adoption.adopt(folder, "Loja")
    home = context.auth_dir / made.id
    assert read_record(context.auth_dir, made.id) == InstanceRecord(
        made.id, "Loja", context.now, wanted=True, phone=NUMBER, linked=True
    )
    assert session.devices(home) == (JID,)
    assert [entry.kind for entry in timeline.entries(home, limit=9)][-1] is HistoryKind.MOVED_IN
    assert not (home / "upload.zip").exists()
    assert list((context.auth_dir / staging.STAGING_DIR).iterdir()) == []
    assert (made.phone, made.linked, made.name) == (NUMBER, True, "Loja")


def test_its_settings_and_messages_come_with_it(context: FakeContext, adoption: Adoption) -> None:
    """What its owner set stays; what was heard of the phone elsewhere is forgotten."""
    before = InstanceRecord(
        "antiga-k7m2xq",
        "Antiga",
        5.0,
        wanted=False,
        presence=PresenceMode.NEVER,
        receipts=True,
        phone_silent_since=3.0,
    )
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        write_record_in(folder, before)
        timeline.append(folder, HistoryKind.CREATED, at=5.0)
        made = adoption.adopt(folder, "Loja")
    record = read_record(context.auth_dir, made.id)
    assert record == replace(
        before,
        id=made.id,
        name="Loja",
        created_at=context.now,
        wanted=True,
        phone=NUMBER,
        linked=True,
        phone_silent_since=None,
    )
    kinds = [entry.kind for entry in timeline.entries(context.auth_dir / made.id, limit=9)]
    assert kinds[-2:] == [HistoryKind.MOVED_IN, HistoryKind.CREATED]


@pytest.mark.parametrize(
    ("wanted", "moved_out_at", "as_it_was", "starts"),
    [
        (True, 0.0, True, True),
        (False, 0.0, True, False),
        (False, 0.0, False, True),
        (True, 9.0, False, False),
        (False, 9.0, True, False),
    ],
)
def test_what_runs_elsewhere_stays_stopped(
    context: FakeContext,
    adoption: Adoption,
    supervisors: Supervisors,
    wanted: bool,
    moved_out_at: float,
    as_it_was: bool,
    starts: bool,
) -> None:
    """And is marked so; what its owner had stopped starts when it is brought alone."""
    before = InstanceRecord("antiga-k7m2xq", "Antiga", 5.0, wanted=wanted, moved_out_at=moved_out_at)
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        write_record_in(folder, before)
        made = adoption.adopt(folder, "Loja", as_it_was=as_it_was)
    record = read_record(context.auth_dir, made.id)
    assert (record.wanted, record.moved_out_at) == (starts, moved_out_at)
    supervisor = supervisors.get(made.id)
    supervisor.post(Rename("Depois"))  # handled after the start, if there is one
    eventually(lambda: supervisor.snapshot().record.name == "Depois", timeout=5, seen=supervisor.snapshot)
    assert (supervisor.snapshot().status.state is not InstanceState.STOPPED) is starts


@pytest.mark.parametrize("at", [-1.0, 9e99])
def test_a_mark_with_an_impossible_time_counts(context: FakeContext, adoption: Adoption, at: float) -> None:
    """As of now, which pages can show."""
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        write_record_in(folder, InstanceRecord("antiga-k7m2xq", "A", 5.0, wanted=True, moved_out_at=at))
        assert adoption.adopt(folder, "Loja").moved_out_at == context.now


def test_a_record_that_is_none_costs_only_the_settings(context: FakeContext, adoption: Adoption) -> None:
    """The session is worth more than its name."""
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        (folder / "instance.json").write_text("[]")
        made = adoption.adopt(folder, "Loja")
    assert read_record(context.auth_dir, made.id).name == "Loja"


def test_a_send_that_was_on_its_way_is_never_called_unsent(context: FakeContext, adoption: Adoption) -> None:
    """A copy of the store that knows nothing of it proves nothing: it belongs to no run of this machine."""
    message = SentMessage(
        request_id="r-1",
        instance_id="antiga-k7m2xq",
        to="5511912345678",
        content=Content(Kind.TEXT, text="Olá"),
        state=SendState.SENDING,
        created_at=1.0,
        secret="00" * 32,
        boot_id="this-boot",
    )
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        outbox_table.write_new(folder, message)
        made = adoption.adopt(folder, "Loja")
    (stored,) = outbox_table.read(context.auth_dir / made.id, limit=9)
    assert (stored.request_id, stored.boot_id) == ("r-1", "")


def test_the_same_request_makes_one(context: FakeContext, adoption: Adoption) -> None:
    """A double press gets the one instance."""
    made = []
    for _ in range(2):
        with staging.staging_folder(context.auth_dir) as folder:
            make_session(folder, JID)
            made.append(adoption.adopt(folder, "Loja", request_id="r-1").id)
    assert made[0] == made[1]
    assert ids(context) == [made[0]]


@pytest.mark.parametrize(("phone", "name"), [(NUMBER, "Loja"), ("", "Loja"), (NUMBER, "Matriz")])
def test_the_same_device_is_never_here_twice(
    context: FakeContext, adoption: Adoption, supervisors: Supervisors, phone: str, name: str
) -> None:
    """Two copies of one device would throw each other off; the other instance is named. Also where its
    record does not know the number, and where the name is taken too: another one would not help.
    """
    supervisors.add(make_instance(context.auth_dir, "Matriz", JID, phone=phone))
    before = ids(context)
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        with pytest.raises(MoveRefusedError) as caught:
            adoption.adopt(folder, name)
    assert (caught.value.code, caught.value.detail) == (MoveCode.ALREADY_HERE, "Matriz")
    assert ids(context) == before


def test_another_device_of_the_same_number_may_be_here(
    context: FakeContext, adoption: Adoption, supervisors: Supervisors
) -> None:
    """An account has up to four linked devices."""
    supervisors.add(make_instance(context.auth_dir, "Matriz", JID.replace(":7", ":8")))
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        assert adoption.adopt(folder, "Loja").phone == NUMBER


def test_a_device_in_the_trash_is_told(context: FakeContext, adoption: Adoption) -> None:
    """It has its session still: it is restored from there, or erased first."""
    record = make_instance(context.auth_dir, "Matriz", JID)
    trash.move_to_trash(context.auth_dir, record.id, now=1_700_000_000.0)
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        with pytest.raises(MoveRefusedError) as caught:
            adoption.adopt(folder, "Loja")
    assert (caught.value.code, caught.value.detail) == (MoveCode.IN_TRASH, "Matriz")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda folder: None, MoveCode.NO_DEVICE),
        (make_session, MoveCode.NO_DEVICE),
        (lambda folder: make_session(folder, "1:1@s.whatsapp.net", "1:2@s.whatsapp.net"), MoveCode.DAMAGED),
        (lambda folder: (folder / "session.db").write_bytes(b"no database" * 999), MoveCode.DAMAGED),
    ],
    ids=["nothing", "no device", "two devices", "no database"],
)
def test_what_is_no_session_of_one_device_is_refused(
    context: FakeContext, adoption: Adoption, prepare: Callable[[Path], object], code: MoveCode
) -> None:
    """And nothing of it becomes an instance."""
    with staging.staging_folder(context.auth_dir) as folder:
        prepare(folder)
        with pytest.raises(MoveRefusedError) as caught:
            adoption.adopt(folder, "Loja")
    assert caught.value.code == code
    assert ids(context) == []


def test_names_and_places_are_as_for_a_new_instance(
    context: FakeContext, adoption: Adoption, supervisors: Supervisors
) -> None:
    """A name that is taken and a table that is full are refused, and the folder waits where it is."""
    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        supervisors.add(InstanceRecord("loja-1", "Loja", 1.0, wanted=False))
        with pytest.raises(InvalidInputError):
            adoption.adopt(folder, "LOJA")
        for number in (2, 3):
            supervisors.add(InstanceRecord(f"loja-{number}", f"Loja {number}", 1.0, wanted=False))
        with pytest.raises(LimitReachedError):
            adoption.adopt(folder, "Outra")
        assert session.devices(folder) == (JID,)


def test_a_disk_that_refuses_leaves_it_prepared(
    context: FakeContext, adoption: Adoption, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step did not happen: nothing is in the table, and a second try succeeds."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with staging.staging_folder(context.auth_dir) as folder:
        make_session(folder, JID)
        with monkeypatch.context() as patch:
            patch.setattr(staging, "put_in_place", refuse)
            with pytest.raises(StorageUnavailableError) as caught:
                adoption.adopt(folder, "Loja")
        assert caught.value.code == "disk-full"
        assert ids(context) == []
        assert adoption.adopt(folder, "Loja").name == "Loja"


def test_a_folder_of_anywhere_else_is_a_mistake_of_ours(context: FakeContext, adoption: Adoption) -> None:
    """It could not be put in place in one step."""
    make_session(context.auth_dir / ID, JID)
    with pytest.raises(ValueError, match="staging"):
        adoption.adopt(context.auth_dir / ID, "Loja")
    assert not issubclass(ValueError, AppError)
