"""`make audit`: whether a known weakness is published for a package that the product installs, or for Python.

Asks the public database through pip-audit, about the pinned packages only. Where it cannot be reached it says
"skipped" and goes on: no network must not stop work, and must not look like a pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from core.hosting.checks.interpreter import WEAKNESSES, weaknesses

LIST: Final = Path(__file__).resolve().parents[2] / "requirements.txt"
_ANSWER_S: Final = 4
_ALTOGETHER_S: Final = 40


def main() -> int:
    """Print the outcome; 1 when a weakness of a package is known, else 0.

    The interpreter's own do not count: the product has to be safe on the machine's, whichever it is.
    """
    for line in interpreter_lines():
        print(f"interpreter: {line}")
    report, problem = ask(LIST)
    if report is None:
        print(f"dependencies: SKIPPED, not checked for known weaknesses ({problem})")
        return 0
    weak = [
        f"{each['name']} {each['version']}: {found['id']} (fixed in {', '.join(found['fix_versions'])})"
        for each in report["dependencies"]
        for found in each.get("vulns", ())
    ]
    for line in weak:
        print(f"dependencies: {line}")
    unknown = [each["name"] for each in report["dependencies"] if "skip_reason" in each]
    checked = len(report["dependencies"]) - len(unknown)
    if checked:
        print(f"dependencies: {checked} checked, {len(weak)} known weaknesses")
    if unknown:
        named = ", ".join(unknown) if checked else "all of them"
        print(f"dependencies: SKIPPED, the database does not know {named}")
    return 1 if weak else 0


def interpreter_lines(version: tuple[int, int, int] = sys.version_info[:3]) -> list[str]:
    """What is known of this Python, as lines."""
    python, found = f"Python {'.'.join(map(str, version))}", weaknesses(version)
    known = ((each.name, each.module, each.fixed_in[version[:2]]) for each in found)
    return [
        *(f"WARNING, {python}: {name} in {module} (fixed in patch {patch})" for name, module, patch in known),
        f"{python}, {len(found)} known weaknesses of {len(WEAKNESSES)} that matter here",
    ]


def ask(requirements: Path, *, command: tuple[str, ...] = ("-m", "pip_audit")) -> tuple[Any, str]:
    """pip-audit's report on that list; None and the reason when there is none."""
    options = ["--requirement", str(requirements), "--no-deps", "--disable-pip", "--require-hashes"]
    options += ["--format", "json", "--progress-spinner", "off", "--timeout", str(_ANSWER_S)]
    try:
        done = subprocess.run(
            [sys.executable, *command, *options],
            capture_output=True,
            text=True,
            timeout=_ALTOGETHER_S,
            check=False,
        )
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return None, f"no answer within {_ALTOGETHER_S} s"
    except ValueError:
        lines = done.stderr.strip().splitlines()
        return None, _shortened(lines[-1]) if lines else f"pip-audit ended with {done.returncode}"
    return (report, "") if "dependencies" in report else (None, "pip-audit gave no report")


def _shortened(line: str) -> str:
    return "the database was not reached" if "onnect" in line or "resolve" in line else line[:120]


if __name__ == "__main__":
    sys.exit(main())
