"""The report for support: text that says everything about the installation and nothing about people."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from core.hosting.boots import Boot
from core.logs import redact
from core.models.check import Check
from core.models.instance import InstanceView
from core.models.log_line import LogLine
from core.settings import Settings

DOTS: Final = "••••"
LINES: Final = 300
"""Of the log, the last ones."""

_SECRET: Final = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL|EMAIL")
_NAMES: Final = {
    "language": "APP_LANGUAGE",
    "password": "APP_PASSWORD",
    "oidc_emails": "OIDC_ALLOWED_EMAILS",
    "oidc_domains": "OIDC_ALLOWED_DOMAINS",
}
"""Where the variable is not called as the field of ``Settings``."""
_DERIVED: Final = frozenset({"auth_dir_as_given", "auth_dir_ephemeral", "on_render"})
"""Fields that no variable holds."""

# Stricter than a log has to be: a report goes to strangers, and no run of digits in it has to be exact.
_DIGITS: Final = re.compile(r"\d{4,}(\d{4})")
_QR: Final = re.compile(r"\d@[A-Za-z0-9+/=_,-]{16,}")
_INSTANCE: Final = re.compile(r"\binstance[= ]([a-z0-9]+(?:-[a-z0-9]+)+)")
_SHORT: Final = 3
"""Characters of a name or secret that is too short to be told from any other text."""


def settings_shown(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Name and value of each variable; a secret that is set is dots, whatever its length."""
    return tuple((name, _shown(name, value)) for name, value in _variables(settings))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report is made of."""

    at: datetime
    settings: Settings
    views: tuple[InstanceView, ...]
    deleted_ids: tuple[str, ...]
    """Ids of the instances in the trash: they carry names too."""
    checks: tuple[Check, ...]
    boots: tuple[Boot, ...]
    """Oldest first."""
    lines: tuple[LogLine, ...]
    """Of the log, oldest first."""


def compose(facts: Facts) -> str:
    """The report as plain text, the same in every language."""
    lines = facts.lines[-LINES:]
    veil = _Veil(facts.settings, facts.views, facts.deleted_ids, lines)
    parts = {
        "report": [_time(facts.at), *_versions()],
        "checks": [" ".join(filter(None, _words(check))) for check in facts.checks],
        "settings": [f"{name}={value}" for name, value in settings_shown(facts.settings)],
        "instances": [
            f"{view.id} {view.state} {view.reason or '-'} since {_time(view.since)}"
            f" restarts {view.restarts} linked {view.linked}"
            for view in facts.views
        ],
        "boots": [
            f"{_time(boot.at)} machine {boot.machine or '-'} deploy {boot.deploy or '-'}"
            f" disk {boot.disk or '-'} instances {boot.instances} linked {boot.linked}"
            for boot in facts.boots
        ],
        "log": [f"{_time(line.at)} {line.level} {line.source} {veil.named(line.text)}" for line in lines],
    }
    return veil.over(
        "\n".join(f"[{title}]\n" + "".join(f"{row}\n" for row in rows) for title, rows in parts.items())
    )


class _Veil:
    """Knows what must not be in this installation's reports."""

    def __init__(
        self,
        settings: Settings,
        views: tuple[InstanceView, ...],
        other_ids: Iterable[str],
        lines: tuple[LogLine, ...],
    ) -> None:
        met = [found for line in lines for found in _INSTANCE.findall(line.text)]
        ids = dict.fromkeys((*(view.id for view in views), *other_ids, *met))
        self._aliases = {id_: f"#{number}" for number, id_ in enumerate(ids, 1)}
        self._ids = _any_of(ids, whole=True)
        self._names = _any_of((view.name for view in views), whole=True)
        self._secrets = _any_of(_secrets(settings, views), whole=False)

    def named(self, text: str) -> str:
        """``text`` without the names that people gave."""
        return self._names.sub(DOTS, text)

    def over(self, text: str) -> str:
        """``text`` without secrets, ids, numbers and QRs. An id, which carries a name, becomes ``#1``."""
        text = self._ids.sub(lambda found: self._aliases[found[0].casefold()], self._secrets.sub(DOTS, text))
        return _DIGITS.sub(r"…\1", _QR.sub("[qr]", redact(text)))


def _any_of(texts: Iterable[str], *, whole: bool) -> re.Pattern[str]:
    """Matches each of ``texts``, the longest first; nothing when there are none."""
    wanted = sorted({text for text in texts if len(text) >= _SHORT}, key=len, reverse=True)
    if not wanted:
        return re.compile(r"(?!)")
    pattern = "|".join(map(re.escape, wanted))
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])" if whole else pattern, re.IGNORECASE)


def _secrets(settings: Settings, views: tuple[InstanceView, ...]) -> Iterator[str]:
    for name, value in _variables(settings):
        if _SECRET.search(name):
            for text in [value] if isinstance(value, str) else value:
                # However the line that holds it was written.
                yield from (text, quote(text, safe=""), repr(text)[1:-1], json.dumps(text)[1:-1])
    for view in views:
        yield view.phone
        if view.qr:
            yield view.qr.code
        if view.pairing_code:
            yield view.pairing_code.code


def _variables(settings: Settings) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            for inner in dataclasses.fields(value):
                yield _name(f"{field.name}_{inner.name}"), getattr(value, inner.name)
        elif field.name not in _DERIVED and value is not None:
            yield _name(field.name), value


def _name(field: str) -> str:
    return _NAMES.get(field, field.upper())


def _shown(name: str, value: Any) -> str:
    if _SECRET.search(name):
        return DOTS if value else ""
    if isinstance(value, (frozenset, tuple)):
        return ", ".join(sorted(map(str, value)))
    return str(value)


def _words(check: Check) -> tuple[str, ...]:
    return check.code, check.verdict.value, check.reason, f"[{check.value}]" if check.value else ""


def _versions() -> list[str]:
    found = [f"python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    for package in ("streamlit", "neonize"):
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package} missing")
    return found


def _time(at: float | datetime) -> str:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
