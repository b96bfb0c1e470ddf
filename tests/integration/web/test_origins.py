"""Who may open a socket or do something: pages of ours only, told by scheme, host and port."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tests.emulator.handle import Emulator
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import ask, exchange
from tests.support.app_process import AppProcess
from tests.support.outside import Outside
from tests.support.signing_in import SESSION, held, signed_in

SOCKETS = ("/_stcore/stream", "/api/changes")
PATHS = (*SOCKETS, "/", "/nothing", "/_stcore/stream/", "/healthz", "/login")


def foreign(port: int) -> dict[str, dict[str, str]]:
    """Headers of pages that are not ours, and of what is no page."""
    here = f"http://127.0.0.1:{port}"
    origins = {
        "another port": f"http://127.0.0.1:{port + 1}",
        "the default port": "http://127.0.0.1",
        "another scheme": f"https://127.0.0.1:{port}",
        "the other name": f"http://localhost:{port}",
        "ipv6": f"http://[::1]:{port}",
        "mapped": f"http://[::ffff:127.0.0.1]:{port}",
        "null": "null",
        "none given": "",
        "a trailing dot": f"http://127.0.0.1.:{port}",
        "userinfo": f"http://x@127.0.0.1:{port}",
        "a path": here + "/",
        "a list": f"{here}, http://evil.example",
        "another site": "https://evil.example",
        "the streamlit default": "http://localhost:3000",
        "every address": f"http://0.0.0.0:{port}",
        "a word": "localhost",
    }
    return {name: {"Origin": origin} for name, origin in origins.items()}


@pytest.fixture(scope="module")
def watched(
    starts: Starts, _emulator: Emulator, patched_core: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[AppProcess, Outside]:
    """An app whose every wish for another host is written down."""
    outside = Outside(tmp_path_factory.mktemp("outside"), _emulator.environment(patched_core))
    outside.prove()
    return starts(env=outside.environment), outside


def test_no_foreign_page_opens_a_socket(watched: tuple[AppProcess, Outside]) -> None:
    """With the owner's cookie, on every path, before it is accepted; and nobody outside is asked about it."""
    app, outside = watched
    with signed_in(app.url) as person:
        cookie = {"Cookie": f"{SESSION}={held(person)}"}
        for path in PATHS:
            for name, headers in foreign(app.port).items():
                answer = ask(app.port, path, headers={**cookie, **headers}, upgrade=True)
                assert answer.status == 403, (path, name, answer)
            assert ask(app.port, path, headers=cookie, upgrade=True).status == 403, "no origin at all"
        for path in SOCKETS:
            own = {**cookie, "Origin": app.url}
            assert ask(app.port, path, headers=own, upgrade=True).status == 101
        for headers in foreign(app.port).values():
            for path in ("/", "/_stcore/health", "/_stcore/host-config", "/media/x", "/api/instances"):
                person.get(path, headers=headers)
    assert outside.tried() == []


def test_two_origins_or_two_hosts_are_one_too_many(app: AppProcess) -> None:
    """Whichever of them is ours."""
    with signed_in(app.url) as person:
        lines = [
            "GET /api/changes HTTP/1.1",
            f"Cookie: {SESSION}={held(person)}",
            *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
    for more in (
        [f"Host: 127.0.0.1:{app.port}", f"Origin: {app.url}", "Origin: https://evil.example"],
        [f"Host: 127.0.0.1:{app.port}", "Origin: https://evil.example", f"Origin: {app.url}"],
        [f"Host: 127.0.0.1:{app.port}", f"Origin: {app.url}", f"Origin: {app.url}"],
        [f"Host: 127.0.0.1:{app.port}", "Host: evil.example", f"Origin: {app.url}"],
        ["Host: evil.example", f"Origin: {app.url}"],
        [f"Origin: {app.url}"],
        ["Host:", f"Origin: {app.url}"],
    ):
        answer = exchange(app.port, ("\r\n".join([*lines, *more]) + "\r\n\r\n").encode(), timeout=1)
        assert answer[9:12] in (b"400", b"403"), (more, answer)


def test_an_https_edge_is_part_of_the_address(starts: Starts) -> None:
    """On Render the page is https, with or without its port written out; http is another page then."""
    app = starts(env={"RENDER": "true"})
    base = {"X-Forwarded-Proto": "https", "Host": "app.example", "Cookie": ""}
    with signed_in(app.url) as person:
        cookie = f"__Host-{SESSION}={held(person)}"
        for origin, status in {
            "https://app.example": 101,
            "https://app.example:443": 101,
            "http://app.example": 403,
            "https://app.example:8443": 403,
        }.items():
            lines = [
                f"{name}: {value}" for name, value in {**base, "Cookie": cookie, "Origin": origin}.items()
            ]
            lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
            data = "\r\n".join(["GET /api/changes HTTP/1.1", *lines]) + "\r\n\r\n"
            assert int(exchange(app.port, data.encode(), timeout=1)[9:12]) == status, origin
    assert app.log_text().count("X-Forwarded-Proto") == 1, "what is wrong with a proxy is said once"


@pytest.mark.parametrize("path", ["/_stcore/upload_file/a/b", "/api/instances", "/", "/_stcore/health", "/x"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_no_foreign_page_changes_anything(app: AppProcess, method: str, path: str) -> None:
    """Another port of this host, too; a program without a page is let through to what there is."""
    with signed_in(app.url) as person:

        def status(headers: dict[str, str]) -> int:
            answer: httpx2.Response = person.request(method, path, headers=headers, content=b"x")
            return answer.status_code

        for name, headers in foreign(app.port).items():
            assert status(headers) == 403, name
        assert status({"Sec-Fetch-Site": "same-site"}) == 403
        assert status({"Origin": app.url}) in {404, 405}
