"""A disk that fills up under a running app, as a person sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.fillable_disk import needs_mounts, tmpfs
from tests.support.visitor import CONNECTED

LOOKED_AT_MS = 15_000


@needs_mounts
def test_a_full_disk_is_told_on_the_open_page_and_goes_by_itself(
    app_process: StartApp,
    visit: Visit,
    tmp_path: Path,
    emulator: Emulator,
    fresh_number: Callable[[], str],
) -> None:
    """A banner above the list, which stays; when there is room the banner goes and the instance is back."""
    with tmpfs(tmp_path / "disk", size="24m") as disk:
        app = app_process(auth_dir=disk.path / "whatsapp_auth")
        app.wait_healthy()
        person = visit(app).open()
        number = fresh_number()
        emulator.add_phone(number, "Dona")
        person.create("Loja")
        emulator.scan(number=number, qr=person.read_qr())
        person.sees_state(CONNECTED)
        disk.fill()
        banner = person.by_key("storage-trouble")
        expect(banner).to_contain_text("Nada pode ser guardado agora", timeout=LOOKED_AT_MS)
        expect(banner).to_contain_text("O disco está cheio")
        expect(person.by_key("status")).to_contain_text("O disco está cheio")
        disk.free()
        expect(banner).to_have_count(0, timeout=LOOKED_AT_MS)
        person.sees_state(CONNECTED)
        assert len(emulator.devices_of(number)) == 1
        app.stop()
