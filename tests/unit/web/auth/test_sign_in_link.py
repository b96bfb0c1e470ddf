"""The sign-in link: it works once, a newer one replaces it, and a bad disk does not break it."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.models.access import SignInMethod
from core.settings import Settings, read_settings
from core.store.auth_file import read_auth_state, write_auth_state
from core.store.sign_in_link import LINK_FILE, read_link, replace_link, write_link
from core.web import make_link
from core.web.auth import sign_in_link
from core.web.auth.authenticator import Authenticator
from core.web.auth.password import verifier
from core.web.auth.sign_in_link import SignInLink, fresh_link, link_base

BASE = "http://localhost:8501/login?link="


def word_of(address: str) -> str:
    return address.removeprefix(BASE)


@pytest.fixture
def made(tmp_path: Path) -> tuple[SignInLink, str]:
    """A link that the start made and stored, and its word."""

    async def make() -> tuple[SignInLink, str]:
        link = SignInLink(tmp_path)
        address = link.make(BASE)
        await link.store()
        return link, word_of(address)

    return asyncio.run(make())


def use(link: SignInLink, *words: str) -> list[bool]:
    """What each word, one after the other, is worth."""

    async def run() -> list[bool]:
        return [await link.use(word) for word in words]

    return asyncio.run(run())


def test_it_works_once(made: tuple[SignInLink, str]) -> None:
    """The second use is refused, and the third."""
    link, word = made
    assert use(link, word, word, word) == [True, False, False]


def test_it_has_256_random_bits(tmp_path: Path) -> None:
    """43 letters of an alphabet of 64, never the same."""
    words = {word_of(fresh_link(BASE)) for _ in range(100)}
    assert len(words) == 100
    assert {len(word) for word in words} == {43}


def test_the_same_link_used_by_many_at_once_lets_one_in(made: tuple[SignInLink, str]) -> None:
    """Requests at the same moment cannot slip past."""
    link, word = made

    async def race() -> list[bool]:
        return list(await asyncio.gather(*(link.use(word) for _ in range(30))))

    assert sum(asyncio.run(race())) == 1


@pytest.mark.parametrize("change", ["", "x", "{}x", "x{}", "{} ", "é", "\ud800", "x" * 64, "x" * 100_000])
def test_another_word_opens_nothing_and_spoils_nothing(made: tuple[SignInLink, str], change: str) -> None:
    """Whatever a guesser tries, the right one works afterwards."""
    link, word = made
    assert use(link, change.format(word), word[:-1], word.swapcase(), word) == [False, False, False, True]


def test_the_digest_is_no_link(made: tuple[SignInLink, str]) -> None:
    """Memory holds no more than that."""
    link, word = made
    assert word not in (link._digest, *link._spent)
    assert use(link, link._digest) == [False]


def test_a_newer_one_in_the_file_works_at_once_and_ends_the_earlier(
    made: tuple[SignInLink, str], tmp_path: Path
) -> None:
    """As `make link` writes it, before and after the first one was used."""
    link, first = made
    replace_link(tmp_path, second := fresh_link(BASE))
    assert use(link, first, word_of(second), word_of(second)) == [False, True, False]
    replace_link(tmp_path, third := fresh_link(BASE))
    assert use(link, word_of(second), first, word_of(third), word_of(third)) == [False, False, True, False]


def test_no_used_link_comes_back_with_its_file(made: tuple[SignInLink, str], tmp_path: Path) -> None:
    """Neither the last nor one before it, should somebody put the file back."""
    link, first = made
    assert use(link, first) == [True]
    replace_link(tmp_path, second := fresh_link(BASE))
    assert use(link, word_of(second)) == [True]
    for word in (first, word_of(second)):
        write_link(tmp_path, BASE + word)
        assert use(link, word) == [False]


def test_a_link_to_another_process_opens_nothing_here(made: tuple[SignInLink, str], tmp_path: Path) -> None:
    """Two apps on one folder: each takes its own, and removes none but its own."""
    link, word = made
    other = "http://localhost:8502/login?link=" + "o" * 43
    write_link(tmp_path, other)
    assert use(link, "o" * 43, word) == [False, True]
    asyncio.run(link.withdraw())
    assert read_link(tmp_path) == other


def test_it_is_removed_when_the_app_stops(made: tuple[SignInLink, str], tmp_path: Path) -> None:
    """And twice does no harm."""
    link, _ = made
    for _ in range(2):
        asyncio.run(link.withdraw())
        assert list(tmp_path.iterdir()) == []


def test_before_it_is_made_nothing_opens(tmp_path: Path) -> None:
    """Not even an empty word, nor a file of an earlier start."""
    write_link(tmp_path, BASE + "o" * 43)
    assert use(SignInLink(tmp_path), "", "o" * 43) == [False, False]


@pytest.mark.parametrize("trouble", ["no folder", "a file in its place", "removed"])
def test_without_the_file_the_printed_link_works(tmp_path: Path, trouble: str) -> None:
    """Once, as ever."""
    folder = tmp_path / "auth"
    if trouble == "a file in its place":
        folder.write_text("no folder")
    link = SignInLink(folder)
    word = word_of(link.make(BASE))
    if trouble == "removed":
        asyncio.run(link.store())
        (folder / LINK_FILE).unlink()
    assert use(link, "x" * 43, word, word) == [False, True, False]


def test_a_used_link_of_a_process_that_was_killed_opens_nothing(
    made: tuple[SignInLink, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file stays, and a full disk keeps the next start from writing another: that one's link works."""
    killed, used = made
    assert use(killed, used) == [True]

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sign_in_link, "write_link", full)
    link = SignInLink(tmp_path)
    word = word_of(link.make(BASE))
    asyncio.run(link.store())
    assert use(link, used, word, word) == [False, True, False]


