"""The Dockerfile as data: its stages and steps, what they copy and what the image runs."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from core.settings import ROOT

_KNOWN: Final = frozenset(
    {
        *("ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL"),
        *("USER", "VOLUME", "WORKDIR"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    name: str
    value: str
    """All behind the name, on one line."""

    @property
    def words(self) -> list[str]:
        """Of a shell-like line, or the list of an exec form."""
        if self.value.startswith("["):
            return [str(word) for word in json.loads(self.value)]
        return shlex.split(self.value)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a `COPY` takes from where."""

    sources: tuple[str, ...]
    target: str
    stage: str
    """Empty: from the repository."""


def stages(text: str = "") -> list[list[Step]]:
    """The steps of each stage, `FROM` first. Raises `ValueError` for a line that is no instruction."""
    text = text or (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: list[list[Step]] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        name, _, value = line.partition(" ")
        if name not in _KNOWN or not value.strip():
            raise ValueError(f"no instruction: {line}")
        if name == "FROM":
            found.append([])
        if not found and name != "ARG":
            raise ValueError(f"before the first stage: {line}")
        if found:
            found[-1].append(Step(name, value.strip()))
    return found


def image() -> list[Step]:
    """The last stage: what is left in the image."""
    return stages()[-1]


def one(name: str, steps: list[Step] | None = None) -> Step:
    """The only step of that name in the image."""
    (found,) = (step for step in (image() if steps is None else steps) if step.name == name)
    return found


def variables() -> dict[str, str]:
    """What the image's environment has."""
    pairs = [word.partition("=") for step in image() if step.name == "ENV" for word in step.words]
    return {name: value for name, _, value in pairs}


def copies(steps: list[Step]) -> list[Copy]:
    """Its `COPY` steps."""
    found = []
    for step in steps:
        if step.name == "COPY":
            words = step.words
            stage = next((word.partition("=")[2] for word in words if word.startswith("--from=")), "")
            *sources, target = (word for word in words if not word.startswith("--"))
            found.append(Copy(tuple(sources), target, stage))
    return found


def health_command() -> list[str]:
    """What the `HEALTHCHECK` runs."""
    options, _, command = one("HEALTHCHECK").value.partition("CMD ")
    assert options
    assert command
    return Step("CMD", command).words


def compose() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def is_ignored(path: str) -> bool:
    """Whether `.dockerignore` keeps a path of the repository out of the build; the last rule counts."""
    ignored = False
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if rule and not rule.startswith("#"):
            pattern, wanted = rule.removeprefix("!"), rule.startswith("!")
            if _matches(path, pattern):
                ignored = not wanted
    return ignored


def _matches(path: str, pattern: str) -> bool:
    parts = path.split("/")
    whole = ["/".join(parts[: count + 1]) for count in range(len(parts))]  # a folder counts for what is in it
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatchcase(part, pattern.removeprefix("**/")) for part in parts)
    return any(fnmatch.fnmatchcase(one, pattern) and "/" not in one.removeprefix(pattern) for one in whole)


def copy_into(folder: Path, steps: list[Step]) -> None:
    """Copy from the repository what these steps copy, where they put it below `folder`."""
    here = "/"
    for step in steps:
        if step.name == "WORKDIR":
            here = step.value
        elif step.name == "COPY":
            (found,) = copies([step])
            if not found.stage:
                _copy(folder, found, here)


def _copy(folder: Path, copy: Copy, here: str) -> None:
    target = folder / (Path(here) / copy.target).relative_to("/")
    many = copy.target.endswith("/") or len(copy.sources) > 1
    for source in copy.sources:
        origin = ROOT / source
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=_ignore, dirs_exist_ok=True)
        else:
            place = target / source if many else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, place)


def _ignore(folder: str, names: list[str]) -> set[str]:
    below = Path(folder).relative_to(ROOT)
    return {name for name in names if is_ignored(str(below / name))}
