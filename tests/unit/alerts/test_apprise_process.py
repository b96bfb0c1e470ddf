"""The process that talks to services: what it may not do, and what it makes of a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.alerts.apprise_process import _reason, answer
from core.alerts.apprise_protocol import Answer, Request
from core.models.alerts.deliveries import DeliveryFailure
from core.settings import ROOT


def closed(code: str) -> str:
    """What a fresh process says that closed its files and then runs `code`."""
    script = f"from core.alerts.apprise_process import close_files\nclose_files()\n{code}\nprint('allowed')"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    return ended.stdout.strip() or ended.stderr.strip().splitlines()[-1].partition(":")[0]


def test_it_reads_its_libraries_and_the_networks_files() -> None:
    """Else nothing would work."""
    assert closed("import wave\nopen('/etc/hosts').read()\nopen('/dev/null').read()") == "allowed"


@pytest.mark.parametrize(
    "code",
    [
        "open('README.md')",
        "open('/proc/self/environ')",
        "import os; os.open('/etc/passwd', os.O_RDONLY)",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
    ],
)
def test_nothing_else(code: str) -> None:
    """No file of ours or of the system, and no other program."""
    assert closed(code) == "PermissionError"


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    """Where it leads counts."""
    (tmp_path / "hosts").symlink_to("/etc/passwd")
    assert closed(f"open({str(tmp_path / 'hosts')!r})") == "PermissionError"


@pytest.mark.parametrize(
    ("said", "failure", "detail"),
    [
        ("Failed to send ntfy notification: Unauthorized, error=401.", DeliveryFailure.REFUSED, "401"),
        ("A Connection error occurred sending ntfy", DeliveryFailure.UNREACHABLE, ""),
        ("something else with a SECRET", DeliveryFailure.REFUSED, ""),
    ],
)
def test_a_failure_becomes_a_reason(said: str, failure: DeliveryFailure, detail: str) -> None:
    """By what apprise logs; no word of it is passed on."""
    assert _reason(said) == (failure, detail)


def test_an_address_alone_is_only_looked_at() -> None:
    """Without a text nothing is sent."""
    asked = answer(Request("ntfy://127.0.0.1:9/loja").encoded())
    assert Answer.decoded(asked) == Answer("ntfy")
