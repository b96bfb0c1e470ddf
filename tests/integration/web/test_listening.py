"""Without a password the app listens for this machine alone, whatever it is told."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.integration.web.raw import ask
from tests.support.app_process import ROOT, free_port
from tests.support.polling import eventually
from tests.support.processes import descendants, end
from tests.support.signing_in import PASSWORD

STREAMLIT = [sys.executable, "-m", "streamlit", "run", "app.py"]
UVICORN = [sys.executable, "-m", "uvicorn", "app:app"]
SENTENCE = re.compile(r"APP_PASSWORD is not set, and the app would listen on .+ --server\.address localhost")
PROVIDER = {
    "OIDC_ISSUER": "http://127.0.0.1:1",
    "OIDC_CLIENT_ID": "app",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ALLOWED_EMAILS": "ana@example.test",
}


@dataclass
class Starts:
    """Starts the app by a command of one's own."""

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __call__(
        self, command: list[str], env: Mapping[str, str] | None = None, *, keep: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start it; `keep` are descriptors that it inherits."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("APP_", "OIDC_", "STREAMLIT_", "RENDER"))
        }
        ours = {"AUTH_DIR": str(self.folder / "auth"), "PYTHONUNBUFFERED": "1"}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**inherited, **ours, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=keep,
            )
        self.started.append(process)
        return process

    def said(self) -> str:
        """Everything that was printed."""
        return (self.folder / "log").read_text(errors="replace")


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    """All are ended with the test."""
    made = Starts(tmp_path)
    yield made
    for process in made.started:
        left = descendants(process.pid) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end(left)


def refused(starts: Starts, process: subprocess.Popen[bytes], port: int) -> None:
    """It ends by itself, with an exit code and a sentence, and answers nobody until then."""
    while process.poll() is None:
        answer = None
        with contextlib.suppress(OSError):
            answer = ask(port, "/healthz")
        assert answer is None or answer.status in (0, 503), answer
    process.wait(20)
    assert process.returncode != 0
    assert SENTENCE.search(starts.said()), starts.said()
    assert "Traceback" not in starts.said()


def serves(starts: Starts, process: subprocess.Popen[bytes], port: int) -> None:
    """It answers `/healthz`."""

    def look() -> bool:
        assert process.poll() is None, starts.said()
        with contextlib.suppress(OSError):
            return ask(port, "/healthz").status == 200
        return False

    eventually(look, timeout=30, seen=starts.said)


def addresses(process: subprocess.Popen[bytes], port: int) -> set[str]:
    """Where the process listens on that port."""
    found = psutil.Process(process.pid).net_connections("tcp")
    return {each.laddr.ip for each in found if each.status == "LISTEN" and each.laddr.port == port}


@pytest.mark.parametrize("env", [{}, {"RENDER": "true"}], ids=["anywhere", "Render"])
@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_every_address_is_refused(starts: Starts, address: str, env: dict[str, str]) -> None:
    """As the command line says; on Render too, should the password be taken out of the blueprint."""
    port = free_port()
    command = [*STREAMLIT, "--server.port", str(port), "--server.address", address]
    refused(starts, starts(command, env), port)


@pytest.mark.parametrize("how", ["variable", "uvicorn"])
def test_however_the_address_is_given(starts: Starts, how: str) -> None:
    """In the environment, or to another command than Streamlit's."""
    port = free_port()
    if how == "variable":
        command, env = STREAMLIT, {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_SERVER_PORT": str(port)}
    else:
        command, env = [*UVICORN, "--host", "0.0.0.0", "--port", str(port)], {}
    refused(starts, starts(command, env), port)


def test_a_socket_that_was_bound_before_counts(starts: Starts) -> None:
    """The server is handed a socket for everybody while its settings speak of this machine."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        process = starts([*UVICORN, "--fd", str(listener.fileno())], keep=(listener.fileno(),))
    refused(starts, process, port)
    assert "Sign in:" not in starts.said()
    assert not (starts.folder / "auth" / "sign-in.link").exists()


def test_the_link_names_the_port_of_a_socket_that_was_bound_before(starts: Starts) -> None:
    """Which the server's settings do not know."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = starts([*UVICORN, "--fd", str(listener.fileno())], keep=(listener.fileno(),))
    serves(starts, process, port)
    line = f"Sign in: http://localhost:{port}/login?link="
    eventually(lambda: line in starts.said(), timeout=5, seen=starts.said)


def test_without_an_address_it_listens_on_this_machine(starts: Starts) -> None:
    """Streamlit's own default is every address; the project's is not."""
    port = free_port()
    process = starts([*STREAMLIT, "--server.port", str(port)])
    serves(starts, process, port)
    assert addresses(process, port) == {"127.0.0.1"}
    assert f"Sign in: http://localhost:{port}/login?link=" in starts.said()


@pytest.mark.parametrize("env", [{"APP_PASSWORD": PASSWORD}, PROVIDER], ids=["password", "provider"])
def test_with_a_sign_in_every_address_is_fine(starts: Starts, env: dict[str, str]) -> None:
    """As on Render; and there is no link then."""
    port = free_port()
    process = starts([*STREAMLIT, "--server.port", str(port), "--server.address", "0.0.0.0"], env)
    serves(starts, process, port)
    assert "0.0.0.0" in addresses(process, port)
    assert "Sign in:" not in starts.said()


def test_under_plain_uvicorn_the_link_is_not_in_the_access_log(starts: Starts) -> None:
    """Its log of requests names whole addresses; Streamlit switches it off, the command does not."""
    port = free_port()
    process = starts([*UVICORN, "--host", "127.0.0.1", "--port", str(port)])
    serves(starts, process, port)
    found = re.search(rf"^Sign in: http://localhost:{port}(/login\?link=(\S+))$", starts.said(), re.MULTILINE)
    assert found, starts.said()
    assert ask(port, found[1]).status == 303
    assert ask(port, found[1]).status == 403
    process.terminate()
    process.wait(20)
    assert starts.said().count(found[2]) == 1
