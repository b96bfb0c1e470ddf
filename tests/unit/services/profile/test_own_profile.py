"""An account's profile as pages ask for it: read, remembered for the account, and changed within limits."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from PIL import Image

from core.errors import AppError, InvalidInputError, NotConnectedError, UnknownInstanceError
from core.media.tools import MediaTools
from core.messages.inbox import Inbox
from core.models.audit import Action
from core.models.instance import InstanceState
from core.models.profile.commands import (
    AskProfile,
    SetAbout,
    SetProfileName,
    SetProfilePicture,
    Unblock,
)
from core.models.profile.events import ProfileChanged, ProfileRead
from core.models.profile.own_profile import (
    ABOUT_LIMIT,
    CALL_TEXT_LIMIT,
    NAME_LIMIT,
    BlockedPerson,
    OwnProfile,
)
from core.models.worker_commands import Query
from core.models.worker_events import MarkedRead, WorkerEvent
from core.services.profile import own_profile
from core.services.runtime import Runtime, current
from tests.support.media_samples import image, photo
from tests.support.runtimes import installed, with_media
from tests.unit.services.conftest import ID, RecordingRegistry

BLOCKED = (BlockedPerson("77@lid", "5511988887777", "Bia"),)


@dataclass
class Account(RecordingRegistry):
    """One instance whose worker answers."""

    asked: list[Query] = field(default_factory=list)
    error: AppError | None = None
    wrong: bool = False
    """Whether it answers another question than the one that was put."""

    def ask(self, query: Query, *, timeout: float) -> WorkerEvent:
        assert timeout > 0
        self.asked.append(query)
        if self.error is not None:
            raise self.error
        if self.wrong:
            return MarkedRead(ID, query.request_id)
        if isinstance(query, AskProfile):
            return ProfileRead(
                ID, query.request_id, name="Loja", about="Aberto", picture_url="", blocked=BLOCKED
            )
        return ProfileChanged(ID, query.request_id)

    def last(self) -> Query:
        return self.asked[-1]


@pytest.fixture
def account(tmp_path_factory: pytest.TempPathFactory, _media: MediaTools) -> Iterator[Account]:
    """Installed as the process's registry, with decoders of pictures."""
    folder = tmp_path_factory.mktemp("auth")
    made = Account(Inbox(folder_of=folder.joinpath, clock=lambda: 1_000.0), folder)
    with installed(replace(with_media(_media), registry=made)):
        yield made


def noted() -> list[Action]:
    """What the audit log will say."""
    return [entry.action for entry in current().audit.waiting]


def test_what_was_read_is_known_until_the_process_ends(account: Account) -> None:
    """Also while the instance is offline."""
    assert own_profile.last_known(ID) is None
    read = own_profile.read(ID)
    assert read == OwnProfile("Loja", about="Aberto", blocked=BLOCKED)
    account.instance = replace(account.instance, state=InstanceState.STOPPED)
    assert own_profile.last_known(ID) == read


def test_another_account_has_another_profile(account: Account) -> None:
    """An instance that is linked to another phone shows nothing of the one before."""
    own_profile.read(ID)
    account.instance = replace(account.instance, phone="5511900000001")
    assert own_profile.last_known(ID) is None


