"""The real app as a process: `streamlit run app.py`, with the emulator as its WhatsApp."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import psutil

from tests.emulator.handle import Emulator
from tests.support.polling import eventually
from tests.support.processes import MARKER, alive, descendants, end, family
from tests.support.signing_in import SESSION, held, signed_in, use_link

ROOT: Final = Path(__file__).resolve().parents[2]
_HTTP_S: Final = 5.0

# Never inherited: they would lead the app to a real network, or to somebody's real settings.
_NOT_INHERITED: Final = {"PYTHONPATH", "ALL_PROXY", "AUTH_DIR", "RENDER"}
_NOT_INHERITED_PREFIXES: Final = ("STREAMLIT_", "APP_", "OIDC_")


class AppProcess:
    """One start of the app on a free port, and its JSON interface.

    `stop` (or leaving the context) ends the process and everything it started, and nothing else.
    """

    def __init__(
        self,
        *,
        folder: Path,
        emulator: Emulator,
        core: Path,
        auth_dir: Path | None = None,
        env: Mapping[str, str] | None = None,
        password: str = "",
    ) -> None:
        self.password = password
        """What opens it; empty when a link does, or an identity provider."""
        self.opens_by_link = not password and not {"APP_PASSWORD", "OIDC_ISSUER"} & set(env or {})
        """Whether its start prints a sign-in link."""
        self.auth_dir = auth_dir or folder / "auth"
        """AUTH_DIR of the app; give another app process the same one to test a restart."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._marker = secrets.token_hex(8)
        self._environment = self._make_environment(
            emulator.environment(core), {**({"APP_PASSWORD": password} if password else {}), **(env or {})}
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[psutil.Process] = set()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._cookie = ""
        self._log_begin = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Life

    @property
    def pid(self) -> int:
        """Of the web process; raises `AssertionError` before `start`."""
        assert self._process is not None, "the app was not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the web process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and return at once; `wait_healthy` waits."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._cookie, self._log_begin = "", len(self.log_text())
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        command += ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        command += ["--server.headless", "true"]
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def terminate(self, *, timeout: float = 15.0) -> float:
        """Send SIGTERM; gives the seconds until it and all descendants it had are gone.

        Raises `AssertionError` naming those that are still there after `timeout`.
        """
        return self._signal(signal.SIGTERM, timeout)

    def kill(self, *, timeout: float = 15.0) -> float:
        """Send SIGKILL to the web process only; the same measure: its workers must notice by themselves."""
        return self._signal(signal.SIGKILL, timeout)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let the web process do nothing at all until the block ends; its workers go on."""
        web = psutil.Process(self.pid)
        web.suspend()
        try:
            yield
        finally:
            web.resume()

    def stop(self) -> None:
        """End whatever is left of it, orphans included; calling it again does nothing."""
        if self._process is None:
            return
        ours = {*self._known, *descendants(self._process.pid), *family(self._marker)}
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        end(ours | set(family(self._marker)))

    def descendants(self) -> list[psutil.Process]:
        """The processes it started that run now, grandchildren included."""
        found = descendants(self.pid)
        self._known.update(found)
        return found

    def orphans(self) -> list[psutil.Process]:
        """Processes of this app that outlived the web process; empty while it runs."""
        # What was seen while it ran counts too: only root may read the marker of processes that hide it.
        return [] if self.running else list({*family(self._marker), *alive(self._known)})

    def log_text(self) -> str:
        """Everything it printed."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    # Its door

    def link(self, timeout: float = 30.0) -> str:
        """The sign-in link that this start printed; waits for it. It works once, and `cookie` uses it."""
        return eventually(self._printed_link, timeout=timeout, seen=self.log_text)

    def cookie(self) -> str:
        """A session's cookie, the same each time: of the password or of the link; empty with a provider."""
        if not self._cookie and self.password:
            with signed_in(self.url, self.password) as client:
                self._cookie = held(client)
        elif not self._cookie and self.opens_by_link:
            self._cookie = use_link(self.link(), url=self.url)
        return self._cookie

    def link_cookie(self) -> str:
        """`cookie` while there is no password; empty when people have to sign in themselves."""
        return self.cookie() if self.opens_by_link else ""

    # Its JSON interface

    def wait_healthy(self, timeout: float = 30.0) -> float:
        """Wait until `/healthz` says ok; gives the seconds waited.

        Raises `AssertionError` with the log when it ends or `timeout` seconds pass first.
        """
        begin = time.monotonic()
        eventually(self._health_or_end, timeout=timeout, seen=self.log_text)
        if not self.running:
            raise AssertionError(f"the app ended by itself:\n{self.log_text()}")
        return time.monotonic() - begin

    def instances(self) -> list[dict[str, Any]]:
        """`GET /api/instances`: `id, name, state, reason, phone, since, restarts, worker_pid` of each."""
        found: list[dict[str, Any]] = self.get_json("/api/instances")
        return found

    def instance(self, id_or_name: str) -> dict[str, Any]:
        """That instance's snapshot; raises `AssertionError` when there is none."""
        found = self._find(id_or_name)
        assert found is not None, f"no instance {id_or_name!r} in {self.instances()}"
        return found

    def wait_instance(
        self, name_or_id: str, *, state: str | Collection[str], timeout: float = 20.0
    ) -> dict[str, Any]:
        """Wait until that instance is in (one of) the state(s); gives its snapshot."""
        wanted = {state} if isinstance(state, str) else set(state)

        def look() -> dict[str, Any] | None:
            found = self._find(name_or_id)
            return found if found is not None and found["state"] in wanted else None

        return eventually(
            look, timeout=timeout, seen=lambda: f"{name_or_id!r} in {wanted}, but {self.instances()}"
        )

    def get_json(self, path: str) -> Any:
        """The answer to a GET; raises `urllib.error.URLError` when the app does not answer or refuses.

        Signs in first, but for `/healthz`.
        """
        cookie = self._cookie if path == "/healthz" else self.cookie()
        request = urllib.request.Request(self.url + path, headers={"Cookie": f"{SESSION}={cookie}"})
        with self._opener.open(request, timeout=_HTTP_S) as response:
            return json.load(response)

    # Inside

    @property
    def _log_file(self) -> Path:
        return self._folder / f"app-{self.port}.log"

    def _make_environment(self, network: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name.upper() not in _NOT_INHERITED and not name.startswith(_NOT_INHERITED_PREFIXES)
        }
        ours = {"AUTH_DIR": str(self.auth_dir), "PYTHONUNBUFFERED": "1", MARKER: self._marker}
        return {**inherited, **network, **ours, **extra}

    def _find(self, id_or_name: str) -> dict[str, Any] | None:
        return next((item for item in self.instances() if id_or_name in (item["id"], item["name"])), None)

    def _printed_link(self) -> str:
        if not self.running:
            raise AssertionError(f"the app ended by itself:\n{self.log_text()}")
        found = re.search(r"^Sign in: (\S+)$", self.log_text()[self._log_begin :], re.MULTILINE)
        return found[1] if found else ""

    def _health_or_end(self) -> bool:
        if not self.running:
            return True
        try:
            return bool(self.get_json("/healthz") == {"status": "ok"})
        except (OSError, ValueError):  # not listening yet, or the page answers before the route is there
            return False

    def _signal(self, number: signal.Signals, timeout: float) -> float:
        process = self._process
        assert process is not None, "the app was not started"
        watched = [psutil.Process(self.pid), *self.descendants()]
        begin = time.monotonic()
        process.send_signal(number)
        eventually(
            lambda: process.poll() is not None and not alive(watched),
            timeout=timeout,
            seen=lambda: f"still there: {[(p.pid, p.name()) for p in alive(watched)]}\n{self.log_text()}",
        )
        return time.monotonic() - begin


def free_port() -> int:
    """A TCP port on loopback nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
