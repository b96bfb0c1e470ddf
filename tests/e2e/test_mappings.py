"""Whatever people do on the pages, the web process maps no file of AUTH_DIR: a full disk cannot end it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.usage import UsageHistory, UsageSample
from core.store import usage_file
from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.mappings import MappingWatch
from tests.support.pairing import pair_instances
from tests.support.visitor import CONNECTED

PATHS = (
    *("/", "/instance?id={id}", "/messages?id={id}"),
    *("/import", "/storage", "/alerts", "/guide", "/diagnostics", "/audit", "/more"),
)


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")
def test_no_page_and_no_press_maps_a_file(
    app_process: StartApp,
    emulator: Emulator,
    patched_core: Path,
    visit: Visit,
    fresh_number: Callable[[], str],
    tmp_path: Path,
) -> None:
    """Every page with all it shows, a message, an unlinking and the trash; nor is pandas loaded (80 MB)."""
    auth_dir, contact = tmp_path / "auth", fresh_number()
    emulator.add_phone(contact)
    unlinked, deleted = pair_instances(auth_dir, emulator, patched_core, [fresh_number(), fresh_number()])
    yesterday = time.time() - 86_400
    past = UsageHistory(tuple(UsageSample(yesterday + 3600 * hour, 5 * 1024**2) for hour in range(24)))
    usage_file.write_usage(auth_dir, past)
    app = app_process(auth_dir=auth_dir)
    with MappingWatch(app.pid, auth_dir) as watch:
        app.wait_healthy()
        for each in (unlinked, deleted):
            app.wait_instance(each, state="connected")
        person = visit(app)
        for path in PATHS:
            person.open(path.format(id=unlinked)).settled()
        person.open("/storage").page.locator(".vega-embed").locator("canvas, svg").first.wait_for()
        person.open(f"/messages?id={unlinked}").send(to=f"+{contact}", text="oi")
        person.sees_sent("oi")
        person.open(f"/instance?id={unlinked}").sees_state(CONNECTED)
        person.press_more("log-out")
        person.press("log-out-confirm")
        app.wait_instance(unlinked, state="logged_out")
        person.open(f"/instance?id={deleted}").press_more("delete")
        person.press("delete-confirm")
        person.unfold("trash")
        person.page.locator('[class*="st-key-restore-"]').get_by_role("button").click()
        person.by_key(f"open-{deleted}").wait_for()
        libraries = Path(f"/proc/{app.pid}/maps").read_text(encoding="utf-8")
        app.terminate()
    assert not list((auth_dir / unlinked).glob("session.db*")), "the keys went with the link"
    assert watch.looks > 500
    assert watch.found == set()
    for heavy in ("pandas", "numpy", "pyarrow"):
        assert f"/{heavy}/" not in libraries
