"""What the dearest request costs that somebody who is not signed in can send."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.app_process import AppProcess
from tests.support.dear_requests import (
    OPEN_PATHS,
    Dear,
    cpu_seconds,
    dear_bodies,
    dear_headers,
    dear_heads,
)
from tests.support.signing_in import PASSWORD

SIZES = (30_000, 7_900)
HEADERS = ("Cookie", "Accept-Language", "X-Unknown")
"""Of all, those that are read most often; the tests try every one."""
TIMES = 4
"""Each is sent so often: the clock of a process ticks in hundredths."""


def measure(site: Site) -> list[Row]:
    """The dearest of each open path, in processor time of the whole process."""
    with site.app(password=PASSWORD) as app:
        app.wait_healthy()
        dearest = [max(_milliseconds(app, each) for each in _requests(app, path)) for path in OPEN_PATHS]
    return [row("dearest open request of a stranger, processor time", 50, "ms", *dearest)]


def _requests(app: AppProcess, path: str) -> Iterator[Dear]:
    for size in SIZES:
        for header in HEADERS:
            yield from dear_headers(app.port, path, header, size, upgrade=False)
        yield from dear_heads(app.port, path, size)
        yield from dear_bodies(app.port, path, size)


def _milliseconds(app: AppProcess, request: Dear) -> float:
    return cpu_seconds(app.pid, app.port, *[request] * TIMES) / TIMES * 1_000
