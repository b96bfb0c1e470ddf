"""The page where sessions of other systems come in: what a person reads, what services are asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Checkbox

from core.errors import InvalidInputError
from core.locale import translation
from core.models.instance import InstanceState
from core.models.moving.backup import StoredBackup
from core.models.moving.codes import MoveCode
from core.models.moving.converted import Lost
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, UploadKind
from core.services.moving import imports, stored
from core.services.moving.imports import BroughtIn
from core.services.moving.work import Work
from core.settings import LANGUAGES
from pages.ui.moving.under_way import BRING, Asked, UnderWay
from pages.ui.texts.message import UNKNOWN
from pages.ui.texts.moving import MOVES, WHOLE, lost_lines, move_message
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, replace, view

Page = Callable[..., AppTest]
ONE = FoundDevice(index=0, number="5511987654321", device=7, name="Ana Loja", keys=812, conversations=143)


@dataclass
class _Imports:
    """Stands for `core.services.moving.imports`; `refusal` is what the next step says."""

    scene: FakeServices
    found: FoundUpload = field(default_factory=lambda: FoundUpload(kind=UploadKind.WHATSMEOW, devices=(ONE,)))
    refusal: Exception | None = None
    databases: bool = True
    here: set[str] = field(default_factory=set)
    """Names of instances that are here already."""
    requests: set[str] = field(default_factory=set)
    passphrase: str = ""
    """Which one opens it."""
    lost: Lost = field(default_factory=Lost)
    place: str = ""
    """Where the daily backups go; empty where none are made."""
    stored: tuple[StoredBackup, ...] = ()
    stored_refusal: MoveRefusedError | None = None
    kept: list[str] = field(default_factory=list)
    """Uploads that are not erased."""
    calls: list[tuple[object, ...]] = field(default_factory=list)
    as_they_were: list[bool] = field(default_factory=list)
    """Of each that was brought: whether it may stay stopped."""
    file: BinaryIO | None = None
    """What was uploaded last."""

    def keep_upload(self, file: BinaryIO) -> str:
        self.file = file
        self.calls.append(("keep", len(file.read())))
        self.kept.append(f"u{len(self.calls)}")
        return self.kept[-1]

    def stored_place(self) -> str:
        return self.place

    def list_stored(self) -> tuple[StoredBackup, ...]:
        self.calls.append(("list",))
        if self.stored_refusal is not None:
            raise self.stored_refusal
        return self.stored

    def keep_stored(self, name: str, *, on_progress: Callable[[float], None]) -> str:
        self.calls.append(("stored", name))
        if self.stored_refusal is not None:
            raise self.stored_refusal
        on_progress(0.5)
        self.kept.append(f"u{len(self.calls)}")
        return self.kept[-1]

    def discard_upload(self, name: str) -> None:
        if name in self.kept:
            self.kept.remove(name)

    def inspect_upload(self, name: str, *, passphrase: str = "") -> FoundUpload:
        assert name in self.kept
        assert self.file is None or self.file.closed, "the upload lies in memory while it is looked at"
        if self.refusal is not None:
            raise self.refusal
        if passphrase != self.passphrase:
            raise MoveRefusedError(MoveCode.WRONG_PASSPHRASE if passphrase else MoveCode.PASSPHRASE_MISSING)
        return self.found

    def databases_offered(self) -> bool:
        return self.databases

    def inspect_database(self, address: str) -> FoundUpload:
        self.calls.append(("database", address))
        if self.refusal is not None:
            raise self.refusal
        return self.found

    def bring_in_database(
        self, address: str, *, device: FoundDevice, instance_name: str, request_id: str
    ) -> BroughtIn:
        assert request_id
        self.calls.append(("bring", device.index, instance_name, address))
        if self.refusal is not None:
            raise self.refusal
        made = view("new-1", instance_name, InstanceState.STARTING, linked=True)
        self.scene.views.append(made)
        return BroughtIn(made, self.lost)

    def bring_in(
        self,
        name: str,
        *,
        passphrase: str = "",
        device: FoundDevice,
        instance_name: str,
        request_id: str,
        as_it_was: bool = False,
        last: bool = True,
    ) -> BroughtIn:
        assert name in self.kept
        assert request_id not in self.requests
        self.calls.append(("bring", device.index, instance_name, passphrase))
        self.as_they_were.append(as_it_was)
        if self.refusal is not None:
            raise self.refusal
        if instance_name in self.here:
            raise MoveRefusedError(MoveCode.ALREADY_HERE, instance_name)
        self.requests.add(request_id)
        if last:
            self.kept.remove(name)
        made = view(f"new-{len(self.requests)}", instance_name, InstanceState.STARTING, linked=True)
        self.scene.views.append(made)
        return BroughtIn(made, self.lost)


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch, scene: FakeServices) -> _Imports:
    """What the page asks."""
    fake = _Imports(scene)
    for name in vars(_Imports):
        if not name.startswith("_") and callable(getattr(fake, name)):
            replace(monkeypatch, stored if "stored" in name else imports, name, getattr(fake, name))
    return fake


def _choose(app: AppTest) -> AppTest:
    (uploader,) = app.file_uploader
    uploader.upload("whatsapp.db", b"some bytes", "application/octet-stream").run()
    assert not app.exception, app.exception
    return app


def _press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def _name(app: AppTest) -> str:
    (key,) = (str(each.key) for each in app.text_input if str(each.key).startswith("import-name-"))
    return key


def _stopped(app: AppTest) -> Checkbox:
    (box,) = app.checkbox
    return box


def test_the_list_leads_to_it(page: Page, scene: FakeServices, moves: _Imports) -> None:
    """Beside the button for a new instance, also where there is none yet."""
    assert {"import", "new-instance"} <= keys_of(page())
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    app = page()
    assert {"import", "new-instance"} <= keys_of(app)
    assert "Trazer de outro sistema" in text_of(_press(app, "import"))


def test_what_was_found_is_said_before_anything_starts(page: Page, moves: _Imports) -> None:
    """Number, device, keys, conversations; it starts only once the other system is said to be stopped."""
    app = _choose(page("import"))
    said = text_of(app)
    assert "Número +55 11 98765-4321, aparelho 7, 812 chaves, 143 conversas" in said
    assert "nunca mais o inicie" in said
    assert app.button(key="import-start").disabled
    _stopped(app).check().run()
    assert not app.button(key="import-start").disabled
    assert app.text_input(key=_name(app)).value == "Ana Loja"
    assert not app.file_uploader
    assert "não vem junto" not in said
    assert ("bring", 0, "Ana Loja", "") not in moves.calls


def test_stopping_the_other_system_comes_before_copying_its_file(page: Page, moves: _Imports) -> None:
    """It is the first thing on the page; and afterwards, what to do where it was not so."""
    app = page("import")
    assert "Primeiro pare o outro sistema" in text_of(app)
    said = text_of(_choose(app))
    assert "Primeiro pare o outro sistema" not in said
    assert "copie o arquivo de novo" in said


@pytest.mark.parametrize("source", ["backup", "database"])
def test_what_was_no_copy_of_a_file_need_not_be_copied_again(
    page: Page, moves: _Imports, source: str
) -> None:
    """A backup is made while everything runs; a database is read when the number is brought."""
    kind = UploadKind.BACKUP if source == "backup" else UploadKind.WHATSMEOW
    moves.found = FoundUpload(kind=kind, devices=(ONE,), names=("Loja",))
    app = page("import")
    if source == "database":
        app.text_input(key="import-database").input("postgres://u:secret@h/d")
        _press(app, "import-database-open")
    else:
        _choose(app)
    assert "copie o arquivo de novo" not in text_of(app)
    assert "pare-o agora" in text_of(app)


def test_it_starts_under_the_name_and_leads_to_the_instance(
    page: Page, scene: FakeServices, moves: _Imports
) -> None:
    """Its page says that it was brought here, and what did not come along, until that was read."""
    moves.lost = Lost(contacts=("5511912345678",), unnamed_contacts=2, groups=1, damaged=("creds.json",))
    app = _choose(page("import"))
    _stopped(app).check().run()
    app.text_input(key=_name(app)).set_value("Balcão").run()
    _press(app, "import-start")
    assert ("bring", 0, "Balcão", "") in moves.calls
    assert app.query_params["id"] == "new-1"
    said = text_of(app)
    assert "3 pessoas" in said
    assert "1 grupo" in said
    assert "creds" in said
    _press(app, "arrival-read")
    assert "3 pessoas" not in text_of(app)


def test_where_whatsapp_ended_the_session_nothing_says_that_it_connects(
    page: Page, scene: FakeServices, moves: _Imports
) -> None:
    """The other system was unlinked on the phone, say: its page asks for a new QR code."""
    app = _choose(page("import"))
    _stopped(app).check().run()
    _press(app, "import-start")
    assert "conecta sem QR code" in text_of(app)
    scene.views[-1] = view("new-1", "Ana Loja", InstanceState.LOGGED_OUT)
    assert "conecta sem QR code" not in text_of(app.run())


def test_what_stays_behind_is_said_before_anything_starts(page: Page, moves: _Imports) -> None:
    """With the people whose first message may come late, as far as their numbers are known."""
    lost = Lost(contacts=("5511912345678",), unnamed_contacts=1)
    moves.found = FoundUpload(kind=UploadKind.BAILEYS, devices=(ONE,), lost=(lost,))
    said = text_of(_choose(page("import")))
    assert "2 pessoas" in said
    assert "+55 11 91234-5678" in said


def test_of_many_devices_one_is_chosen(page: Page, moves: _Imports) -> None:
    """By number and name; the name of the instance follows the choice."""
    two = FoundDevice(index=5, number="5521900000000", device=2, name="", keys=1, conversations=2)
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=(ONE, two))
    app = _choose(page("import"))
    options = app.radio(key="import-device").options
    assert ["Ana Loja" in options[0], "+55 21 90000-0000" in options[1]] == [True, True]
    app.radio(key="import-device").set_value(1).run()
    assert "Número +55 21 90000-0000, aparelho 2, 1 chave, 2 conversas" in text_of(app)
    app.text_input(key=_name(app)).set_value("Rio").run()
    _stopped(app).check().run()
    _press(app, "import-start")
    assert ("bring", 5, "Rio", "") in moves.calls


def test_the_promise_is_about_one_number(page: Page, moves: _Imports) -> None:
    """Another one that is picked afterwards may still run elsewhere."""
    two = FoundDevice(index=5, number="5521900000000", device=2, name="", keys=1, conversations=2)
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=(ONE, two))
    app = _choose(page("import"))
    _stopped(app).check().run()
    assert not app.button(key="import-start").disabled
    for place in (1, 0):
        app.radio(key="import-device").set_value(place).run()
        assert not _stopped(app).value
        assert app.button(key="import-start").disabled


def test_a_number_that_left_has_to_be_chosen_anew(page: Page, moves: _Imports) -> None:
    """The database is looked at again; nothing was started."""
    app = page("import")
    app.text_input(key="import-database").input("postgres://u:secret@h/d")
    _press(app, "import-database-open")
    _stopped(app).check().run()
    moves.refusal = MoveRefusedError(MoveCode.CHANGED)
    _press(app, "import-start")
    assert "não está mais lá" in text_of(app)
    assert app.run().text_input(key="import-database")
    assert "não está mais lá" in text_of(app)


def test_a_long_list_is_searched(page: Page, moves: _Imports) -> None:
    """A list of twenty is no row of buttons."""
    many = tuple(
        FoundDevice(index=index, number=f"55219000000{index:02}", device=1, name="", keys=1, conversations=2)
        for index in range(20)
    )
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=many)
    app = _choose(page("import"))
    assert len(app.selectbox(key="import-device").options) == 20


def test_a_passphrase_is_asked_only_when_one_is_needed(page: Page, moves: _Imports) -> None:
    """A wrong one may be typed again, without another upload; it goes along when it starts."""
    moves.passphrase = "cavalo certo"
    moves.found = FoundUpload(
        kind=UploadKind.BACKUP, devices=(ONE,), names=("Loja Centro",), made_at=1_700_000_000
    )
    app = _choose(page("import"))
    assert "protegido por uma senha" in text_of(app)
    assert not app.error  # nothing went wrong yet
    app.text_input(key="import-passphrase").input("errada")
    _press(app, "import-open")
    assert "não abre o backup" in text_of(app)
    app.text_input(key="import-passphrase").input("cavalo certo")
    _press(app, "import-open")
    assert "Backup feito" in text_of(app)
    assert app.text_input(key=_name(app)).value == "Loja Centro"
    _stopped(app).check().run()
    _press(app, "import-start")
    assert ("bring", 0, "Loja Centro", "cavalo certo") in moves.calls
    assert [call[0] for call in moves.calls].count("keep") == 1
    assert moves.kept == []


@pytest.mark.parametrize("code", [MoveCode.UNKNOWN_FORMAT, MoveCode.BROWSER_PROFILE, MoveCode.ALREADY_HERE])
def test_what_is_refused_is_erased_at_once(page: Page, moves: _Imports, code: MoveCode) -> None:
    """And said with what to do; another file may be chosen."""
    moves.refusal = MoveRefusedError(code, "Loja Centro")
    app = _choose(page("import"))
    (error,) = app.error
    assert error.value == move_message(MoveRefusedError(code, "Loja Centro")).text
    assert moves.kept == []
    assert app.file_uploader
    moves.refusal = None
    _choose(app)
    assert app.button(key="import-start")


def test_a_bug_is_no_dead_end(page: Page, moves: _Imports) -> None:
    """An error nobody thought of: the page says so, and the upload is erased."""
    moves.refusal = RuntimeError("oops")
    app = _choose(page("import"))
    assert len(app.error) == 1
    assert moves.kept == []


def test_a_name_that_does_not_do_is_said_beside_it(page: Page, moves: _Imports) -> None:
    """Nothing has to be uploaded again."""
    app = _choose(page("import"))
    _stopped(app).check().run()
    moves.refusal = InvalidInputError("name-taken", detail="Ana Loja")
    _press(app, "import-start")
    assert len(app.error) == 1
    assert len(moves.kept) == 1
    moves.refusal = None
    _press(app, "import-start")
    assert app.query_params["id"] == "new-1"


def test_another_file_may_be_chosen(page: Page, moves: _Imports) -> None:
    """The one before is erased."""
    app = _press(_choose(page("import")), "import-again")
    assert moves.kept == []
    assert app.file_uploader
    assert not app.error


def test_leaving_the_page_erases_the_upload(page: Page, moves: _Imports) -> None:
    """Whatever page comes next; coming back begins again."""
    app = _choose(page("import"))
    assert len(moves.kept) == 1
    app.switch_page("guide.py").run()
    assert moves.kept == []
    app.switch_page("import.py").run()
    assert app.file_uploader


def test_leaving_the_page_forgets_an_address(page: Page, moves: _Imports) -> None:
    """It holds a password."""
    app = page("import")
    app.text_input(key="import-database").input("postgres://u:secret@h/d")
    _press(app, "import-database-open")
    app.switch_page("guide.py").run()
    assert app.session_state["import-under-way"].database is None
    assert "import-database" not in app.session_state
    app.switch_page("import.py").run()
    assert app.file_uploader


def _leaving(app: AppTest, bring: Callable[[], object], take: Callable[[object], str | None]) -> AppTest:
    """Another page, opened while something was coming in."""
    asked = Asked((BRING,), "", Work(bring), take, None)
    app.session_state["import-under-way"] = UnderWay(asked=asked)
    assert asked.work.wait(10)
    return app.switch_page("guide.py").run()


def test_what_did_not_come_is_told_though_its_page_was_left(page: Page, moves: _Imports) -> None:
    """On the page that comes next, and the one after it, until it was read."""

    def refuse() -> None:
        raise MoveRefusedError(MoveCode.ALREADY_HERE, "Loja Centro")

    app = _leaving(page("import"), refuse, lambda _: None)
    for _ in range(2):
        (error,) = app.error
        assert error.value.startswith("O que você começou a trazer não veio. ")
        assert "já está aqui, como “Loja Centro”" in error.value
        app.switch_page("instances.py").run()
    _press(app, "import-left-read")
    assert not app.error
    assert not app.run().error


def test_which_of_all_did_not_come_is_told_though_its_page_was_left(page: Page, moves: _Imports) -> None:
    """In the words in which it would have been told there."""
    app = _leaving(page("import"), lambda: None, lambda _: "2 vieram, uma não.")
    assert [error.value for error in app.error] == ["2 vieram, uma não."]


def test_what_came_is_told_though_its_page_was_left(page: Page, moves: _Imports) -> None:
    """Once."""
    app = _leaving(page("import"), lambda: None, lambda _: None)
    assert [toast.value for toast in app.toast] == ["O que você começou a trazer já está aqui."]
    assert not app.error
    assert not app.run().toast


def test_a_name_that_is_too_long_is_offered_cut(page: Page, moves: _Imports) -> None:
    """What an account calls itself may be longer than the name of an instance."""
    long = FoundDevice(index=0, number="5511987654321", device=7, name="A" * 200, keys=1, conversations=2)
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=(long,))
    app = _choose(page("import"))
    assert app.text_input(key=_name(app)).value == "A" * 60


def test_keys_in_a_second_file_are_asked_for(page: Page, moves: _Imports) -> None:
    """GoWA's trap is said where a database holds a device without any key."""
    bare = FoundDevice(index=0, number="5511987654321", device=7, name="", keys=0, conversations=0)
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=(bare,))
    assert "DB_KEYS_URI" in text_of(_choose(page("import")))


