"""Every route that the server has, tried by somebody who is not signed in."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.access import AuthState, Session, SignInMethod
from core.store.auth_file import write_auth_state
from core.web.auth.password import new_salt, verifier
from core.web.auth.sessions import IDLE_S, LONGEST_S, digest_of
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import Answer, ask
from tests.support.app_process import ROOT, AppProcess
from tests.support.signing_in import PASSWORD, SESSION, held, signed_in

# Asked of the app itself, as the launcher builds it; parameters become something that could be there.
LIST_ROUTES = """
import json, app
from starlette.routing import Mount
def walk(routes, prefix=""):
    for route in routes:
        path = prefix + route.path
        if isinstance(route, Mount):
            yield ["mount", path + "/index.html", []]
            yield from walk(route.routes or [], path)
        else:
            kind = "websocket" if type(route).__name__ == "WebSocketRoute" else "http"
            yield [kind, path, sorted(getattr(route, "methods", None) or [])]
print("ROUTES" + json.dumps(list(walk(app.app._build_starlette_app().routes))))
"""
PAIR = {"/pair", "/pair/part", "/pair/code", "/pair/again"}
OPEN = {
    *{"/login", "/login/source-sans.woff2", "/logout", "/healthz", "/_stcore/health", "/favicon.ico"},
    *PAIR,
}
REFUSED = {401, 403}
TRICKS: dict[str, Callable[[str], str]] = {
    "doubled slash": lambda path: "/" + path,
    "three slashes": lambda path: "//" + path,
    "backslash": lambda path: "/\\" + path.lstrip("/"),
    "dot": lambda path: "/." + path,
    "encoded dot": lambda path: "/%2e" + path,
    "up from an open path": lambda path: "/healthz/.." + path,
    "encoded up": lambda path: "/healthz/%2e%2e" + path,
    "encoded slashes": lambda path: "/healthz%2f..%2f" + path.lstrip("/"),
    "up from the sign-in": lambda path: "/login/.." + path,
    "trailing slash": lambda path: path + "/",
    "upper case": str.upper,
    "first letter encoded": lambda path: f"/%{ord(path[1]) if len(path) > 1 else 46:02x}{path[2:]}",
    "encoded twice": lambda path: f"/%25{ord(path[1]) if len(path) > 1 else 46:02x}{path[2:]}",
    "absolute": lambda path: "http://127.0.0.1" + path,
    "absolute, open behind": lambda path: "http://127.0.0.1/healthz" + path,
    "parameter": lambda path: path + ";/healthz",
    "null": lambda path: path + "%00/healthz",
    "open in the query": lambda path: path + "?/healthz",
    "open in the fragment": lambda path: path + "#/healthz",
    "utf-8 slash": lambda path: "/%c0%af" + path.lstrip("/"),
    "tab": lambda path: "/%09" + path,
}
PRETENCES = [
    {"X-Original-URL": "/healthz"},
    {"X-Rewrite-URL": "/healthz"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Prefix": "/healthz"},
    {"X-Forwarded-Uri": "/healthz"},
    {"X-HTTP-Method-Override": "GET"},
    {"Forwarded": "for=127.0.0.1;proto=https"},
    {"CF-Connecting-IP": "127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"X-Login-Id": "local"},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, list[str]]]:
    """Kind, path and methods of everything that the launcher's app serves."""
    env = {**os.environ, "AUTH_DIR": str(tmp_path_factory.mktemp("none")), "APP_PASSWORD": PASSWORD}
    answer = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    found = re.search(r"^ROUTES(.*)$", answer.stdout, re.MULTILINE)
    assert found, answer.stdout + answer.stderr
    listed = json.loads(found[1])
    return [(kind, re.sub(r"\{[^}]*\}", "x", path) or "/", methods) for kind, path, methods in listed]


@pytest.fixture(scope="module")
def cookies(starts: Starts, tmp_path_factory: pytest.TempPathFactory) -> tuple[AppProcess, dict[str, str]]:
    """An app, and cookies that must not open it; one that does is among its first sign-ins."""
    auth_dir = tmp_path_factory.mktemp("auth")
    now, salt = time.time(), new_salt()
    idle, old, right = (secrets.token_urlsafe(32) for _ in range(3))

    def session(token: str, *, since: float, seen: float) -> Session:
        return Session(digest_of(token), SignInMethod.PASSWORD, "", "127.0.0.1", since, seen)

    state = AuthState(
        salt=salt,
        verifier=verifier(PASSWORD, salt),
        sessions=(
            session(idle, since=now - IDLE_S - 60, seen=now - IDLE_S - 1),
            session(old, since=now - LONGEST_S - 1, seen=now),
            session(right, since=now - IDLE_S - 60, seen=now - IDLE_S + 60),
        ),
    )
    write_auth_state(auth_dir, state)
    app = starts(auth_dir=auth_dir)
    with signed_in(app.url) as here, signed_in(starts().url) as elsewhere:
        revoked, foreign = held(here), held(elsewhere)
        assert here.get("/api/instances").status_code == 200
        assert here.post("/logout").headers["location"] == "/login?out"
    # What makes the others fail must be their age, not the file: one of the same file opens.
    assert ask(app.port, "/api/instances", headers={"Cookie": f"{SESSION}={right}"}).status == 200
    return app, {
        "none": "",
        "empty": f"{SESSION}=",
        "forged": f"{SESSION}={secrets.token_urlsafe(32)}",
        "digest": f"{SESSION}={digest_of(right)}",
        "login": f"{SESSION}={digest_of(right)[:32]}",
        "changed": f"{SESSION}={right[:-1]}{'A' if right[-1] != 'A' else 'B'}",
        "idle": f"{SESSION}={idle}",
        "too old": f"{SESSION}={old}",
        "revoked": f"{SESSION}={revoked}",
        "another install": f"{SESSION}={foreign}",
        "long": f"{SESSION}={'x' * 3_000}",
        "other name": f"__Host-{SESSION}={right}",
        "none but junk": "=;;\x80=\xff; $Version=1",
    }


