"""The image's contents as they run: started as the image starts them, asked as it asks them.

These tests need no Docker. `make drill` goes through the Dockerfile's steps in a clean root of its
distribution (`debootstrap`, root, and the internet): that takes minutes, so `make test` leaves it out.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.support import container
from tests.support.app_process import free_port
from tests.support.container import image, one, stages
from tests.support.polling import eventually
from tests.support.processes import descendants

DRILL: Final = "DRILL_CONTAINER"
HEALTHY_S: Final = 60.0
STOPPED_S: Final = 30.0
USER_ID: Final = 10001
BASE: Final = "python3,python3-venv,ca-certificates"
"""What the image of Python has beside the smallest system."""
ENDED: Final = frozenset({0, -signal.SIGTERM, 128 + signal.SIGTERM})
"""Ended in order: uvicorn then ends by the signal itself, and `tini` tells that as a shell does."""


def _is_well(command: list[str], environment: dict[str, str], *, root: str = "") -> bool:
    """What the image's own health check says."""
    inside = ["chroot", root] if root else []
    done = subprocess.run([*inside, *command], env=environment, capture_output=True, check=False)
    return done.returncode == 0


def test_a_copy_of_what_the_image_holds_starts_and_is_well(tmp_path: Path) -> None:
    """With the image's command and health check; before it listens, and after it stopped, it is not well."""
    container.copy_into(tmp_path, image())
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(free_port()),
        "AUTH_DIR": str(tmp_path / "data" / "whatsapp_auth"),
        "APP_PASSWORD": "a password of the test",
        "HOME": str(tmp_path),
    }
    check = container.health_command()
    assert not _is_well(check, environment)
    app = subprocess.Popen(
        one("CMD").words,
        cwd=tmp_path / one("WORKDIR").value.lstrip("/"),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _is_well(check, environment), timeout=HEALTHY_S, seen=app.poll)
        assert psutil.Process(app.pid).name() != "sh"
    finally:
        app.terminate()
        assert app.wait(STOPPED_S) in ENDED
    assert not _is_well(check, environment)


# In a clean root