def _opened_backup(page: Page, moves: _Imports, *, moved_out: tuple[int, ...] = ()) -> AppTest:
    """A backup of three instances, opened, and the other system said to be stopped."""
    devices = tuple(
        FoundDevice(
            index=index,
            number=f"552190000000{index}",
            device=1,
            name="",
            keys=1,
            conversations=2,
            moved_out_at=1_700_000_000.0 if index in moved_out else 0.0,
        )
        for index in range(3)
    )
    moves.found = FoundUpload(kind=UploadKind.BACKUP, devices=devices, names=("Um", "Dois", "Três"))
    app = _choose(page("import"))
    _stopped(app).check().run()
    return app


def test_all_of_a_backup_come_at_once(page: Page, moves: _Imports) -> None:
    """Under their old names; then the list follows, and nothing is left of the upload."""
    app = _press(_opened_backup(page, moves), "import-all")
    assert [call[1:3] for call in moves.calls if call[0] == "bring"] == [(0, "Um"), (1, "Dois"), (2, "Três")]
    assert moves.kept == []
    assert "3 instâncias" in text_of(app)
    assert "open-new-1" in keys_of(app)


def test_what_was_stopped_may_stay_so_only_when_all_come(page: Page, moves: _Imports) -> None:
    """Who brings one of them wants it to connect."""
    app = _press(_opened_backup(page, moves), "import-all")
    app = _opened_backup(page, moves)
    _press(app, "import-start")
    assert moves.as_they_were == [True, True, True, False]


