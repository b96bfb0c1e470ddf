"""Without a password: no link, no entry, whatever stands between the visitor and the app."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tests.conftest import StartApp
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import ask, exchange
from tests.integration.web.test_closed import PRETENCES
from tests.support.app_process import ROOT, AppProcess
from tests.support.go_betweens import bare_proxy, byte_tunnel
from tests.support.live_page import draw, live_page
from tests.support.signing_in import PASSWORD, SESSION, signed_in, use_link

PATHS = [
    *(
        "/",
        "/messages",
        "/api/instances",
        "/_stcore/metrics",
        "/_stcore/host-config",
        "/_stcore/upload_file/a/b",
    ),
    *("/media/x.png", "/static/js/x.js", "/_stcore/script-health-check", "/login/oidc", "/nonsense"),
]
SOCKETS = ["/_stcore/stream", "/api/changes"]
Between = Callable[[int], AbstractContextManager[int]]


@pytest.fixture(scope="module")
def app(starts: Starts) -> AppProcess:
    """One app without a password for all tests that leave it as it is."""
    running = starts(password="")
    assert running.cookie(), "uses the link of the start; the tests ask for fresh ones"
    return running


@pytest.fixture(params=[None, byte_tunnel, bare_proxy], ids=["directly", "tunnel", "proxy"])
def port(request: pytest.FixtureRequest, app: AppProcess) -> Iterator[int]:
    """Where a visitor knocks."""
    if request.param is None:
        yield app.port
    else:
        with request.param(app.port) as between:
            yield between


def path_of(link: str) -> str:
    return link[link.index("/login") :]


def fresh(app: AppProcess, **env: str) -> subprocess.CompletedProcess[str]:
    """`make link`, as a person types it."""
    return subprocess.run(
        ["make", "-s", "link", f"BIN={Path(sys.executable).parent}"],
        cwd=ROOT,
        env={**os.environ, "AUTH_DIR": str(app.auth_dir), "APP_LANGUAGE": "en", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def fresh_link(app: AppProcess) -> str:
    done = fresh(app)
    assert (done.returncode, done.stderr) == (0, ""), done
    found = re.fullmatch(r"Sign in: (\S+)\n", done.stdout)
    assert found, done.stdout
    return found[1]


def test_nobody_gets_in_without_the_link(app: AppProcess, port: int) -> None:
    """Through a tunnel, or a proxy that says nothing, each visitor looks local: they get the page, or 401."""
    cookies = ({}, {"Cookie": f"{SESSION}={'x' * 43}"}, *PRETENCES)
    for path in PATHS:
        for headers in cookies:
            answer = ask(port, path, headers={"Accept": "text/html", **headers})
            assert answer.status == 403, (path, headers, answer)
            assert b"make link" in answer.body
            assert ask(port, path, headers=headers).status in (401, 403)
    for path in ("/healthz", "/_stcore/health"):
        assert ask(port, path).status == 200
    assert ask(port, "/login").status == 403


@pytest.mark.parametrize("path", SOCKETS)
def test_no_socket_is_accepted_without_the_link(app: AppProcess, path: str) -> None:
    """Directly and through a tunnel."""
    with byte_tunnel(app.port) as tunnel:
        for port in (app.port, tunnel):
            for headers in ({}, {"Cookie": f"{SESSION}=local"}, {"X-Login-Id": "local"}):
                assert ask(port, path, headers=headers, upgrade=True).status == 403


def test_a_link_signs_in_once_and_the_page_works(app: AppProcess, port: int) -> None:
    """The owner may use a tunnel; JSON and the live page take the cookie, and a second use is told kindly."""
    link = fresh_link(app)
    cookie = use_link(link, url=f"http://127.0.0.1:{port}")
    headers = {"Cookie": f"{SESSION}={cookie}"}
    assert ask(port, "/api/instances", headers=headers).body == b"[]"
    with live_page(app.url, cookie) as page:
        assert draw(page)
    for language, sentence in (("en", "was used already"), ("pt-BR", "já foi usado")):
        again = ask(port, path_of(link), headers={"Accept": "text/html", "Accept-Language": language})
        assert again.status == 403
        assert sentence in again.body.decode()
        assert b"make link" in again.body
        assert "set-cookie" not in again.head.lower()
    with pytest.raises(InvalidStatus, match="403"), live_page(app.url, ""):
        pass


def test_the_answer_to_the_link_is_kept_nowhere(app: AppProcess) -> None:
    """Neither by a cache nor as the address that the next page was reached from."""
    answer = ask(app.port, path_of(fresh_link(app)))
    assert answer.status == 303
    for line in ("cache-control: no-store", "referrer-policy: no-referrer", "location: /\r\n"):
        assert line in answer.head.lower() + "\r\n"
    assert "link=" not in answer.head
    assert re.search(r"(?i)set-cookie: wa_session\w*=[^;]{43}; HttpOnly; .*SameSite=lax", answer.head)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "empty"},
    ],
)
def test_what_only_looks_ahead_does_not_use_it_up(app: AppProcess, headers: dict[str, str]) -> None:
    """A browser that fetches what may be opened next, a program that makes a preview."""
    link = fresh_link(app)
    assert ask(app.port, path_of(link), headers=headers).status == 503
    for method in ("HEAD", "POST", "OPTIONS"):
        assert ask(app.port, path_of(link), method=method, headers={"Content-Length": "0"}).status in (
            403,
            405,
        )
    assert use_link(link, url=app.url)


def test_a_fresh_link_ends_the_earlier_one_at_once(app: AppProcess) -> None:
    """Used or not; the sign-ins stay."""
    cookie = use_link(fresh_link(app), url=app.url)
    first, second = fresh_link(app), fresh_link(app)
    assert ask(app.port, path_of(first)).status == 403
    assert use_link(second, url=app.url) != cookie
    assert ask(app.port, "/api/instances", headers={"Cookie": f"{SESSION}={cookie}"}).status == 200


def test_guessers_get_nowhere_and_lock_nobody_out(app: AppProcess) -> None:
    """Hundreds of guesses cost the owner nothing; each costs the app little."""
    link = fresh_link(app)
    web = psutil.Process(app.pid)
    before = web.cpu_times()
    for number in range(300):
        assert ask(app.port, f"/login?link={'A' * 40}{number:03}").status == 403
    spent = web.cpu_times().user - before.user + web.cpu_times().system - before.system
    assert spent / 300 < 0.02
    assert use_link(link, url=app.url)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "user@localhost", "localhost#.evil.example", "LOCALHOST:99999", "localhost:80:80"),
        *("127.1", "localhost.", "2130706433"),
    ],
)
def test_a_name_that_is_not_ours_gets_nothing(app: AppProcess, host: str) -> None:
    """Not even with a session or the link itself: a page of another site may have asked."""
    link, cookie = fresh_link(app), app.cookie()
    for target in (path_of(link), "/api/instances", "/"):
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {host}",
            f"Cookie: {SESSION}={cookie}",
            "Connection: close",
        )
        answer = exchange(app.port, ("\r\n".join(lines) + "\r\n\r\n").encode())
        assert re.match(rb"HTTP/1.1 40[03] ", answer), (host, target)
    assert use_link(link, url=app.url)


def test_the_start_prints_the_link_and_keeps_it_private(app_process: StartApp) -> None:
    """One line with the port that is listened on, the same in a file of mode 0600 until the app stops."""
    app = app_process(env={"LOG_LEVEL": "DEBUG"})
    app.wait_healthy()
    link = app.link()
    assert re.fullmatch(rf"http://localhost:{app.port}/login\?link=[A-Za-z0-9_-]{{43}}", link)
    file = app.auth_dir / "sign-in.link"
    assert file.read_text() == link
    assert file.stat().st_mode & 0o777 == 0o600
    assert ask(app.port, path_of(link)).status == 303
    assert ask(app.port, path_of(link)).status == 403
    newer = fresh_link(app)
    assert use_link(newer)
    app.terminate()
    assert not file.exists()
    word = link.partition("=")[2]
    assert app.log_text().count(word) == 1, "in that one line, and nowhere in the log"
    assert newer.partition("=")[2] not in app.log_text()
    content = b"".join(path.read_bytes() for path in app.auth_dir.rglob("*") if path.is_file())
    assert word.encode() not in content
    assert "Traceback" not in app.log_text()


def test_sign_ins_outlive_a_restart_until_there_is_a_password(app_process: StartApp) -> None:
    """Also one after a kill; a password ends them, prints no link and takes the old file away."""
    first = app_process()
    first_link, cookie = first.link(), first.cookie()
    first.kill()
    assert (first.auth_dir / "sign-in.link").exists(), "nobody could tidy up"

    second = app_process(auth_dir=first.auth_dir)
    second.wait_healthy()
    headers = {"Cookie": f"{SESSION}={cookie}"}
    assert ask(second.port, "/api/instances", headers=headers).status == 200
    assert ask(second.port, path_of(first_link)).status == 403
    second_link = second.link()
    assert second_link != first_link
    second.kill()

    third = app_process(auth_dir=first.auth_dir, password=PASSWORD)
    third.wait_healthy()
    assert not (first.auth_dir / "sign-in.link").exists()
    assert "Sign in:" not in third.log_text()
    assert ask(third.port, "/api/instances", headers=headers).status == 401
    assert ask(third.port, path_of(second_link)).status == 200, "the form with the password"
    done = fresh(third)
    assert done.returncode != 0
    assert "has a password" in done.stderr
    with signed_in(third.url):
        third.terminate()

    done = fresh(third)
    assert done.returncode != 0
    assert "No app runs" in done.stderr
    assert done.stdout == ""
