"""render.yaml deploys as it is: names, plan, disk, password, commands; against what Render documents."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import subprocess
import sys
from pathlib import PurePosixPath
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.hosting.checks.interpreter import weaknesses
from core.settings import PASSWORD_LENGTH, ROOT, read_settings
from core.web.lifespan import REGISTRY_GRACE_S
from core.web.routes import ROUTES
from tests.support.blueprint import documented_service, service, variables

ENTRY = r"[a-z0-9][\w.-]*==[\w.!+]+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+"
FREE = ("render.md", "render.pt-BR.md")
ANY_INDEX = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|https?://|file:|(?<!\w)-[ief] ")


def requirements() -> dict[str, str]:
    """Package and its pinned version, as in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text()
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==(\S+) \\$", text, re.MULTILINE))


def test_it_is_one_web_service_with_the_agreed_names() -> None:
    """People and documents refer to them."""
    found = service()
    assert (found["type"], found["name"], found["runtime"]) == ("web", "api-whatsapp-ew", "python")
    assert found["disk"]["name"] == "whatsapp-sessions"


def test_the_plan_may_have_a_disk_and_is_the_smallest_that_may() -> None:
    """Render refuses a disk on the free plan, and takes starter when no plan is named: it is named."""
    assert service()["plan"] == "starter"


def test_the_disk_is_one_gigabyte_and_says_so() -> None:
    """Without the line Render makes it 10, and a disk never shrinks."""
    disk = service()["disk"]
    assert set(disk) == {"name", "mountPath", "sizeGB"}
    assert disk["sizeGB"] == 1


def test_sessions_lie_on_the_disk_and_not_at_its_root() -> None:
    """A file system's root holds lost+found; a slash at the end of a mount path is not supported."""
    mount = service()["disk"]["mountPath"]
    folder = variables(service())["AUTH_DIR"]["value"]
    assert (mount, folder) == ("/data", "/data/whatsapp_auth")
    assert PurePosixPath(mount) in PurePosixPath(folder).parents
    assert str(read_settings({"AUTH_DIR": folder, "RENDER": "true"}).auth_dir) == folder
    for path in (mount, folder):
        assert path == str(PurePosixPath(path)), "no slash at the end, none twice"
    # Render refuses these as mount paths.
    assert not str(mount).startswith(("/opt/render", "/etc", "/home", "/tmp"))


@pytest.mark.parametrize("found", [service(), *map(documented_service, FREE)], ids=["disk", *FREE])
def test_python_is_of_the_series_that_the_tests_run_on_without_known_weaknesses(
    found: dict[str, Any],
) -> None:
    """A whole version as text: 3.10 as a number would be 3.1."""
    version = variables(found)["PYTHON_VERSION"]["value"]
    assert isinstance(version, str)
    numbers = re.fullmatch(r"(3)\.(\d+)\.(\d+)", version)
    assert numbers
    assert version.startswith((ROOT / ".python-version").read_text().strip() + ".")
    assert sys.version_info[:2] == (int(numbers[1]), int(numbers[2]))
    assert weaknesses((int(numbers[1]), int(numbers[2]), int(numbers[3]))) == ()


def test_a_machine_with_another_patch_starts_too() -> None:
    """The file names the series only: tools that read it take the patch that is there."""
    assert re.fullmatch(r"3\.\d+\n", (ROOT / ".python-version").read_text())


def test_the_password_is_made_by_render_and_stands_nowhere() -> None:
    """Each deployment its own; what is generated (256 bits as base64) is a password that we accept."""
    assert variables(service())["APP_PASSWORD"] == {"key": "APP_PASSWORD", "generateValue": True}
    made = "q" * 43 + "="
    assert len(made) >= PASSWORD_LENGTH
    assert read_settings({"APP_PASSWORD": made}).password == made


def test_every_variable_is_one_that_something_reads() -> None:
    """A misspelt name would be ignored in silence."""
    known = set(re.findall(r'"([A-Z_]{4,})"', (ROOT / "core" / "settings.py").read_text()))
    assert set(variables(service())) - {"PYTHON_VERSION"} <= known