def test_what_was_moved_elsewhere_is_left_out_by_name(page: Page, moves: _Imports) -> None:
    """Two systems would have its session; it is said before the press and after it."""
    app = _opened_backup(page, moves, moved_out=(1,))
    left_out = "deixa de fora o que foi levado para outro sistema"
    assert left_out in text_of(app)
    assert app.button(key="import-all").label == "Trazer todas as 2"
    app = _press(app, "import-all")
    assert [call[1:3] for call in moves.calls if call[0] == "bring"] == [(0, "Um"), (2, "Três")]
    (toast,) = app.toast
    assert left_out in toast.value
    assert "Dois" in toast.value


def test_what_was_moved_elsewhere_may_come_alone_and_stays_stopped(page: Page, moves: _Imports) -> None:
    """The page says so, where it is chosen and on the button."""
    app = _opened_backup(page, moves, moved_out=(0, 1))
    assert "import-all" not in keys_of(app)
    options = app.radio(key="import-device").options
    assert ["levado para outro sistema" in option for option in options] == [True, True, False]
    assert "Este número foi levado para outro sistema" in text_of(app)
    assert app.button(key="import-start").label == "Trazer sem conectar"
    app.radio(key="import-device").set_value(2).run()
    assert "Este número foi levado para outro sistema" not in text_of(app)
    assert app.button(key="import-start").label == "Trazer e conectar"