def was_let_in(answer: Answer) -> bool:
    """Anything but a refusal, a way to the sign-in, or an answer that the request was none."""
    to_sign_in = answer.status == 303 and re.search(
        r"\r\nlocation: /login(\?next=[^\r]*)?\r\n", answer.head + "\r\n"
    )
    return not (answer.status in REFUSED | {0, 400, 431} or to_sign_in)


def test_the_list_is_what_the_server_has(routes: list[tuple[str, str, list[str]]]) -> None:
    """The dangerous ones are known to be in it: else everything below would prove nothing."""
    paths = {path for _, path, _ in routes}
    assert {"/login", "/api/instances", "/api/changes", "/_stcore/stream", "/_stcore/metrics"} <= paths
    assert any(path.startswith("/media/") for path in paths)
    assert any("upload_file" in path for path in paths)
    assert any("/agent/" in path for path in paths)
    assert len(paths) > 20


def test_no_cookie_opens_anything_but_a_valid_one(
    routes: list[tuple[str, str, list[str]]], cookies: tuple[AppProcess, dict[str, str]]
) -> None:
    """Each route by each method with each cookie that does not count, over http and as a websocket."""
    app, bad = cookies
    let_in = []
    for _, path, methods in routes:
        for name, cookie in bad.items():
            for method in {*methods, "GET", "POST"} if path not in OPEN else ():
                answer = ask(app.port, path, method=method, headers={"Cookie": cookie, "Content-Length": "0"})
                if was_let_in(answer):
                    let_in.append((method, path, name, answer.status))
            answer = ask(app.port, path, headers={"Cookie": cookie}, upgrade=True)
            if answer.status != 403:
                let_in.append(("websocket", path, name, answer.status))
    assert not let_in


def test_no_spelling_of_a_path_opens_it(
    routes: list[tuple[str, str, list[str]]], cookies: tuple[AppProcess, dict[str, str]]
) -> None:
    """Nor does an odd spelling of an open path open anything: it is denied, not mended."""
    app, _ = cookies
    let_in = []
    for _, path, _ in routes:
        for name, trick in TRICKS.items():
            target = trick(path)
            if target.partition("?")[0] in OPEN:
                continue
            for upgrade in (False, True):
                answer = ask(app.port, target, upgrade=upgrade, headers={"Accept": "text/html"})
                if was_let_in(answer):
                    let_in.append((name, target, upgrade, answer.status))
    assert not let_in


def test_no_header_opens_a_path(
    routes: list[tuple[str, str, list[str]]], cookies: tuple[AppProcess, dict[str, str]]
) -> None:
    """Headers that proxies and other frameworks believe in change nothing."""
    app, _ = cookies
    let_in = []
    for _, path, _ in routes:
        for headers in PRETENCES:
            for upgrade in (False, True) if path not in OPEN else (True,):
                answer = ask(app.port, path, headers=headers, upgrade=upgrade)
                if was_let_in(answer):
                    let_in.append((path, headers, upgrade, answer.status))
    assert not let_in


def test_the_open_ones_are_open_and_tell_nothing(cookies: tuple[AppProcess, dict[str, str]]) -> None:
    """Health for the host, the sign-in page, its icon and typeface, the page of a link that is none.

    No version, no name, no instance.
    """
    app, _ = cookies
    assert [ask(app.port, path).status for path in sorted(OPEN - PAIR)] == [200, 200, 200, 200, 200, 303]
    assert [ask(app.port, path).status for path in sorted(PAIR)] == [404, 303, 303, 200]
    assert ask(app.port, "/healthz").body == b'{"status":"ok"}'
    for path in OPEN:
        assert not re.search(rb"(?i)streamlit|instances\"|0\.1\.0", ask(app.port, path).body), path
    for path in ("/healthz", "/_stcore/health", "/favicon.ico"):
        assert ask(app.port, path, method="POST", headers={"Content-Length": "0"}).status in {401, 405}


def test_every_answer_carries_the_headers(cookies: tuple[AppProcess, dict[str, str]]) -> None:
    """Refusals and open pages alike: no framing, no sniffing, a policy, and nothing is kept."""
    app, _ = cookies
    for path in ("/", "/login", "/healthz", "/api/instances", "/favicon.ico", "/_stcore/health"):
        head = ask(app.port, path).head.lower()
        for line in ("x-frame-options: deny", "x-content-type-options: nosniff", "cache-control: no-store"):
            assert line in head, (path, line)
        assert "default-src 'none'" in head
        assert "access-control-allow-origin" not in head


def test_nothing_on_disk_signs_anybody_in(cookies: tuple[AppProcess, dict[str, str]], tmp_path: Path) -> None:
    """Neither the password nor a cookie's text lies in AUTH_DIR or in the log."""
    app, _ = cookies
    with signed_in(app.url) as client:
        token, device = held(client), held(client, "wa_device")
        files = [path for path in app.auth_dir.rglob("*") if path.is_file()]
        assert any(path.name == "door.json" for path in files)
        content = b"".join(path.read_bytes() for path in files) + app.log_text().encode()
        assert digest_of(token).encode() in content
        for secret in (token, device, PASSWORD):
            assert secret.encode() not in content
        assert (app.auth_dir / "door.json").stat().st_mode & 0o777 == 0o600
