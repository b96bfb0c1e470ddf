"""What pictures cost that were made to kill: memory of the web process, and its answers meanwhile."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.bench.inbox import connected
from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.hostile_visit import TOTAL, HostileVisit, Watch, store
from tests.support.visitor import Visitor


def measure(site: Site, browser: Browser) -> list[Row]:
    """One visit among all of them; everything was done once before with honest pictures."""
    auth_dir, friend = site.paired(1), site.number()
    [folder] = [each for each in auth_dir.iterdir() if (each / "instance.json").exists()]
    store(folder)
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        [instance] = connected(app, 1)
        visit = HostileVisit(person, site.emulator, instance["id"], instance["phone"], friend)
        visit.warm()
        with Watch(app) as watch:
            visit.suffer()
    return [
        row(f"memory under {TOTAL} hostile pictures: growth of the web process", 40, "MB", watch.growth_mb),
        row("— /healthz answers meanwhile, the slowest", 0.2, "s", max(watch.waits)),
    ]
