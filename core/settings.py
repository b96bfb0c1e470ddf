"""The environment, read once into a frozen object."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import SettingError

ROOT: Final = Path(__file__).resolve().parent.parent
LANGUAGES: Final = ("pt_BR", "en")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process was asked to run. Every field is one environment variable, listed in the README."""

    auth_dir: Path
    """``AUTH_DIR``: absolute folder that holds one folder per instance."""
    auth_dir_ephemeral: bool
    """True when no ``AUTH_DIR`` was given on Render: sessions are lost with the next deploy."""
    language: str
    """``APP_LANGUAGE``: ``pt_BR`` or ``en``; what a visitor sees before choosing."""
    log_level: str
    """``LOG_LEVEL``: one of DEBUG, INFO, WARNING, ERROR."""
    max_instances: int
    """``MAX_INSTANCES``: how many instances may exist at the same time."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environment`` (the process's own when omitted).

    Raises SettingError naming the variable, its value and what is allowed.
    """
    env = os.environ if environment is None else environment
    folder, ephemeral = _auth_dir(env)
    return Settings(
        auth_dir=folder,
        auth_dir_ephemeral=ephemeral,
        language=_choice(env, "APP_LANGUAGE", LANGUAGES, default="pt_BR"),
        log_level=_choice(env, "LOG_LEVEL", LOG_LEVELS, default="INFO"),
        max_instances=_whole_number(env, "MAX_INSTANCES", low=1, high=500, default=50),
    )


def _auth_dir(env: Mapping[str, str]) -> tuple[Path, bool]:
    given = env.get("AUTH_DIR", "").strip()
    if given:
        if "\0" in given:
            raise SettingError("AUTH_DIR", given, "a folder path")
        try:
            home_resolved = Path(given).expanduser()
        except RuntimeError:  # "~name" of nobody
            raise SettingError("AUTH_DIR", given, "a folder path") from None
        # A trailing slash or a double one must not make a different folder of it.
        return Path(os.path.abspath(home_resolved)), False
    if env.get("RENDER"):
        return Path("/tmp/whatsapp_auth"), True
    return ROOT / "data" / "whatsapp_auth", False


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], *, default: str) -> str:
    given = env.get(name, "").strip()
    if not given:
        return default
    wanted = given.replace("-", "_").casefold()
    for option in allowed:
        if option.casefold() == wanted:
            return option
    raise SettingError(name, given, ", ".join(allowed))


def _whole_number(env: Mapping[str, str], name: str, *, low: int, high: int, default: int) -> int:
    given = env.get(name, "").strip()
    if not given:
        return default
    if re.fullmatch(r"[0-9]{1,9}", given) and low <= int(given) <= high:
        return int(given)
    raise SettingError(name, given, f"a whole number from {low} to {high}")