@dataclass
class CleanRoot:
    """A root of the image's distribution, in which the steps of its last stage were taken."""

    path: Path
    environment: dict[str, str]

    def inside(self, *command: str) -> str:
        """What a command in it prints, as `docker exec` would run it."""
        return subprocess.run(
            ["chroot", str(self.path), *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """The image's entry point and command, as its first process."""
        command = [*one("ENTRYPOINT").words, *one("CMD").words]
        steps = f"cd {one('WORKDIR').value} && exec {shlex.join(command)}"
        with (self.path / "log").open("ab") as log:
            app = subprocess.Popen(
                ["chroot", str(self.path), "sh", "-c", steps], env=self.environment, stdout=log, stderr=log
            )
        try:
            yield app
        finally:
            app.terminate()
            assert app.wait(STOPPED_S) in ENDED

    def wait_well(self) -> None:
        eventually(
            lambda: _is_well(container.health_command(), self.environment, root=str(self.path)),
            timeout=HEALTHY_S,
            seen=lambda: (self.path / "log").read_text(errors="replace")[-3_000:],
        )


def _run(root: Path, command: str, environment: dict[str, str], *, where: str = "/") -> None:
    given = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    subprocess.run(
        ["chroot", str(root), "sh", "-c", f"cd {where} && {command}"],
        env={**given, **environment},
        check=True,
    )


def _take(root: Path, steps: list[container.Step], packages: Path | None) -> dict[str, str]:
    """Take the steps of a stage, as a builder of images does; gives the environment."""
    environment, where = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, "/"
    for step in steps:
        match step.name:
            case "RUN":
                _run(root, step.value, environment, where=where)
            case "WORKDIR":
                where = step.value
                (root / where.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                for word in step.words:
                    name, _, value = word.partition("=")
                    environment[name] = value.replace("$PATH", environment["PATH"])
            case "COPY":
                for copy in container.copies([step]):
                    if copy.stage and packages:
                        shutil.copytree(
                            packages / copy.sources[0].lstrip("/"),
                            root / copy.target.lstrip("/"),
                            symlinks=True,
                        )
                place = container.Step("WORKDIR", where)
                container.copy_into(root, [place, step])
    return environment


@pytest.fixture(scope="module")
def clean_root() -> Iterator[CleanRoot]:
    """Made anew: the distribution's own packages, then the Dockerfile."""
    if not os.environ.get(DRILL):
        pytest.skip(f"takes minutes and the internet: {DRILL}=1, as `make drill` says")
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("needs root and debootstrap")
    release = stages()[0][0].words[0].rpartition("-")[2]
    folder = Path(tempfile.mkdtemp(prefix="clean-root-"))
    base, roots = folder / "base", [folder / "packages", folder / "image"]
    try:
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={BASE}", release, base],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        # Where the image of Python has its own.
        (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        with ExitStack() as stack:
            for root in roots:
                subprocess.run(["cp", "-a", base, root], check=True)
                stack.enter_context(_mounted(root))
            _take(roots[0], stages()[0], None)
            environment = _take(roots[1], image(), roots[0])
            environment["PORT"] = str(free_port())
            yield CleanRoot(roots[1], environment)
    finally:
        # What is still mounted would be emptied with it.
        if str(folder) not in Path("/proc/self/mounts").read_text():
            shutil.rmtree(folder)


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """The kernel's files, and how this machine reaches names and packages: the steps name no address.

    What is this machine's is mounted for reading only; the devices came with the distribution.
    """
    with ExitStack() as stack:
        for name in ("/etc/resolv.conf", *_places_of_packages()):
            origin, target = Path(name), root / name.lstrip("/")
            if origin.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
            subprocess.run(["mount", "--bind", origin, target], check=True)
            stack.callback(_unmount, target)
            subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)
        subprocess.run(["mount", "-t", "proc", "none", root / "proc"], check=True)
        stack.callback(_unmount, root / "proc")
        yield


def _unmount(target: Path) -> None:
    subprocess.run(["umount", "--lazy", target], check=True)


def _places_of_packages() -> list[str]:
    """Files and folders that pip's settings are in, or name."""
    pip = [sys.executable, "-m", "pip", "config"]
    told, files = (
        subprocess.run([*pip, what], capture_output=True, text=True, check=True).stdout
        for what in ("list", "debug")
    )
    # An index that is a folder refers to files beside it.
    named = [str(Path(index).parent) for index in re.findall(r"file://(/[^\s']+)", told)]
    named += re.findall(r"'(/[^\s']+)", told)
    read = re.findall(r"^ +(/.*), exists: True$", files, re.MULTILINE)
    return [name for name in dict.fromkeys([*named, *read]) if Path(name).exists()]


@pytest.mark.timeout(1_800)
def test_the_steps_of_the_dockerfile_make_an_app_that_is_well(clean_root: CleanRoot) -> None:
    """As a user without rights; sessions and password in the volume outlive it, and it is told to none."""
    secret = clean_root.path / "data" / "app-password"
    with clean_root.started() as app:
        clean_root.wait_well()
        users = {process.uids().real for process in descendants(app.pid)}
        assert users == {USER_ID}
        sessions = clean_root.path / "data" / "whatsapp_auth"
        assert (sessions.stat().st_uid, oct(sessions.stat().st_mode & 0o777)) == (USER_ID, "0o700")
        assert (secret.stat().st_uid, oct(secret.stat().st_mode & 0o777)) == (0, "0o600")
        password = clean_root.inside("cat", "/data/app-password").strip()
        assert "ffmpeg version" in clean_root.inside("ffmpeg", "-version")
    (clean_root.path / "data" / "whatsapp_auth" / "kept").touch()
    os.chown(sessions, 0, 0)  # as after a move from another machine
    with clean_root.started():
        clean_root.wait_well()
        assert clean_root.inside("cat", "/data/app-password").strip() == password
        assert (sessions / "kept").stat().st_uid == USER_ID
    assert password not in (clean_root.path / "log").read_text(errors="replace")