def test_the_file_comes_back_when_the_folder_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that `make link` finds the app; a folder that is not there is not made."""
    monkeypatch.setattr(sign_in_link, "_LOOK_EVERY_S", 0.01)
    folder = tmp_path / "auth"
    link = SignInLink(folder)
    address = link.make(BASE)

    async def run() -> None:
        keeping = asyncio.create_task(link.keep())
        await asyncio.sleep(0.1)
        assert not folder.exists()
        folder.mkdir()
        while read_link(folder) != address:
            await asyncio.sleep(0.01)
        keeping.cancel()

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_disk_that_hangs_costs_a_guesser_time_and_the_app_eight_threads(
    made: tuple[SignInLink, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link of the start works from memory meanwhile."""
    link, word = made
    released, reads = threading.Event(), []

    def hang(_folder: Path) -> str:
        reads.append(1)
        released.wait(20)
        return ""

    monkeypatch.setattr(sign_in_link, "read_link", hang)
    monkeypatch.setattr(sign_in_link, "_DISK_S", 0.2)

    async def run() -> None:
        begin = time.monotonic()
        assert not any(await asyncio.gather(*(link.use("x" * 43) for _ in range(100))))
        assert await link.use(word)
        assert time.monotonic() - begin < 5
        assert len(reads) <= 8
        released.set()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "is_ssl", "expected"),
    [
        ("localhost", False, "http://localhost:8501/login?link="),
        ("127.0.0.1", False, "http://localhost:8501/login?link="),
        ("::1", False, "http://localhost:8501/login?link="),
        ("127.0.0.2", False, "http://127.0.0.2:8501/login?link="),
        ("localhost", True, "https://localhost:8501/login?link="),
    ],
)
def test_it_leads_to_where_the_server_listens(host: str, is_ssl: bool, expected: str) -> None:
    """By the name that a browser finds on this machine."""
    config = SimpleNamespace(host=host, is_ssl=is_ssl)
    assert link_base(SimpleNamespace(config=config), 8501) == expected


def settings_of(folder: Path, **env: str) -> Settings:
    return replace(read_settings(env), auth_dir=folder)


def test_a_sign_in_by_link_outlives_a_restart_but_no_password(tmp_path: Path) -> None:
    """Else every start would ask for the link again; a password in between ends it for good."""

    async def start(**env: str) -> Authenticator:
        auth = Authenticator(settings_of(tmp_path, **env))
        await asyncio.to_thread(auth.prepare)
        return auth

    async def run() -> None:
        first = await start()
        token = await first.sign_in(SignInMethod.LINK, who="", address="127.0.0.1")
        again = await start()
        assert again.sessions.find(token)
        protected = await start(APP_PASSWORD="cavalo-bateria")
        assert protected.sessions.find(token) is None
        await protected.save()
        back = await start()
        assert back.sessions.find(token) is None

    asyncio.run(run())


def test_sign_ins_that_earlier_versions_stored_without_a_password_stay(tmp_path: Path) -> None:
    """They stored what becomes of an empty password; now nothing is, since nothing is to be guessed."""

    async def run() -> None:
        first = Authenticator(settings_of(tmp_path))
        await asyncio.to_thread(first.prepare)
        token = await first.sign_in(SignInMethod.LINK, who="", address="127.0.0.1")
        now = read_auth_state(tmp_path)
        assert now is not None
        assert now.verifier == ""
        for written, stays in ((verifier("", now.salt), True), (verifier("another", now.salt), False)):
            write_auth_state(tmp_path, replace(now, verifier=written))
            again = Authenticator(settings_of(tmp_path))
            await asyncio.to_thread(again.prepare)
            assert bool(again.sessions.find(token)) is stays
            assert again.password is not None
            assert not await again.password.matches("")
            await again.save()
            after = read_auth_state(tmp_path)
            assert after is not None
            assert after.verifier == ""

    asyncio.run(run())