def test_the_picture_is_fetched_where_whatsapp_says(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only if there is one."""
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return b"jpeg"

    monkeypatch.setattr("core.services.web_fetch.profile_pictures.fetch", fetch)
    assert own_profile.read(ID).picture == b""
    answer = ProfileRead(ID, "r", name="", about=None, picture_url="https://pps.whatsapp.net/x", blocked=None)
    monkeypatch.setattr(account, "ask", lambda _query, timeout: answer)
    assert own_profile.read(ID).picture == b"jpeg"
    assert fetched == ["https://pps.whatsapp.net/x"]


ASKING: tuple[tuple[str, Callable[[], object]], ...] = (
    ("read", lambda: own_profile.read(ID)),
    ("name", lambda: own_profile.set_name(ID, "Loja")),
    ("about", lambda: own_profile.set_about(ID, "")),
    ("picture", lambda: own_profile.set_picture(ID, image("JPEG", 10, 10))),
    ("unblock", lambda: own_profile.unblock(ID, "77@lid")),
)


@pytest.mark.parametrize("ask", [ask for _, ask in ASKING], ids=[name for name, _ in ASKING])
def test_nothing_is_asked_while_it_is_not_connected(account: Account, ask: Callable[[], object]) -> None:
    """The worker could not answer; nothing is noted as done."""
    account.instance = replace(account.instance, state=InstanceState.RECONNECTING)
    with pytest.raises(NotConnectedError):
        ask()
    assert account.asked == []
    assert noted() == []


@pytest.mark.parametrize("ask", [ask for _, ask in ASKING], ids=[name for name, _ in ASKING])
def test_what_whatsapp_refuses_is_not_noted_as_done(account: Account, ask: Callable[[], object]) -> None:
    """The worker's code comes through; an answer to something else is none."""
    account.error = AppError("profile-refused")
    with pytest.raises(AppError, match="profile-refused"):
        ask()
    account.error, account.wrong = None, True
    with pytest.raises(AppError, match="no-answer"):
        ask()
    assert noted() == []


def test_a_name_is_one_line_and_not_empty(account: Account) -> None:
    """As long as WhatsApp takes; the limit is said."""
    own_profile.set_name(ID, " Loja\n da Ana ")
    query = account.last()
    assert isinstance(query, SetProfileName)
    assert query.name == "Loja da Ana"
    assert noted() == [Action.PROFILE]
    for name, code in (("", "profile-name-empty"), ("\u200b ", "profile-name-empty")):
        with pytest.raises(InvalidInputError, match=code):
            own_profile.set_name(ID, name)
    own_profile.set_name(ID, "x" * NAME_LIMIT)
    with pytest.raises(InvalidInputError, match=f"profile-too-long: {NAME_LIMIT}"):
        own_profile.set_name(ID, "x" * (NAME_LIMIT + 1))
    assert len(account.asked) == 2


def test_an_about_may_be_empty_and_not_too_long(account: Account) -> None:
    """139 characters, an emoji with all its parts counted as WhatsApp counts it: by code points."""
    for text in ("", "Aberto até as 18 h ✅", "x" * ABOUT_LIMIT):
        own_profile.set_about(ID, text)
        query = account.last()
        assert isinstance(query, SetAbout)
        assert query.text == text
    with pytest.raises(InvalidInputError, match=f"profile-too-long: {ABOUT_LIMIT}"):
        own_profile.set_about(ID, "x" * (ABOUT_LIMIT + 1))


@pytest.mark.parametrize(
    ("data", "side"),
    [
        (image("PNG", 900, 1400), 640),
        (image("JPEG", 3000, 900), 640),
        (image("WEBP", 100, 80), 80),
        (photo(), 200),
    ],
    ids=["tall", "wide", "small", "with a place in it"],
)
def test_a_picture_goes_out_as_a_square_jpeg_that_tells_nothing(
    account: Account, data: bytes, side: int
) -> None:
    """At most 640 pixels a side; nothing of the file itself is in it."""
    own_profile.set_picture(ID, data)
    query = account.last()
    assert isinstance(query, SetProfilePicture)
    made = base64.b64decode(query.picture)
    found = Image.open(io.BytesIO(made))
    assert (found.format, found.size) == ("JPEG", (side, side))
    assert b"Exif" not in made
    assert noted() == [Action.PROFILE]


def test_the_middle_of_a_picture_is_kept(account: Account) -> None:
    """Left and right of a wide one are cut off."""
    wide = Image.new("RGB", (900, 300), "red")
    wide.paste("blue", (300, 0, 600, 300))
    out = io.BytesIO()
    wide.save(out, "PNG")
    own_profile.set_picture(ID, out.getvalue())
    query = account.last()
    assert isinstance(query, SetProfilePicture)
    square = Image.open(io.BytesIO(base64.b64decode(query.picture))).convert("RGB")
    for x in (4, 150, 295):
        red, _, blue = square.getpixel((x, 150))  # type: ignore[misc]
        assert (red < 60, blue > 200) == (True, True)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "file-empty"), (b"GIF89a", "file-damaged|file-not-image"), (b"no picture", "file-not-image")],
)
def test_what_is_no_picture_is_not_sent(account: Account, data: bytes, code: str) -> None:
    """Nothing of it reaches WhatsApp."""
    with pytest.raises(InvalidInputError, match=code):
        own_profile.set_picture(ID, data)
    assert account.asked == []


def test_a_new_picture_is_looked_up_anew(account: Account) -> None:
    """The list of instances shows it too."""
    faces = current().faces
    faces._known[ID] = "old"
    faces._accounts[ID] = account.instance.phone
    own_profile.set_picture(ID, image("JPEG", 10, 10))
    assert faces.find(ID, account.instance.phone) == ""


def test_a_person_is_unblocked_by_the_address_in_the_list(account: Account) -> None:
    """As WhatsApp lists it."""
    own_profile.unblock(ID, "77@lid")
    query = account.last()
    assert isinstance(query, Unblock)
    assert query.address == "77@lid"


def test_switch_and_text_of_calls_are_set_each_by_itself(account: Account) -> None:
    """Also while it is not connected. A text without a visible character is none."""
    account.instance = replace(account.instance, state=InstanceState.STOPPED)
    own_profile.set_call_rejection(ID, on=True)
    own_profile.set_call_rejection(ID, text="  Escreva,\npor favor. ")
    assert (account.instance.reject_calls, account.instance.reject_calls_text) == (
        True,
        "Escreva,\npor favor.",
    )
    own_profile.set_call_rejection(ID, text="\u200b")
    assert account.instance.reject_calls_text == ""
    with pytest.raises(InvalidInputError, match=f"profile-too-long: {CALL_TEXT_LIMIT}"):
        own_profile.set_call_rejection(ID, text="x" * (CALL_TEXT_LIMIT + 1))
    assert noted() == [Action.CALL_REJECTION] * 3


@pytest.mark.parametrize("ask", [own_profile.last_known, own_profile.read])
def test_an_instance_that_is_gone_is_an_error(account: Account, ask: Callable[[str], object]) -> None:
    """The page goes on to the list."""
    with pytest.raises(UnknownInstanceError):
        ask("other")


def test_the_runtime_remembers_few_profiles(runtime: Runtime) -> None:
    """With their pictures they would cost memory."""
    for number in range(500):
        runtime.profiles.store(str(number), OwnProfile("x"))
    assert len(runtime.profiles._stored) == 200
