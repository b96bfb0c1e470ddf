"""The blueprint's start command as Render runs it: a bare environment, no root, a home without writing."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.support.app_process import free_port
from tests.support.blueprint import ROOT, service, variables
from tests.support.polling import eventually
from tests.support.processes import alive, descendants, end
from tests.support.unprivileged import NOBODY, command_as_nobody, core_limit, readable, why_not

HEALTHY_S: Final = 30.0
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user"
)


@dataclass
class DeployedApp:
    """The blueprint's app and folders that another user may enter: pytest's are root's alone."""

    root: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def auth_dir(self) -> Path:
        return Path(self.environment["AUTH_DIR"])

    @property
    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace")

    def start(self) -> subprocess.Popen[bytes]:
        """The blueprint's command, as it stands there, in the shell that Render uses."""
        with (self.root / "log").open("ab") as log:
            process = subprocess.Popen(
                command_as_nobody(["bash", "-c", service()["startCommand"]]),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def wait_healthy(self, process: subprocess.Popen[bytes]) -> None:
        """Until the blueprint's health path answers 200."""
        url = f"http://127.0.0.1:{self.environment['PORT']}{service()['healthCheckPath']}"

        def look() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"ended with {process.returncode}:\n{self.log}")
            try:
                with _OPENER.open(url, timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        eventually(look, timeout=HEALTHY_S, seen=lambda: self.log)


@pytest.fixture
def deployed() -> Iterator[DeployedApp]:
    """A disk that belongs to nobody, a home that takes no write, the variables of the blueprint."""
    root = Path(tempfile.mkdtemp(prefix="blueprint-"))
    root.chmod(0o755)
    disk, home = root / "disk", root / "home"
    disk.mkdir()
    os.chown(disk, NOBODY, NOBODY)
    home.mkdir(mode=0o555)
    mount = service()["disk"]["mountPath"]
    given = {
        name: entry["value"] if "value" in entry else secrets.token_urlsafe(32)
        for name, entry in variables(service()).items()
    }
    given["AUTH_DIR"] = given["AUTH_DIR"].replace(mount, str(disk), 1)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    made = DeployedApp(root, {**given, "PATH": path, "PORT": str(free_port()), "HOME": str(home)})
    if reason := why_not(ROOT, made.environment):
        shutil.rmtree(root)
        pytest.skip(reason)
    yield made
    for process in made.started:
        left = descendants(process.pid)
        if process.poll() is None:
            process.kill()
        process.wait()
        end(left)
    shutil.rmtree(root)


def test_it_serves_keeps_sessions_private_and_stops_in_order(deployed: DeployedApp) -> None:
    """Healthy within Render's patience, the folder made on the disk for its user alone, ended by SIGTERM."""
    process = deployed.start()
    deployed.wait_healthy(process)
    web = psutil.Process(process.pid)
    assert "streamlit" in " ".join(web.cmdline()), "exec: the shell is gone and the signal arrives"
    assert web.uids().real == NOBODY
    lock = deployed.auth_dir / "owner.lock"
    eventually(lock.exists, timeout=10, seen=lambda: deployed.log)
    found = deployed.auth_dir.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, NOBODY)
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    children = eventually(lambda: descendants(process.pid), timeout=10, seen=lambda: deployed.log)

    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(service()["maxShutdownDelaySeconds"])
    assert time.monotonic() - begin < service()["maxShutdownDelaySeconds"]
    assert "core.web.lifespan stopped" in deployed.log
    eventually(lambda: not alive(children), timeout=5, seen=lambda: alive(children))
    assert "Traceback" not in deployed.log
    assert deployed.environment["APP_PASSWORD"] not in deployed.log
    assert list((deployed.root / "home").iterdir()) == []


def test_nothing_of_it_is_open_to_another_process_of_its_user(deployed: DeployedApp) -> None:
    """Memory and environment of the web process and of all that it started; none of them leaves a core."""
    process = deployed.start()
    deployed.wait_healthy(process)
    children = eventually(lambda: descendants(process.pid), timeout=10, seen=lambda: deployed.log)
    family = [psutil.Process(process.pid), *children]
    assert {each.uids().real for each in family} == {NOBODY}

    def open_to_others() -> list[set[str]]:
        return [readable(each.pid, user=NOBODY) for each in family]

    # The preloader says nothing when it has begun.
    eventually(lambda: open_to_others() == [{"status"}] * len(family), timeout=10, seen=open_to_others)
    assert [core_limit(each.pid) for each in family] == [["0", "0"]] * len(family)
    assert all(deployed.environment["APP_PASSWORD"] not in child.environ().values() for child in children)
    control = subprocess.Popen(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "sleep", "20"]
    )
    try:
        eventually(lambda: psutil.Process(control.pid).name() == "sleep", timeout=5, seen=lambda: control)
        assert "environ" in readable(control.pid, user=NOBODY), "any other process of that user is open"
    finally:
        control.kill()
        control.wait()


def test_a_second_start_finds_the_folder_of_the_first(deployed: DeployedApp) -> None:
    """A redeploy: the old process ends, the new one owns the same folder."""
    for _ in range(2):
        process = deployed.start()
        deployed.wait_healthy(process)
        eventually(lambda: "using auth directory" in deployed.log, timeout=10, seen=lambda: deployed.log)
        process.send_signal(signal.SIGTERM)
        process.wait(service()["maxShutdownDelaySeconds"])
    assert deployed.log.count(f"using auth directory {deployed.auth_dir}") == 2
    assert "cannot use" not in deployed.log


def test_without_the_disk_it_serves_and_says_why(deployed: DeployedApp) -> None:
    """A mount path that is not there and cannot be made: the deploy is healthy, the page can tell."""
    os.chown(deployed.root / "disk", 0, 0)
    process = deployed.start()
    deployed.wait_healthy(process)
    eventually(lambda: "auth-dir-denied" in deployed.log, timeout=10, seen=lambda: deployed.log)
    assert process.poll() is None
    assert "Traceback" not in deployed.log
