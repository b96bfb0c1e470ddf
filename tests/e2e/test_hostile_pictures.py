"""Pictures made to kill, in a real browser and the real process: refusals, and memory as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.hostile_visit import TOTAL, HostileVisit, Watch, store
from tests.support.media_samples import image
from tests.support.pairing import pair_instances

GROWTH_MB = 40
HEALTHY_S = 0.2


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_two_hundred_hostile_pictures_cost_the_web_process_nothing(
    app_process: StartApp,
    emulator: Emulator,
    patched_core: Path,
    tmp_path: Path,
    visit: Visit,
    fresh_number: Callable[[], str],
) -> None:
    """Stored, arriving, opened, as profile pictures, as uploads, as stickers: the page goes on working."""
    owner, friend = fresh_number(), fresh_number()
    emulator.add_phone(friend, "Amiga")
    [instance_id] = pair_instances(tmp_path / "auth", emulator, patched_core, [owner])
    store(tmp_path / "auth" / instance_id)
    app = app_process(auth_dir=tmp_path / "auth")
    app.wait_healthy()
    app.wait_instance(instance_id, state="connected")
    assert TOTAL >= 200
    with visit(app) as person:
        page = HostileVisit(person, emulator, instance_id, owner, friend)
        page.warm()
        with Watch(app) as watch:
            page.suffer()
        page.upload("Imagem", [("afterwards.png", image("PNG", 320, 200))])
        expect(person.by_key("send")).to_be_visible()
    print(
        f"growth {watch.growth_mb:.1f} MB; /healthz: slowest of {len(watch.waits)} {max(watch.waits):.3f} s"
    )
    assert watch.growth_mb < GROWTH_MB
    # One in a thousand is the machine's: Chromium, the emulator and the app share its cores.
    assert sorted(watch.waits)[int(0.999 * len(watch.waits))] < HEALTHY_S, sorted(watch.waits)[-9:]
    assert "Traceback" not in app.log_text()
    assert app.instance(instance_id)["restarts"] == 0
