"""The report for support: text that says everything about the installation and nothing about people."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from core.hosting.persistence.start_history import StartRecord
from core.logs import redact
from core.models.diagnostics import Check, LogLine
from core.models.instance import InstanceView
from core.services.support.redaction import DOTS, mask_fact, mask_text, plain
from core.settings import Settings

LINES: Final = 300
"""Of the log, the last ones."""

_SECRET: Final = re.compile(r"PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY|CREDENTIAL|EMAIL|ALERT_URLS")
_NAMES: Final = {
    "language": "APP_LANGUAGE",
    "password": "APP_PASSWORD",
    "oidc_emails": "OIDC_ALLOWED_EMAILS",
    "oidc_domains": "OIDC_ALLOWED_DOMAINS",
}
"""Where the variable is not called as the field of ``Settings``."""
_DERIVED: Final = frozenset({"auth_dir_as_given", "auth_dir_ephemeral", "on_render"})
"""Fields that no variable holds."""

_INSTANCE: Final = re.compile(r"\binstance[= ]([a-z0-9]+(?:-[a-z0-9]+)+)")
_SHORT: Final = 2
"""Characters of a name or secret; a shorter one cannot be told from any other text."""
_SEPARATORS: Final = r"[\W_]{0,3}"
"""What may stand between the words of a name, the digits of a number, the signs of a code."""
_LOCAL_DIGITS: Final = (13, 12, 11, 10, 9, 8, 7)
"""How many digits of a number people write, with or without what it begins with abroad."""


def settings_shown(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return name and value of each variable; a secret that is set is dots, whatever its length."""
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
    boots: tuple[StartRecord, ...]
    """Oldest first."""
    lines: tuple[LogLine, ...]
    """Of the log, oldest first."""


def compose(facts: Facts) -> str:
    """Return the report as plain text, the same in every language."""
    lines = facts.lines[-LINES:]
    redactor = _Redactor(facts.settings, facts.views, facts.deleted_ids, lines)
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
    }
    shown = {title: [redactor.fact(row) for row in rows] for title, rows in parts.items()}
    shown["log"] = [
        f"{_time(line.at)} {line.level} {line.source} {redactor.text(line.text)}" for line in lines
    ]
    return "\n".join(f"[{title}]\n" + "".join(f"{row}\n" for row in rows) for title, rows in shown.items())


class _Redactor:
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
        self._ids = re.compile(rf"(?<![\w-])(?:{_any_of(map(re.escape, ids))})(?![\w-])", re.IGNORECASE)
        names = [plain(view.name).strip() for view in views]
        self._names = _any_name(names)
        # The masks would take such a name apart before it is looked for.
        self._odd_names = _any_name(name for name in names if not name.replace(" ", "").isalpha())
        self._secrets = re.compile(_any_of(_secret_spellings(settings, views)), re.IGNORECASE)
        self._numbers = re.compile(rf"(?<!\d)(?=\d)(?:{_any_of(_number_spellings(views))})(?!\d)")

    def text(self, text: str) -> str:
        """Return a line of the log without secrets, names, ids, numbers, addresses and QRs."""
        text = self._odd_names.sub(DOTS, self._without_ids(text))
        return self._names.sub(DOTS, redact(mask_text(self._numbers.sub(DOTS, text))))

    def fact(self, text: str) -> str:
        """Return one of our own lines the same way; it holds no name but in an id, which becomes ``#1``."""
        return redact(mask_fact(self._numbers.sub(DOTS, self._without_ids(text))))

    def _without_ids(self, text: str) -> str:
        text = self._secrets.sub(DOTS, plain(self._secrets.sub(DOTS, text)))
        return self._ids.sub(lambda found: self._aliases[found[0].casefold()], text)


def _any_of(patterns: Iterable[str]) -> str:
    """Return a pattern for each of ``patterns``, the longest first; for nothing when there are none."""
    return "|".join(sorted(set(patterns), key=len, reverse=True)) or r"(?!)"


def _any_name(names: Iterable[str]) -> re.Pattern[str]:
    spellings = [(spelling, name) for name in names for spelling in _spellings(name)]
    # A look at one letter is enough for most places in a text.
    first = "".join({char for _, name in spellings for char in (name[0], _without_accents(name)[:1])})
    pattern = _any_of(spelling for spelling, _ in spellings)
    return re.compile(rf"(?=[%\\{re.escape(first)}])(?:{pattern})", re.IGNORECASE)


def _spellings(name: str) -> Iterator[str]:
    """Return patterns of ``name``: its words joined by anything, with accents and without, and escaped."""
    if len(name) < _SHORT or (name.isdecimal() and len(name) <= _SHORT):
        return
    for written in {name, _without_accents(name)}:
        if words := written.split():
            yield (
                _edge(words[0][0], "(?<!{})")
                + _SEPARATORS.join(map(re.escape, words))
                + _edge(words[-1][-1], "(?!{})")
            )
    if not name.isascii():
        yield from map(re.escape, (quote(name, safe=""), json.dumps(name)[1:-1], ascii(name)[1:-1]))


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))


def _edge(char: str, pattern: str) -> str:
    """Return where a word that has ``char`` at its edge begins or ends: not within a longer one.

    Scripts that put no blanks between words (those from Thai on) have no such edge.
    """
    return pattern.format(r"[^\W_]") if char.isalnum() and char < "\u0e00" else ""


def _secret_spellings(settings: Settings, views: tuple[InstanceView, ...]) -> Iterator[str]:
    for secret in _secrets(settings):
        yield from (re.escape(text) for text in (secret, plain(secret)) if len(text) > _SHORT)
    for view in views:
        if view.qr:
            yield re.escape(view.qr.code)
        if view.pairing_code and (code := re.sub(r"[\W_]", "", view.pairing_code.code)):
            yield _SEPARATORS.join(map(re.escape, code))


def _number_spellings(views: tuple[InstanceView, ...]) -> Iterator[str]:
    """Return patterns of the instances' own numbers, whole or without their first digits."""
    for view in views:
        digits = re.sub(r"\D", "", view.phone)
        for count in {len(digits), *_LOCAL_DIGITS}:
            if min(_LOCAL_DIGITS) <= count <= len(digits):
                yield _SEPARATORS.join(digits[-count:])


def _secrets(settings: Settings) -> Iterator[str]:
    for name, value in _variables(settings):
        if _SECRET.search(name):
            for text in [value] if isinstance(value, str) else value:
                # However the line that holds it was written.
                yield from (text, quote(text, safe=""), repr(text)[1:-1], json.dumps(text)[1:-1])


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
