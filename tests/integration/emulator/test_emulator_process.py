"""The emulator as a process: restart, end, and what it must not do."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.conftest import StartCore
from tests.emulator.handle import Emulator
from tests.emulator.patch_core import WHATSAPP_ROOT_KEY, installed_neonize, patched_neonize
from tests.support.neonize_core import CoreProcess
from tests.support.polling import eventually
from tests.support.processes import is_alive

ROOT = Path(__file__).resolve().parents[3]


def test_a_second_start_is_the_same_server(tmp_path: Path) -> None:
    """Root key, certificate and ports survive a restart, so patched clients keep working."""
    emulator = Emulator(tmp_path)
    seen = []
    for _ in range(2):
        with emulator:
            seen.append((emulator.root_key, emulator.proxy, emulator.control, Path(emulator.ca).read_bytes()))
    assert seen[0] == seen[1]


def test_linked_devices_survive_a_restart_of_the_server(
    tmp_path: Path, fresh_number: Callable[[], str]
) -> None:
    """A connected core notices the outage and comes back by itself once the server does, still linked."""
    number, emulator = fresh_number(), Emulator(tmp_path / "emulator")
    with emulator:
        environment = emulator.environment(patched_neonize(tmp_path / "core", emulator.root_key))
        core = CoreProcess(tmp_path / "store.db", environment=environment)
        emulator.scan(number=number, qr=core.wait("qr")["code"])
        core.wait("connected")
    with core, emulator:
        core.wait("connected", after=1)
        assert len(emulator.logins_of(number)) == 1
        assert core.count("qr") == 1


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A killed parent leaves no emulator behind."""
    code = (
        "import os, pathlib, signal, sys\n"
        "from tests.emulator.handle import Emulator\n"
        "emulator = Emulator(pathlib.Path(sys.argv[1]))\n"
        "emulator.start()\n"
        "print(emulator.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    pid = int(parent.stdout)
    if psutil.pid_exists(pid):
        process = psutil.Process(pid)
        eventually(lambda: not is_alive(process), timeout=5, seen=lambda: process)


def test_a_client_killed_at_any_moment_leaves_no_traceback(emulator: Emulator, start_core: StartCore) -> None:
    """Clients that vanish before, during and after the handshake are no error of the emulator's."""
    for moment in ("started", "qr"):
        core = start_core()
        core.wait(moment)
        core.kill()
    emulator.wait_for(lambda s: not s.sessions, what="the end of the sessions")
    assert emulator.log_text() == ""
    assert emulator.state().errors == ()


def test_the_core_contacts_nobody_but_whatsapp(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]
) -> None:
    """A client that pairs asks the proxy for no other host."""
    before = emulator.state().refused_hosts
    core = start_core()
    emulator.scan(number=fresh_number(), qr=core.wait("qr")["code"])
    core.wait("connected")
    assert emulator.state().refused_hosts == before


def test_the_installed_library_is_never_altered(patched_core: Path) -> None:
    """The patched copy trusts another key; the library the product loads is the genuine one."""
    (installed,) = installed_neonize().glob("neonize-*.so")
    (patched,) = (patched_core / "neonize").glob("neonize-*.so")
    genuine = installed.read_bytes()
    assert genuine.count(WHATSAPP_ROOT_KEY) == 1
    assert patched.read_bytes().count(WHATSAPP_ROOT_KEY) == 0
    assert hashlib.sha256(genuine).digest() != hashlib.sha256(patched.read_bytes()).digest()
    assert not patched.samefile(installed)
