"""The persistence light on real mounts, over real starts of the app."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.hosting.persistence.host import Host
from core.hosting.persistence.start_history import BOOTS_FILE, load
from core.hosting.persistence.start_recorder import StartRecorder
from core.models.persistence import HostKind, PersistenceStatus, PersistenceView
from core.settings import Settings
from tests.conftest import StartApp
from tests.support.app_process import AppProcess
from tests.support.polling import eventually

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount file systems"
)


@contextmanager
def mounted(folder: Path, *how: str) -> Iterator[Path]:
    """Something mounted at ``folder`` while the context lasts."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", *how, str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real bind mount, as a container sees its disk; its name has a blank."""
    behind = tmp_path / "behind"
    behind.mkdir()
    with mounted(tmp_path / "my disk", "--bind", str(behind)) as point:
        yield point


def look(auth_dir: Path, kind: HostKind, machine: str = "m1") -> PersistenceView:
    """A start on ``auth_dir``, with the machine's own table of mounts."""
    auth_dir.mkdir(exist_ok=True)
    settings = Settings(auth_dir, False, "en", "INFO", 50, auth_dir_as_given=str(auth_dir))
    recorder = StartRecorder(settings, Host(kind, machine, ""))
    recorder.record([])
    return recorder.view()


def test_a_real_bind_mount_is_found_and_proves_itself(disk: Path) -> None:
    """Its point is not AUTH_DIR itself; amber at first, green for another machine."""
    first = look(disk / "whatsapp_auth", HostKind.DOCKER)
    assert first.mount is not None
    assert (first.status, first.reason, first.mount.point) == (
        PersistenceStatus.AMBER,
        "not-proven",
        str(disk),
    )
    assert look(disk / "whatsapp_auth", HostKind.DOCKER, "m2").status is PersistenceStatus.GREEN


def test_a_real_tmpfs_is_red_for_ever(tmp_path: Path) -> None:
    """On a host and on one's own machine; a changed machine does not help it."""
    with mounted(tmp_path / "memory", "-t", "tmpfs", "-o", "size=1m", "tmpfs") as point:
        for kind in (HostKind.RENDER, HostKind.LOCAL):
            for machine in ("m1", "m2"):
                view = look(point / "auth", kind, machine)
                assert view.mount is not None
                assert (view.status, view.reason) == (PersistenceStatus.RED, "temporary-file-system")
                assert (view.mount.point, view.mount.file_system) == (str(point), "tmpfs")


def test_the_same_folder_without_its_mount_is_red(disk: Path, tmp_path: Path) -> None:
    """Beside the mount, on the root of a container: nothing of the disk counts for it."""
    view = look(tmp_path / "auth", HostKind.RENDER)
    assert view.reason in ("covered-by-root", "temporary-file-system")
    assert view.status is PersistenceStatus.RED


def test_a_real_read_only_or_full_disk_costs_only_the_entry(tmp_path: Path) -> None:
    """The start goes on; what is on the disk is what was there."""
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=64k", "tmpfs") as point:
        look(point / "auth", HostKind.LOCAL)
        before = (point / "auth" / BOOTS_FILE).read_bytes()
        _fill(point / "filler")
        look(point / "auth", HostKind.LOCAL)
        assert (point / "auth" / BOOTS_FILE).read_bytes() == before
        subprocess.run(["mount", "-o", "remount,ro", str(point)], check=True)
        look(point / "auth", HostKind.LOCAL)
        assert (point / "auth" / BOOTS_FILE).read_bytes() == before
        assert [path.name for path in (point / "auth").iterdir()] == [BOOTS_FILE]


def test_starts_of_the_app_turn_the_light_green(disk: Path, app_process: StartApp) -> None:
    """Deploys as Render makes them, one of them after a kill: amber, green, counted; once a start."""
    auth_dir = disk / "whatsapp_auth"
    says = [
        _start(app_process, auth_dir, instance="srv-a-1", commit="c1"),
        _start(app_process, auth_dir, instance="srv-a-1", commit="c1", kill=True),
        _start(app_process, auth_dir, instance="srv-a-2", commit="c1"),
        _start(app_process, auth_dir, instance="srv-a-2", commit="c2"),
    ]
    assert says == [
        "amber (not-proven), 0 restarts, 0 of them deploys",
        "amber (restarts-only), 1 restarts, 0 of them deploys",
        "green (outlived-deploy), 2 restarts, 1 of them deploys",
        "green (outlived-deploy), 3 restarts, 2 of them deploys",
    ]
    history, damaged = load(auth_dir)
    assert history is not None
    assert (damaged, len(history.recent), history.restarts, history.deploys) == (False, 4, 3, 2)
    assert b"srv-a" not in (auth_dir / BOOTS_FILE).read_bytes()
    shutil.rmtree(auth_dir)  # a disk made anew
    assert _start(app_process, auth_dir, instance="srv-a-3", commit="c3").startswith("amber (not-proven), 0 ")
    history, _ = load(auth_dir)
    assert history is not None
    assert history.began_empty


def test_the_app_warns_of_a_folder_that_a_deploy_clears(app_process: StartApp, tmp_path: Path) -> None:
    """In its log, as a warning, with the reason."""
    says = _start(app_process, tmp_path / "auth", instance="srv-a-1", commit="c1")
    assert says.startswith(("red (covered-by-root)", "red (temporary-file-system)"))


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        filler.writelines([bytes(4096)] * 1_000)


def _start(app_process: StartApp, auth_dir: Path, *, instance: str, commit: str, kill: bool = False) -> str:
    """One start until the folder is open; gives what it logged of the light."""
    env = {"RENDER": "true", "RENDER_INSTANCE_ID": instance, "RENDER_GIT_COMMIT": commit}
    app = app_process(auth_dir=auth_dir, env=env)
    before = app.log_text().count(_SAYS)
    app.wait_healthy()
    line: str = eventually(lambda: _said(app, before), timeout=15, seen=app.log_text)
    if kill:
        app.kill()
    else:
        app.terminate()
    return line


def _said(app: AppProcess, before: int) -> str | None:
    lines = [line for line in app.log_text().splitlines() if _SAYS in line]
    return lines[-1].split(": ", 1)[1] if len(lines) > before else None


_SAYS = "persistence of "
