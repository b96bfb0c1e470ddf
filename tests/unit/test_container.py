"""The container: its steps in an order that works, nothing missing, nothing of it root's, no secret in it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.hosting.checks.interpreter import weaknesses
from core.settings import PASSWORD_LENGTH, ROOT, read_settings
from core.web.lifespan import REGISTRY_GRACE_S
from core.web.routes import ROUTES
from tests.support import container
from tests.support.container import Step, copies, image, one, stages, variables
from tests.support.unprivileged import NOBODY, command_as_nobody

FILES = ("Dockerfile", "compose.yaml", "docker-entrypoint.sh", ".dockerignore")
ADDRESS = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|https?://|file:|PIP_\w+")
ENTRY = "docker-entrypoint.sh"


def entry() -> str:
    return (ROOT / ENTRY).read_text(encoding="utf-8")


def place(steps: list[Step], name: str, words: str) -> int:
    """Where the step stands that is called so and has these words."""
    (found,) = (number for number, step in enumerate(steps) if step.name == name and words in step.value)
    return found


def test_a_line_that_is_no_instruction_is_found() -> None:
    """The reader of these tests does not read past a mistake."""
    for text in ("FROM a\nRUNN b", "FROM a\nRUN", "RUN a\nFROM b"):
        with pytest.raises(ValueError, match=r"instruction|stage"):
            stages(text)
    assert stages("ARG a\n# b\nFROM c\nRUN d \\\n  && e") == [[Step("FROM", "c"), Step("RUN", "d && e")]]


def test_two_stages_of_one_slim_python_of_the_tested_series() -> None:
    """What pip needs to build stays in the first; both have the same interpreter, or its packages fail."""
    first, last = (stage[0].words for stage in stages())
    assert first[1:] == ["AS", "packages"]
    assert first[0] == last[0]
    series = (ROOT / ".python-version").read_text().strip()
    assert re.fullmatch(rf"python:{re.escape(series)}(\.\d+)?-slim(-[a-z]+)?", first[0])
    assert weaknesses((3, int(series.partition(".")[2]), 99)) == ()


def test_exactly_the_pinned_packages_are_installed_and_before_any_code_is_copied() -> None:
    """Each with its hash, into an environment that the image takes over; from no address of ours."""
    packages, _ = stages()
    installing = place(packages, "RUN", "pip install")
    assert copies(packages)[0].sources == ("requirements.txt",)
    assert place(packages, "COPY", "requirements.txt") < installing
    assert "--require-hashes -r /requirements.txt" in packages[installing].value
    taken, *rest = copies(image())
    assert (taken.stage, taken.sources[0], taken.target) == ("packages", "/opt/venv", "/opt/venv")
    assert all(not copy.stage for copy in rest)
    assert variables()["PATH"].startswith("/opt/venv/bin:")
    for name in FILES:
        text = re.sub(r"http://(localhost|127\.0\.0\.1):", "", (ROOT / name).read_text(encoding="utf-8"))
        assert not ADDRESS.search(text), name


def test_packages_of_the_system_leave_no_lists_behind() -> None:
    """ffmpeg for sounds and films, tini for signals; in one step, so that no layer keeps the lists."""
    (step,) = (step for step in image() if "apt-get" in step.value)
    assert re.search(r"apt-get update.*apt-get install -y --no-install-recommends ffmpeg tini", step.value)
    assert step.value.index("apt-get install") < step.value.index("rm -rf /var/lib/apt/lists/*")


def test_all_that_is_copied_is_there_and_not_kept_out() -> None:
    """Each path is in the repository, and `.dockerignore` lets it through."""
    for stage in stages():
        for copy in copies(stage):
            for source in () if copy.stage else copy.sources:
                assert (ROOT / source).exists(), source
                assert not container.is_ignored(source), source


def test_nothing_else_gets_into_the_build() -> None:
    """No sessions, no history, no tests, no leftovers, no secrets of Streamlit."""
    assert not container.is_ignored("core/locale/pt_BR/LC_MESSAGES/messages.mo")
    assert not container.is_ignored("pages/ui/layout/style.css")
    assert not container.is_ignored(".streamlit/config.toml")
    kept_out = (
        *("data/whatsapp_auth/a/session.db", ".git/config", ".env", "tests/conftest.py", ".venv/bin/python"),
        *("core/__pycache__/logs.cpython-311.pyc", ".streamlit/secrets.toml", "README.md", "render.yaml"),
    )
    for path in kept_out:
        assert container.is_ignored(path), path


def test_what_is_copied_is_enough(tmp_path: Path) -> None:
    """The app can be loaded from a copy of just that: nothing of it needs a file of the repository's rest."""
    container.copy_into(tmp_path, image())
    app = tmp_path / variables_workdir()
    done = subprocess.run(
        [sys.executable, "-c", "import app"],
        cwd=app,
        env={"PATH": os.environ["PATH"], "AUTH_DIR": str(tmp_path / "auth"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for path in ("pages/shell.py", ".streamlit/config.toml", ENTRY, "core/locale/es/LC_MESSAGES/messages.mo"):
        assert (app / path).is_file(), path
    assert not [path for path in tmp_path.rglob("*.pyc") if "app" not in path.parts]


def variables_workdir() -> str:
    """Where the app lies, without the slash in front."""
    return one("WORKDIR").value.lstrip("/")


def test_it_begins_as_root_prepares_the_volume_and_goes_on_as_a_user() -> None:
    """In this order; the user is the one that the image makes, and never root again."""
    words = one("ENTRYPOINT").words
    assert words == ["tini", "--", "/bin/sh", f"/{variables_workdir()}/{ENTRY}"]
    (made,) = (step for step in image() if "useradd" in step.value)
    user = shlex.split(made.value)[-1]
    assert "--uid 10001" in made.value
    assert not [step for step in image() if step.name == "USER"], "it prepares the volume as root"
    order = ("id -u", "mkdir -p", "chown -R", "chmod 700", "APP_PASSWORD", "exec setpriv", 'exec "$@"')
    at = [entry().index(word) for word in order]
    assert at == sorted(at)
    assert f'setpriv --reuid={user} --regid={user} --init-groups --no-new-privs -- "$@"' in entry()
    assert subprocess.run(["sh", "-n", ENTRY], cwd=ROOT, check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_started_as_another_user_it_prepares_nothing(tmp_path: Path) -> None:
    """Some hosts allow no root at all: what it was told to run runs, with the environment as it is."""
    command = ["sh", "-c", entry(), ENTRY, "sh", "-c", 'echo "$(id -u) ${APP_PASSWORD:-none}"']
    done = subprocess.run(
        command_as_nobody(command),
        env={"PATH": os.environ["PATH"], "VOLUME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(NOBODY), "none"], done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_made_once_and_never_printed() -> None:
    """Readable by root only, long enough, and only where none was given."""
    (line,) = (line for line in entry().splitlines() if "token_urlsafe" in line)
    assert "umask 077" in line
    assert '>"$password_file"' in line
    assert '[ ! -s "$password_file" ]' in entry()
    assert 'echo "$APP_PASSWORD' not in entry()
    code = re.search(r"python -c '([^']+)'", line)
    assert code
    made = subprocess.run([sys.executable, "-c", code[1]], capture_output=True, text=True, check=True).stdout
    assert len(made.strip()) >= PASSWORD_LENGTH
    assert read_settings({"APP_PASSWORD": made.strip()}).password == made.strip()


def test_sessions_lie_in_the_volume() -> None:
    """In a folder of their own, beside the password, in the image as in the compose file."""
    volume, folder = one("VOLUME").value, variables()["AUTH_DIR"]
    assert PurePosixPath(volume) in PurePosixPath(folder).parents
    assert str(read_settings({"AUTH_DIR": folder}).auth_dir) == folder
    assert f'volume="${{VOLUME:-{volume}}}"' in entry()
    (mount,) = container.compose()["services"]["app"]["volumes"]
    name, path = mount.split(":")
    assert path == volume
    assert list(container.compose()["volumes"]) == [name]


def test_it_is_asked_whether_it_is_well() -> None:
    """At the app's own route and at the port that it listens on."""
    command = " ".join(container.health_command())
    found = re.search(r"127\.0\.0\.1:\{os\.environ\['PORT'\]\}(/\w+)", command)
    assert found
    answer = TestClient(Starlette(routes=ROUTES)).get(found[1], follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert variables()["PORT"] == one("EXPOSE").value
    assert re.search(
        r"--interval=\d+s --timeout=\d+s --start-period=\d+s --retries=\d", one("HEALTHCHECK").value
    )


def test_the_signal_to_stop_reaches_the_app() -> None:
    """No shell stands in between, and there is time to close every session."""
    assert one("STOPSIGNAL").value == "SIGTERM"
    shell, option, command = one("CMD").words
    assert (shell, option) == ("sh", "-c")
    assert command.startswith("exec streamlit run app.py ")
    assert "--server.port $PORT --server.address 0.0.0.0" in command
    assert (
        int(container.compose()["services"]["app"]["stop_grace_period"].removesuffix("s")) > REGISTRY_GRACE_S
    )


def test_compose_starts_the_image_on_this_machine_only() -> None:
    """No password is written down, it starts again with the machine, and each variable is one we read."""
    app = container.compose()["services"]["app"]
    assert (app["build"], app["restart"]) == (".", "unless-stopped")
    assert app["ports"] == [f"127.0.0.1:{variables()['PORT']}:{variables()['PORT']}"]
    assert app["environment"] == {"APP_PASSWORD": "${APP_PASSWORD:-}"}
    known = set(re.findall(r'"([A-Z_]{4,})"', (ROOT / "core" / "settings.py").read_text()))
    assert set(app["environment"]) <= known
    assert set(variables()) - known == {"PATH", "HOME", "PYTHONUNBUFFERED", "PORT"}