def test_what_does_not_come_is_named_and_may_be_brought_alone(page: Page, moves: _Imports) -> None:
    """The others are here; the backup need not be uploaded again."""
    moves.here = {"Dois"}
    app = _press(_opened_backup(page, moves), "import-all")
    (error,) = app.error
    assert "2 instâncias" in error.value
    assert "Dois" in error.value
    assert "já está aqui" in error.value
    assert len(moves.kept) == 1


@pytest.mark.parametrize(("age_s", "told"), [(3_600.0, False), (100_000.0, True)])
def test_an_old_backup_says_what_its_age_costs(page: Page, moves: _Imports, age_s: float, told: bool) -> None:
    """One of the last day does not: nothing is to be decided."""
    made = time.time() - age_s
    moves.found = FoundUpload(kind=UploadKind.BACKUP, devices=(ONE,), names=("Loja",), made_at=made)
    app = _choose(page("import"))
    assert ("O que chegou depois" in text_of(app)) is told


def test_all_is_offered_of_a_backup_only(page: Page, moves: _Imports) -> None:
    """A database of others may hold devices of many people."""
    two = FoundDevice(index=1, number="5521900000000", device=2, name="", keys=1, conversations=2)
    moves.found = FoundUpload(kind=UploadKind.WHATSMEOW, devices=(ONE, two))
    assert "import-all" not in keys_of(_choose(page("import")))


