"""Starts, ends and memory, with nobody looking."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.app_process import AppProcess
from tests.support.polling import eventually

RUNS = 3
MB = 1024 * 1024


def measure(site: Site) -> list[Row]:
    """Every process measurement, each on fresh apps."""
    twenty, five = site.paired(20), site.paired(4, unpaired=1)
    return [
        row("process start → /healthz answers", 3, "s", *(_healthy(site) for _ in range(RUNS))),
        *_twenty(site, twenty),
        row("SIGTERM with 5 instances, one showing a QR → all gone", 5, "s", *_ends(site, five, "terminate")),
        row("SIGKILL of the web process → its workers gone", 2, "s", *_ends(site, five, "kill")),
        _worker_killed(site, five),
    ]


def _healthy(site: Site) -> float:
    with site.app() as app:
        return app.wait_healthy()


def _all_connected(app: AppProcess, count: int) -> float:
    """Seconds until that many instances are connected, from now."""
    begin = time.monotonic()

    def connected() -> bool:
        try:
            return [each["state"] for each in app.instances()].count("connected") >= count
        except (OSError, ValueError):
            return False  # not listening yet

    eventually(connected, timeout=30, seen=app.log_text)
    return time.monotonic() - begin


def _twenty(site: Site, auth_dir: Path) -> list[Row]:
    starts, memory = [], []
    for _ in range(RUNS):
        with site.app(auth_dir) as app:
            starts.append(_all_connected(app, 20))
            pids = {each["worker_pid"] for each in app.instances()}
            pss = [psutil.Process(pid).memory_full_info().pss for pid in pids]
            memory.append(sum(pss) / 20 / MB)
    return [
        row("process start → 20 stored sessions connected", 5, "s", *starts),
        row("memory of workers, PSS, per instance of 20 connected", 3.5, "MB", *memory),
    ]


def _ends(site: Site, auth_dir: Path, how: str) -> list[float]:
    """Seconds until all processes are gone, with four connected and a fifth showing its QR.

    Each next run starts on what the one before left: it must connect all four without a new QR.
    """
    figures = []
    for _ in range(RUNS):
        with site.app(auth_dir) as app:
            _all_connected(app, 4)
            eventually(
                lambda: [each["state"] for each in app.instances()].count("pairing") == 1,
                timeout=10,
                seen=app.instances,
            )
            figures.append(app.terminate() if how == "terminate" else app.kill())
    return figures


def _worker_killed(site: Site, auth_dir: Path) -> Row:
    """SIGKILL of one worker of several, an instance in each; the others must not notice."""
    figures = []
    with site.app(auth_dir, env={"INSTANCES_PER_WORKER": "1"}) as app:
        _all_connected(app, 4)
        for victim in [each for each in app.instances() if each["state"] == "connected"][:RUNS]:
            figures.append(_kill_worker(app, victim))
    return row("SIGKILL of a worker of one instance → connected again", 3, "s", *figures)


def _kill_worker(app: AppProcess, victim: dict[str, Any]) -> float:
    def others() -> list[dict[str, Any]]:
        return [each for each in app.instances() if each["id"] != victim["id"]]

    def back() -> bool:
        now = app.instance(victim["id"])
        return now["state"] == "connected" and now["worker_pid"] not in (None, victim["worker_pid"])

    before = others()
    begin = time.monotonic()
    os.kill(victim["worker_pid"], signal.SIGKILL)
    eventually(back, timeout=15, seen=app.instances)
    took = time.monotonic() - begin
    assert others() == before
    return took