def test_a_provider_ends_sign_ins_by_link_too(tmp_path: Path) -> None:
    """They were never on its list, although no password is set with either."""
    env = {"OIDC_ISSUER": "https://id.example.test", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}

    async def run() -> None:
        first = Authenticator(settings_of(tmp_path))
        await asyncio.to_thread(first.prepare)
        token = await first.sign_in(SignInMethod.LINK, who="", address="127.0.0.1")
        second = Authenticator(settings_of(tmp_path, **env, OIDC_ALLOWED_EMAILS="ana@example.test"))
        await asyncio.to_thread(second.prepare)
        assert second.sessions.find(token) is None

    asyncio.run(run())


class TestMakeLink:
    """What `make link` says when there is no app that takes a link."""

    def test_no_app(self, tmp_path: Path) -> None:
        """Neither for an empty folder nor for one that is not there."""
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises(make_link.NoLinkError, match="Nenhum aplicativo"):
                make_link.renew_link(settings_of(folder))

    def test_one_that_was_killed(self, tmp_path: Path) -> None:
        """Its file is there and nobody listens; it is left as it is."""
        write_link(tmp_path, "http://localhost:1/login?link=x")
        with pytest.raises(make_link.NoLinkError, match="No app runs"):
            make_link.renew_link(settings_of(tmp_path, APP_LANGUAGE="en"))
        assert read_link(tmp_path) == "http://localhost:1/login?link=x"

    def test_nonsense_in_the_file(self, tmp_path: Path) -> None:
        """Nothing is made of it."""
        for text in ("", "x", "http://[/login?link=", "http://localhost:99999/login?link=x"):
            write_link(tmp_path, text)
            with pytest.raises(make_link.NoLinkError):
                make_link.renew_link(settings_of(tmp_path))


class TestFile:
    """The file proves the person, so it must be the person's own."""

    def test_it_is_private_from_its_first_byte(self, tmp_path: Path) -> None:
        """Whatever the umask; the folder that is made for it too."""
        before = os.umask(0)
        try:
            write_link(tmp_path / "auth", BASE)
        finally:
            os.umask(before)
        assert (tmp_path / "auth" / LINK_FILE).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "auth").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("kind", ["link", "pipe", "folder", "large", "bytes"])
    def test_what_is_no_file_of_ours_is_not_read(self, tmp_path: Path, kind: str) -> None:
        """Nothing waits for it, and nothing raises."""
        place, target = tmp_path / LINK_FILE, tmp_path / "target"
        target.write_text(BASE + "x")
        makers: dict[str, Any] = {
            "link": lambda: place.symlink_to(target),
            "pipe": lambda: os.mkfifo(place),
            "folder": place.mkdir,
            "large": lambda: place.write_bytes(b"x" * 10_000_000),
            "bytes": lambda: place.write_bytes(b"\xff\x00"),
        }
        makers[kind]()
        assert len(read_link(tmp_path)) <= 2_000
        assert not read_link(tmp_path).startswith(BASE)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
    def test_what_another_user_put_there_is_not_believed(self, tmp_path: Path) -> None:
        """Should the folder be open to everybody."""
        write_link(tmp_path, BASE + "x")
        os.chown(tmp_path / LINK_FILE, 65_534, 65_534)
        assert read_link(tmp_path) == ""

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
    def test_a_link_that_root_asks_for_can_be_read_by_the_apps_user(self, tmp_path: Path) -> None:
        """The app runs as somebody else, to whom its folder belongs."""
        os.chown(tmp_path, 65_534, 65_534)
        write_link(tmp_path, BASE + "x")
        os.chown(tmp_path / LINK_FILE, 65_534, 65_534)
        replace_link(tmp_path, BASE + "y")
        found = (tmp_path / LINK_FILE).stat()
        assert (found.st_uid, found.st_mode & 0o777) == (65_534, 0o600)
        assert read_link(tmp_path) == BASE + "y"

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
    @pytest.mark.parametrize("place", [".{name}.{pid}.tmp", "{name}"])
    def test_root_is_not_led_to_another_file(self, tmp_path: Path, place: str) -> None:
        """By links that the app's user put where the new link is written."""
        folder, precious = tmp_path / "auth", tmp_path / "precious"
        precious.write_text("of root")
        precious.chmod(0o600)
        write_link(folder, BASE + "x")
        trap = folder / place.format(name=LINK_FILE, pid=os.getpid())
        trap.unlink(missing_ok=True)
        trap.symlink_to(precious)
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65_534, 65_534, follow_symlinks=False)
        replace_link(folder, BASE + "y")
        assert (precious.read_text(), precious.stat().st_uid) == ("of root", 0)
        assert (folder / LINK_FILE).lstat().st_uid == 65_534
        assert read_link(folder) == BASE + "y"
