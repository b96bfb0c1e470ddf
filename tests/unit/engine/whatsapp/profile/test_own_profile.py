"""The account's own profile: read as far as WhatsApp tells, changed, and refusals as stable codes."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client
from core.engine.whatsapp.profile.own_profile import OwnProfileQueries
from core.models.profile.commands import (
    AskProfile,
    ProfileQuery,
    SetAbout,
    SetProfileName,
    SetProfilePicture,
    Unblock,
)
from core.models.profile.events import ProfileChanged, ProfileRead
from core.models.profile.own_profile import BlockedPerson
from core.models.worker_events import QueryFailed

ID, NUMBER = "loja-k7m2xq", "5511912345678"
NO_KEY = "no app state keys found, creating app state keys is not yet supported"


class RefusedError(Exception):
    pass


def jid(user: str, server: str = "s.whatsapp.net") -> SimpleNamespace:
    return SimpleNamespace(User=user, Server=server)


class FakeNeonize:
    """What the queries use of neonize."""

    error = RefusedError
    picture_preview = "preview"
    unblock = "unblock"
    build_jid = staticmethod(jid)
    without_device = staticmethod(lambda one: one)
    jid_to_text = staticmethod(lambda one: f"{one.User}@{one.Server}")


class FakeClient:
    """An account that answers; what is in ``errors`` it refuses, by the name of the method."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.errors: dict[str, str] = {}
        self.names = {"77@lid": "", f"{NUMBER}@s.whatsapp.net": "Bia"}
        self.contact = self

    def _do(self, name: str, value: Any = None) -> None:
        if name in self.errors:
            raise RefusedError(self.errors[name])
        self.calls.append((name, value))

    def get_me(self) -> SimpleNamespace:
        return SimpleNamespace(JID=jid("5511900000000"), PushName="Loja\nda Ana")

    def get_user_info(self, own: Any) -> list[SimpleNamespace]:
        self._do("about", own.User)
        return [SimpleNamespace(UserInfo=SimpleNamespace(Status="Aberto"))]

    def get_profile_picture(self, own: Any, how: str) -> SimpleNamespace:
        self._do("picture", how)
        return SimpleNamespace(URL="https://pps.whatsapp.net/x")

    def get_blocklist(self) -> SimpleNamespace:
        self._do("blocked")
        return SimpleNamespace(JIDs=[jid("77", "lid"), jid("5511988887777")])

    def get_contact(self, one: Any) -> SimpleNamespace:
        name = self.names.get(f"{one.User}@{one.Server}", "")
        return SimpleNamespace(FullName="", BusinessName="", PushName=name)

    def set_profile_name(self, name: str) -> None:
        self._do("name", name)

    def set_status_message(self, text: str) -> None:
        self._do("set-about", text)

    def set_profile_photo(self, data: bytes) -> None:
        self._do("set-picture", data)

    def update_blocklist(self, one: Any, action: str) -> None:
        self._do(action, f"{one.User}@{one.Server}")


class Asked:
    """The queries of one account."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.named = 0
        self.queries = OwnProfileQueries(
            cast(Neonize, FakeNeonize),
            cast(Client, self.client),
            ID,
            number_of=lambda one: NUMBER if one.User == "77" else "",
            on_named=self._on_named,
        )

    def _on_named(self) -> None:
        self.named += 1

    def answer(self, query: ProfileQuery) -> ProfileRead | ProfileChanged | QueryFailed:
        return self.queries.answer(query)

    def read(self) -> ProfileRead:
        answer = self.answer(AskProfile(ID, "r"))
        assert isinstance(answer, ProfileRead)
        return answer


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_everything_is_read_in_one_answer(asked: Asked) -> None:
    """Name on one line, about, small picture, and the blocked by number and name as far as they are known."""
    read = asked.read()
    assert (read.name, read.about, read.picture_url) == (
        "Loja da Ana",
        "Aberto",
        "https://pps.whatsapp.net/x",
    )
    assert read.blocked == (
        BlockedPerson("77@lid", NUMBER, "Bia"),
        BlockedPerson("5511988887777@s.whatsapp.net", "5511988887777"),
    )
    assert ("picture", "preview") in asked.client.calls


@pytest.mark.parametrize(
    ("method", "field", "nothing"),
    [("about", "about", None), ("picture", "picture_url", ""), ("blocked", "blocked", None)],
)
def test_what_whatsapp_does_not_tell_leaves_the_rest(
    asked: Asked, method: str, field: str, nothing: str | None
) -> None:
    """One part that is refused is not known; the others are."""
    asked.client.errors[method] = "info query returned status 404: item-not-found"
    read = asked.read()
    assert getattr(read, field) == nothing
    assert read.name == "Loja da Ana"


def test_a_new_name_is_shown_to_others(asked: Asked) -> None:
    """They see it with the next presence only, so that is sent again."""
    assert asked.answer(SetProfileName(ID, "r", name="Loja")) == ProfileChanged(ID, "r")
    assert asked.client.calls == [("name", "Loja")]
    assert asked.named == 1


@pytest.mark.parametrize(
    ("query", "call"),
    [
        (SetAbout(ID, "r", text=""), ("set-about", "")),
        (SetProfilePicture(ID, "r", picture=base64.b64encode(b"jpeg").decode()), ("set-picture", b"jpeg")),
        (Unblock(ID, "r", address="77@lid"), ("unblock", "77@lid")),
    ],
)
def test_a_change_is_asked_for_as_it_is(asked: Asked, query: ProfileQuery, call: tuple[str, Any]) -> None:
    """About, picture and block list are one request each, and no reason to be shown."""
    assert asked.answer(query) == ProfileChanged(ID, "r")
    assert asked.client.calls == [call]
    assert asked.named == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (NO_KEY, "profile-no-key"),
        ("info query timed out", "no-answer"),
        ("websocket not connected", "not-connected"),
        ("can't send iq: websocket is not connected", "not-connected"),
        ("info query returned status 406: not-acceptable", "profile-refused"),
        ("", "profile-refused"),
    ],
)
def test_a_refusal_has_a_code(asked: Asked, words: str, code: str, caplog: pytest.LogCaptureFixture) -> None:
    """The core's own words stay here; the log names the query and nothing of what it said."""
    asked.client.errors["name"] = words
    query = SetProfileName(ID, "r", name="Segredo")
    assert asked.answer(query) == QueryFailed(ID, "r", reason=code)
    assert asked.named == 0
    assert f"{code} (SetProfileName)" in caplog.text
    assert "Segredo" not in caplog.text
