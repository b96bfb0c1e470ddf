"""Where a drill takes place: an emulator, paired instances, and the real app with hands in it."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Self

import psutil

from core.models.messages import SendState
from core.store import inbox_table, outbox_table, timeline
from core.store.inbox_table import Search
from tests.bench.site import Site
from tests.drills.counting import count_arrivals, count_sends
from tests.drills.hands import Hands, RefusedError
from tests.drills.inside import FOLDER, prepare
from tests.drills.report import Report
from tests.drills.traffic import Traffic
from tests.emulator.handle import Emulator
from tests.emulator.patch_core import patched_neonize
from tests.support.app_process import ROOT, AppProcess
from tests.support.pairing import pair_instances
from tests.support.polling import eventually
from tests.support.processes import alive

ALL: Final = 1_000_000
CONTACTS: Final = 12
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_OF_A_SESSION: Final = 3
"""Descriptors: Streamlit gives each one an event loop."""
CALM_S: Final = 90.0
"""How long the app may take until all is connected, written and settled after the last blow."""


class House:
    """One app on a folder of its own. Leaving the context ends all that was started."""

    def __init__(
        self, instances: int, *, auth_dir: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        """``auth_dir``: an empty folder, if it must lie somewhere in particular."""
        self._count = instances
        self._auth_dir = auth_dir
        self._env = env or {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
            self.emulator = stack.enter_context(Emulator(self.folder / "emulator"))
            self.core = patched_neonize(self.folder / "core", self.emulator.root_key)
            prepare(self.core, ROOT)
            self.site = Site(self.folder, self.emulator, self.core)
            self.auth_dir = self._auth_dir or self.folder / "auth"
            self.notes = self.folder / "notes"
            self.notes.mkdir()
            self.hands = Hands(self.notes)
            self.numbers = [self.site.number() for _ in range(self._count)]
            self.contacts = [self.site.number() for _ in range(CONTACTS)]
            ids = pair_instances(self.auth_dir, self.emulator, self.core, self.numbers)
            self.ids: dict[str, str] = dict(zip(ids, self.numbers, strict=True))
            """Number by id."""
            self.app = self._make_app()
            stack.callback(self.app.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _make_app(self) -> AppProcess:
        env = {
            FOLDER: str(self.notes),
            "INBOX_MESSAGES": "100000",
            "MAX_INSTANCES": str(max(50, self._count)),
            "OPEN_BROWSER": "no",
            **self._env,
        }
        return AppProcess(
            folder=self.folder / "app",
            emulator=self.emulator,
            core=self.core,
            auth_dir=self.auth_dir,
            env=env,
        )

    # The app

    def route_through(self, proxy: str) -> None:
        """Have an app that is not started yet reach WhatsApp by another proxy."""
        self.set_environment(dict.fromkeys(_PROXIES, proxy))

    def set_environment(self, more: Mapping[str, str]) -> None:
        """Start the app, which is not started yet, with these variables too."""
        self._env = {**self._env, **more}
        self.app = self._make_app()
        self._stack.callback(self.app.stop)

    def descriptors(self) -> dict[str, int]:
        """How many the web process has open, and the worker that has most.

        Without those of sessions whose visitor has gone and may come back for two minutes.
        """
        workers = [psutil.Process(pid).num_fds() for pid in self.workers()]
        kept = _OF_A_SESSION * int(self.hands.ask("inside")["sessions"])
        return {
            "web process": psutil.Process(self.app.pid).num_fds() - kept,
            "worker": max(workers, default=0),
        }

    def connected(self) -> bool:
        """Whether all instances are connected, as the app says."""
        views = self.hands.views()
        return len(views) == self._count and all(view["state"] == "connected" for view in views)

    def wait_connected(self, *, since: float, press: bool = True) -> tuple[float, int]:
        """Wait for that; gives the seconds since then, and how often somebody had to press start.

        A worker that crashes again and again is left alone for minutes, until a person presses: here at once.
        """
        presses = 0
        deadline = time.monotonic() + CALM_S
        while True:
            views = self.hands.views()
            if len(views) == self._count and all(view["state"] == "connected" for view in views):
                return time.monotonic() - since, presses
            for view in views:
                if press and _is_left_alone(view):
                    try:
                        self.hands.ask("start", instance_id=view["id"])
                        presses += 1
                    except (OSError, RefusedError):
                        pass
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not connected within {CALM_S} s: {views}\n{self.app.log_text()[-4000:]}"
                )
            time.sleep(0.02)

    def workers(self) -> dict[int, list[str]]:
        """The instances in each worker, by its process id."""
        found: dict[int, list[str]] = {}
        for view in self.hands.views():
            if view["worker_pid"]:
                found.setdefault(view["worker_pid"], []).append(view["id"])
        return found

    def preloader(self) -> psutil.Process | None:
        """The process that workers are forked from."""
        for one in self.app.descendants():
            try:
                if "core.engine.preloader" in one.cmdline() and one.ppid() == self.app.pid:
                    return one
            except psutil.Error:
                continue
        return None

    # What is left at the end

    def settle(self) -> None:
        """Wait until nothing is on its way; verify what is not known, as a person would."""

        def settled() -> bool:
            states = [(one, self.hands.ask("sent", instance_id=one)) for one in self.ids]
            for instance_id, known in states:
                for key in (key for key, state in known.items() if state == "uncertain"):
                    self.hands.ask("verify", instance_id=instance_id, request_id=key)
            return not any("sending" in known.values() for _, known in states)

        eventually(settled, timeout=CALM_S, seen=self.app.log_text)

    def stop(self) -> list[psutil.Process]:
        """End the app in order; gives what it leaves running."""
        watched = [psutil.Process(self.app.pid), *self.app.descendants()] if self.app.running else []
        try:
            self.app.terminate(timeout=30)
        except AssertionError:
            return alive(watched)
        return self.app.orphans()

    def count(self, report: Report, traffic: Traffic, left: Sequence[psutil.Process]) -> None:
        """Add to ``report`` what became of all traffic, with the app at its end."""
        state = self.emulator.state()
        arrived: Counter[str] = Counter(message.text for message in state.messages)
        sends = count_sends(traffic.presses(), self._known_sends(), arrived)
        stored = self._stored()
        arrivals = count_arrivals(traffic.written(), self._had(), stored)
        report.tell("texts pressed", len(traffic.presses()))
        for end, count in sorted(sends.ends.items()):
            report.tell(f"— {end}", count)
        report.none_of("texts that arrived twice", sends.doubled)
        report.none_of("texts lost, or said wrongly", sends.lost)
        report.none_of("texts still on their way", sends.unsettled)
        report.tell("messages written to instances", len(traffic.written()))
        report.tell("— confirmed by the core, which died before Python had them", len(arrivals.in_core))
        report.none_of("arrivals lost that Python had", arrivals.lost)
        report.none_of("arrivals stored twice", arrivals.doubled)
        report.none_of("linked anew, or not linked", self._not_linked_once(state))
        report.none_of("logins that threw another out", self._replaced())
        report.none_of("processes left", [f"{one.pid} {one.name()}" for one in left])
        report.none_of("files left", self._files_left())
        report.none_of("errors inside the emulator", list(state.errors))
        report.none_of("unexpected errors in the app's log", self._tracebacks())

    def _known_sends(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for instance_id in self.ids:
            for one in outbox_table.read(self.auth_dir / instance_id, limit=ALL):
                found[one.request_id] = SendState(one.state).value
        return found

    def _stored(self) -> Counter[str]:
        return Counter(
            one.message.message_id
            for instance_id in self.ids
            for one in inbox_table.search(self.auth_dir / instance_id, Search(), limit=ALL)
        )

    def _had(self) -> set[str]:
        return {line for path in self.notes.glob("had-*") for line in path.read_text().split()}

    def _not_linked_once(self, state: Any) -> list[str]:
        return [one for one, number in self.ids.items() if len(state.devices_of(number)) != 1]

    def _replaced(self) -> list[str]:
        return [
            instance_id
            for instance_id in self.ids
            for entry in timeline.entries(self.auth_dir / instance_id, limit=ALL)
            if "replaced" in entry.reason and "session" not in entry.reason
        ]

    def _files_left(self) -> list[str]:
        names = (str(path.relative_to(self.auth_dir)) for path in self.auth_dir.rglob("*") if path.is_file())
        return [
            name for name in names if ".corrupt-" in name or ".tmp" in name or name.startswith(".moving/")
        ]

    def _tracebacks(self) -> list[str]:
        return [line for line in self.app.log_text().splitlines() if "unhandled error" in line]


def _is_left_alone(view: Mapping[str, Any]) -> bool:
    return "crash" in str(view["reason"])


@contextmanager
def house(instances: int, **given: Any) -> Iterator[House]:
    """A house whose app is started and whose instances are connected."""
    with House(instances, **given) as made:
        begin = time.monotonic()
        made.app.start()
        made.wait_connected(since=begin)
        yield made