def test_a_database_is_named_instead_of_a_file(page: Page, moves: _Imports) -> None:
    """A refusal stands beside the address; what is in it comes in like anything else."""
    address = "postgres://reader:secret@db:5432/gowa"
    app = page("import")
    moves.refusal = MoveRefusedError(MoveCode.UNREACHABLE)
    app.text_input(key="import-database").input(address)
    _press(app, "import-database-open")
    (error,) = app.error
    assert "não respondeu" in error.value
    moves.refusal = None
    app.text_input(key="import-database").input(address)
    _press(app, "import-database-open")
    _stopped(app).check().run()
    _press(app, "import-start")
    assert ("bring", 0, "Ana Loja", address) in moves.calls
    assert "secret" not in text_of(app)


def test_an_address_that_was_not_typed_is_asked_for(page: Page, moves: _Imports) -> None:
    """A press is never without an answer; what an address looks like stands there once."""
    looks = "Ele é assim: postgres://"
    app = page("import")
    assert text_of(app).count(looks) == 1
    moves.refusal = MoveRefusedError(MoveCode.ADDRESS_WRONG)
    _press(app, "import-database-open")
    (error,) = app.error
    assert "não é o endereço" in error.value
    assert text_of(app).count(looks) == 1


def test_a_file_after_a_database_is_looked_at(page: Page, moves: _Imports) -> None:
    """What was said of the address is forgotten."""
    app = page("import")
    moves.refusal = MoveRefusedError(MoveCode.ADDRESS_WRONG)
    app.text_input(key="import-database").input("x")
    _press(app, "import-database-open")
    moves.refusal = None
    assert "812 chaves" in text_of(_choose(app))


