"""A hundred instances in few processes, beside the same hundred in a process each: start, memory, a crash.

`python -m tests.bench.packed 1 10 20` measures these numbers of instances to a worker alone, in turn.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import psutil

from core.settings import read_settings
from tests.bench.site import Site, own_site
from tests.bench.table import Row, as_markdown, row
from tests.support.app_process import AppProcess
from tests.support.polling import eventually

MANY: Final = 100
RUNS: Final = 3
SETTLED_S: Final = 60.0
IDLE_S: Final = 600.0
MB: Final = 1024 * 1024


def measure(site: Site) -> list[Row]:
    """As many instances to a worker as the app puts there unless it is told otherwise."""
    return measure_seats(site, read_settings({}).instances_per_worker, site.paired(MANY))


def measure_seats(site: Site, seats: int, auth_dir: Path) -> list[Row]:
    """So many instances to a worker, over the hundred that are paired in ``auth_dir``."""
    starts, whole, each, web, kills = [], [], [], [], []
    idle: list[float] = []
    for _ in range(RUNS):
        with site.app(auth_dir, env={"INSTANCES_PER_WORKER": str(seats)}) as app:
            starts.append(connected_after(app, MANY))
            assert not [one for one in app.instances() if one["restarts"]], "an instance needed a second try"
            family = {pid: _pss(pid) for pid in pids_of(app)}
            workers = Counter(one["worker_pid"] for one in app.instances())
            (first, inside), *_ = workers.most_common(1)
            in_workers = sum(family[pid] for pid in workers)
            whole.append(sum(family.values()))
            web.append(family[app.pid])
            beyond = (in_workers - family[first]) / (MANY - inside) if inside < MANY else 0.0
            each.append(beyond)
            if not idle:
                idle.append(_idle(app))
            kills.append(_killed(app, first))
    name = f"{seats} to a worker: "
    return [
        row(f"{name}process start → {MANY} stored sessions connected", 5, "s", *starts),
        row("— PSS of everything, web process included", 450, "MB", *whole),
        row("— of it the web process", 450, "MB", *web),
        row("— PSS per instance beyond the first worker", 3.5, "MB", *each),
        row("— share of one core while nobody looks, ten minutes", 1, "%", *idle),
        row("— SIGKILL of a worker → its instances connected again", 1.5, "s", *kills),
    ]


def connected_after(app: AppProcess, count: int) -> float:
    """Return the seconds from now until so many are connected."""
    begin = time.monotonic()

    def connected() -> bool:
        try:
            return [each["state"] for each in app.instances()].count("connected") == count
        except (OSError, ValueError):
            return False  # not listening yet

    eventually(connected, timeout=60, seen=app.log_text)
    return time.monotonic() - begin


def pids_of(app: AppProcess) -> list[int]:
    """Return the processes of the app, the web process first."""
    return [app.pid, *(one.pid for one in app.descendants())]


def memory_of(pids: Iterable[int]) -> float:
    """Return the PSS of these processes together, in MB."""
    return sum(map(_pss, pids))


def _pss(pid: int) -> float:
    return float(psutil.Process(pid).memory_full_info().pss) / MB


def _idle(app: AppProcess) -> float:
    """Percent of a core that all its processes take together once they have settled and nothing happens."""
    time.sleep(SETTLED_S)
    before, begin = processor_of(pids_of(app)), time.monotonic()
    time.sleep(IDLE_S)
    return 100 * (processor_of(pids_of(app)) - before) / (time.monotonic() - begin)


def processor_of(pids: Iterable[int]) -> float:
    """Return the seconds of processor that these processes took so far."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def _killed(app: AppProcess, pid: int) -> float:
    """Seconds until the instances of a worker that is killed are connected again; no other one notices."""
    before = app.instances()
    inside = {each["id"] for each in before if each["worker_pid"] == pid}

    def back() -> bool:
        return all(
            each["state"] == "connected" and each["worker_pid"] not in (None, pid)
            for each in app.instances()
            if each["id"] in inside
        )

    def others(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in instances if each["id"] not in inside]

    begin = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    eventually(back, timeout=30, seen=app.instances)
    took = time.monotonic() - begin
    assert others(app.instances()) == others(before)
    return took


def main() -> None:
    """Measure the numbers of instances to a worker that are given, and print the table."""
    with own_site() as site:
        auth_dir = site.paired(MANY)
        rows = [line for seats in sys.argv[1:] for line in measure_seats(site, int(seats), auth_dir)]
        print(as_markdown(rows))


if __name__ == "__main__":
    main()