@pytest.mark.parametrize("found", [service(), *map(documented_service, FREE)], ids=["disk", *FREE])
def test_the_health_path_answers(found: dict[str, str]) -> None:
    """The app's own route, by GET, with no slash at the end and no redirect."""
    path = found["healthCheckPath"]
    answer = TestClient(Starlette(routes=ROUTES)).get(path, follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert path in {getattr(route, "path", "") for route in ROUTES}


def test_there_is_time_to_close_every_session() -> None:
    """More than the app itself takes at most, and within what Render allows."""
    assert REGISTRY_GRACE_S < service()["maxShutdownDelaySeconds"] <= 300


@pytest.mark.parametrize("found", [service(), *map(documented_service, FREE)], ids=["disk", *FREE])
def test_the_signal_to_stop_reaches_the_app_and_the_port_is_the_given_one(found: dict[str, str]) -> None:
    """exec in front, one command, Render's $PORT, every address."""
    command = found["startCommand"]
    words = shlex.split(command)
    assert words[:4] == ["exec", "streamlit", "run", "app.py"]
    assert not re.search(r"[;&|]", command)
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert options == {"--server.port": "$PORT", "--server.address": "0.0.0.0"}
    assert (ROOT / words[3]).exists()


@pytest.mark.parametrize("document", FREE)
def test_the_free_variant_differs_in_what_needs_a_disk_and_in_nothing_else(document: str) -> None:
    """It names no folder: the app's own choice on Render is known to be lost, and the page says so."""
    free, paid = documented_service(document), service()
    assert free["plan"] == "free"
    assert "disk" not in free
    assert set(variables(paid)) - set(variables(free)) == {"AUTH_DIR"}
    settings = read_settings({"RENDER": "true", "APP_PASSWORD": "0123456789"})
    assert settings.auth_dir_ephemeral
    without = {"plan", "disk", "envVars", "maxShutdownDelaySeconds"}  # the delay needs a paid plan
    assert {key: free[key] for key in free if key not in without} == {
        key: paid[key] for key in paid if key not in without
    }


def test_every_requirement_is_pinned_and_hashed_and_names_no_registry() -> None:
    """What was tested is what is installed, from wherever Render installs."""
    text = (ROOT / "requirements.txt").read_text()
    assert ANY_INDEX.search(text) is None
    entries = [entry for entry in re.split(r"(?m)^(?=\S)", text) if entry.strip() and entry[0] != "#"]
    assert len(entries) == len(requirements()) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9][\w.-]*==[\w.!+]+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+", entry), (
            entry
        )


def test_the_lock_is_complete() -> None:
    """Everything that a package asks for on this platform is pinned too: pip refuses what has no hash."""
    pinned = {canonicalize_name(name): version for name, version in requirements().items()}
    asked = (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines())
    wanted = [Requirement(line) for line in asked if line]
    checked: set[tuple[str, tuple[str, ...]]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if (name, tuple(sorted(requirement.extras))) in checked:
            continue
        checked.add((name, tuple(sorted(requirement.extras))))
        assert name in pinned, f"{name} is asked for and not pinned"
        assert requirement.specifier.contains(pinned[name], prereleases=True), requirement
        for text in importlib.metadata.requires(name) or ():
            inner = Requirement(text)
            extras = ("", *requirement.extras)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append(inner)
    assert {name for name, _ in checked} == set(pinned), "nothing is pinned that nobody asks for"


def test_pip_accepts_the_build_command() -> None:
    """The blueprint's own words, read by pip itself, with nothing fetched.

    Whether the registry serves these files is what only a real build shows: it fetches from the internet, so
    it is no part of the tests.
    """
    words = shlex.split(service()["buildCommand"])
    assert words == ["pip", "install", "--require-hashes", "-r", "requirements.txt"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            *words,
            "--no-index",
            "--dry-run",
            "--isolated",
            "--disable-pip-version-check",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout, "this environment has what the lock says"