STORED = (
    StoredBackup("whatsapp-backup-20261126T030000Z.age", 300_000_000, 1_795_662_000.0),
    StoredBackup("whatsapp-backup-20261125T030000Z.age", 5_400_000, 1_795_575_600.0),
)


def test_a_stored_backup_comes_without_an_upload(page: Page, moves: _Imports) -> None:
    """The newest is the first that is offered, with its size; the list is asked for once."""
    moves.place, moves.stored = "/copias", STORED
    moves.found = FoundUpload(kind=UploadKind.BACKUP, devices=(ONE,), names=("Loja",), made_at=1.0)
    app = page("import")
    assert "/copias" in text_of(app).replace("\\", "")
    choice = app.selectbox(key="import-stored-which-0")
    assert "286 MB" in choice.options[0]
    assert "5,1 MB" in choice.options[1]
    app.run()
    assert moves.calls == [("list",)]
    _press(app, "import-stored-open")
    assert ("stored", STORED[0].name) in moves.calls
    (box,) = app.checkbox
    box.check().run()
    _press(app, "import-start")
    assert ("bring", 0, "Loja", "") in moves.calls
    assert moves.kept == []


def test_an_older_one_may_be_chosen_and_its_passphrase_typed(page: Page, moves: _Imports) -> None:
    """Where that of the server does not open it: asked for in one place, and nothing is fetched again."""
    moves.place, moves.stored, moves.passphrase = "/copias", STORED, "cavalo certo"
    app = page("import")
    app.selectbox(key="import-stored-which-0").set_value(1).run()
    _press(app, "import-stored-open")
    assert ("stored", STORED[1].name) in moves.calls
    assert "protegido por uma senha" in text_of(app)
    app.text_input(key="import-passphrase").input("cavalo certo")
    _press(app, "import-open")
    assert app.button(key="import-start")
    assert [call[0] for call in moves.calls].count("stored") == 1


