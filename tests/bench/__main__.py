"""Runs every measurement in turn and prints the table. Takes about six minutes on 2 cores."""

from __future__ import annotations

import platform

import psutil

from tests.bench import (
    beside_baileys,
    cold_open,
    conversation_pages,
    conversation_store,
    dear_requests,
    door,
    hostile,
    inbox,
    live,
    long_list,
    moving,
    packed,
    pages,
    processes,
    sends,
    usage,
)
from tests.bench.site import own_site
from tests.bench.table import as_markdown
from tests.support.visitor import chromium


def main() -> None:
    """Measure and print."""
    with own_site() as site:
        with chromium() as browser:
            rows = (
                pages.measure(site, browser)
                + cold_open.measure(site, browser)
                + long_list.measure(site, browser)
                + live.measure(site, browser)
            )
            rows += conversation_pages.measure(site, browser)
            rows += inbox.measure(site, browser)
            rows += hostile.measure(site, browser)
        rows += processes.measure(site)
        rows += packed.measure(site)
        rows += sends.measure(site)
        rows += beside_baileys.measure(site)
        rows += conversation_store.measure(site.folder())
        rows += moving.measure(site.folder())
        rows += usage.measure(site)
        rows += door.measure(site.folder())
        rows += dear_requests.measure(site)
    print(f"\n{psutil.cpu_count()} cores, {platform.system()} {platform.machine()}, ", end="")
    print(f"Python {platform.python_version()}, WhatsApp emulated on the same machine\n")
    print(as_markdown(rows))


if __name__ == "__main__":
    main()
