"""`AppProcess` itself, with a stand-in for the app: a program that serves the same two addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.handle import Emulator
from tests.support import app_process as module
from tests.support.app_process import AppProcess
from tests.support.processes import is_alive

# Found first because the working directory is; keeps one child, which on SIGTERM of its parent is ended too.
STAND_IN = """
import http.server, json, os, signal, subprocess, sys, urllib.request
CHILD_ENDS = os.environ["CHILD_ENDS"] == "yes"
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) \\
    if CHILD_ENDS else subprocess.Popen(["sleep", "60"])
INSTANCES = [{"id": "a1", "name": "Loja", "state": "connected", "worker_pid": child.pid}]
ANSWERS = {"/healthz": {"status": "ok"}, "/api/instances": INSTANCES, "/env": dict(os.environ)}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/login?link=word":
            self.send_response(303); self.send_header("Set-Cookie", "wa_session_0a1b2c=in")
            self.send_header("Content-Length", "0"); self.end_headers()
            return
        if self.path != "/healthz" and self.headers["Cookie"] != "wa_session=in":
            self.send_response(401); self.end_headers()
            return
        self.send_response(200); self.end_headers()
        self.wfile.write(json.dumps(ANSWERS[self.path]).encode())
    def log_message(self, *_): print("asked", self.path)

def leave(*_):
    child.kill(); child.wait(); os._exit(0)

signal.signal(signal.SIGTERM, leave)
port = int(sys.argv[sys.argv.index("--server.port") + 1])
print(f"Sign in: http://localhost:{port}/login?link=word", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, request: pytest.FixtureRequest
) -> Iterator[AppProcess]:
    """A started stand-in whose child ends with it, or not (parameter)."""
    (tmp_path / "streamlit.py").write_text(STAND_IN)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "inherited")
    monkeypatch.setenv("AUTH_DIR", "inherited")
    env = {"CHILD_ENDS": getattr(request, "param", "yes")}
    with AppProcess(folder=tmp_path, emulator=emulator, core=tmp_path / "core", env=env) as app:
        app.wait_healthy()
        yield app


def test_it_reads_instances_and_gives_the_app_only_the_emulator(
    stand_in: AppProcess, emulator: Emulator, tmp_path: Path
) -> None:
    """Instances are found by id and by name; nothing of the caller's own environment leaks in."""
    assert stand_in.instance("a1") == stand_in.instance("Loja")
    assert stand_in.wait_instance("Loja", state="connected")["id"] == "a1"
    with pytest.raises(AssertionError, match="Loja"):
        stand_in.wait_instance("Loja", state="stopped", timeout=0.1)
    env = stand_in.get_json("/env")
    assert (env["HTTPS_PROXY"], env["SSL_CERT_FILE"]) == (emulator.proxy, emulator.ca)
    assert (env["PYTHONPATH"], env["AUTH_DIR"]) == (str(tmp_path / "core"), str(tmp_path / "auth"))


def test_terminate_measures_until_the_last_descendant_is_gone(stand_in: AppProcess) -> None:
    """The child is counted in; afterwards there are no orphans."""
    (child,) = stand_in.descendants()
    seconds = stand_in.terminate()
    assert 0 < seconds < 5
    assert not is_alive(child)
    assert stand_in.orphans() == []


def test_a_killed_app_whose_child_notices_leaves_nothing(stand_in: AppProcess) -> None:
    """SIGKILL reaches only the web process; the child ends because its input did."""
    (child,) = stand_in.descendants()
    stand_in.kill()
    assert not is_alive(child)


@pytest.mark.parametrize("stand_in", ["no"], indirect=True)
def test_an_orphan_is_reported_and_cleaned_up(stand_in: AppProcess) -> None:
    """A child that outlives a killed app fails the measure by name, and `stop` still ends it."""
    (child,) = stand_in.descendants()
    with pytest.raises(AssertionError, match=f"still there: .*{child.pid}"):
        stand_in.kill(timeout=0.3)
    assert [orphan.pid for orphan in stand_in.orphans()] == [child.pid]
    stand_in.stop()
    assert not is_alive(child)