def test_a_place_that_cannot_be_read_keeps_nobody_from_a_file(page: Page, moves: _Imports) -> None:
    """It is said once, and may be looked at again."""
    moves.place, moves.stored_refusal = "s3://copias", MoveRefusedError(MoveCode.STORED_UNREADABLE)
    app = page("import")
    assert len(app.error) == 1
    moves.stored_refusal, moves.stored = None, STORED
    assert "812 chaves" in text_of(_choose(app))
    _press(app, "import-again")
    assert app.button(key="import-stored-open")
    moves.stored = ()
    app = page("import")
    assert "Ainda não há nenhum backup em /copias" not in text_of(app)
    assert app.button(key="import-stored-again")


def test_one_that_went_meanwhile_is_said_beside_the_list(page: Page, moves: _Imports) -> None:
    """And not a second time beside the file."""
    moves.place, moves.stored = "/copias", STORED
    app = page("import")
    moves.stored_refusal = MoveRefusedError(MoveCode.GONE)
    _press(app, "import-stored-open")
    (error,) = app.error
    assert error.value == move_message(MoveRefusedError(MoveCode.GONE)).text
    assert moves.kept == []
    moves.stored_refusal = None
    _press(app, "import-stored-open")
    assert app.button(key="import-start")


def test_without_a_daily_backup_nothing_is_listed(page: Page, moves: _Imports) -> None:
    """Nor asked for."""
    app = page("import")
    assert "import-stored-open" not in keys_of(app)
    assert moves.calls == []


def test_databases_may_be_switched_off(page: Page, moves: _Imports) -> None:
    """Then there is no field for one."""
    moves.databases = False
    assert not [each for each in page("import").text_input if each.key == "import-database"]


def test_every_code_has_a_message_that_says_what_to_do() -> None:
    """In every language; a code without a part has one that names none."""
    assert set(MOVES) == set(MoveCode)
    for language in LANGUAGES:
        said = {code: translation(language).gettext(message.what) for code, message in MOVES.items()}
        assert len(set(said.values())) >= len(said) - 1
        for code, message in MOVES.items():
            assert message.next_step, code
            if language != "en":
                assert said[code] != message.what, (language, code)
                assert translation(language).gettext(message.next_step) != message.next_step


def test_no_message_shows_a_hole() -> None:
    """With a detail or without."""
    for code in MoveCode:
        for detail in ("", "creds.json"):
            said = move_message(MoveRefusedError(code, detail))
            assert "{" not in said.text
            assert said.what != UNKNOWN.what
            if not detail and code in WHOLE:
                assert "?" not in said.text


def test_nothing_is_said_where_everything_came_along() -> None:
    """And of everybody, when no conversation did."""
    assert lost_lines(Lost()) == []
    assert len(lost_lines(Lost(everyone=True, contacts=("5511",)))) == 1
