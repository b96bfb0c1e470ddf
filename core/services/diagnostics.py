"""Self-checks, settings in force, recent log, and a report for support.

``run_checks`` answers the questions of the table, in its order. Any of them may also be ``unknown`` for
``check-failed``: the check itself broke, and the log says how.

================  ==================================================================================
code              reasons; value
================  ==================================================================================
python-version    python-not-tested; the running version, with the reason the tested one in brackets
python-weaknesses python-weak; the running version, the first patch without them, and their names
packages          packages-missing, packages-differ, packages-no-list; how many, with a reason which
engine-age        engine-old (over 90 days), engine-very-old (over a year), engine-date-unknown,
                  engine-missing; version and the day of its source
libmagic          libmagic-missing; version
ffmpeg            program-missing, program-broken; version
ffprobe           the same
proxy             proxy-ignored (a variable that WhatsApp's connection does not honour; only HTTPS_PROXY
                  counts), proxy-bypassed (NO_PROXY excepts WhatsApp), proxy-unusable; variable and
                  address without its password, empty when there is none
clock             clock-in-the-past (before the engine was made), clock-jumped (set since the start); UTC
                  now, or by how many seconds it jumped. A clock that was wrong from the start is seen by
                  ``clock-skew`` below only
time-zone         time-zone-unknown (TZ names none that this system has); name and offset
disk-write        disk-slow (over 250 ms), disk-hangs, auth-dir-missing, auth-dir-read-only,
                  auth-dir-denied, disk-full, auth-dir-error; time of one durable write
disk-space        disk-80, disk-95, not-told, disk-hangs, auth-dir-…; share used (free / size)
inodes            inodes-80, inodes-95, inodes-not-counted, disk-hangs, auth-dir-…; share used (free / all)
permissions       permissions-too-open, permissions-not-ours, disk-hangs, auth-dir-…; mode and owner, how
                  many are wrong and the first of them
owner-lock        owner-lock-lost (the folder was removed underneath), disk-hangs, opening,
                  auth-dir-locked, disk-full, auth-dir-…; the owner's process id
file-descriptors  descriptors-80, descriptors-95, not-told; used / limit
memory            memory-80, memory-95, not-told; share used (used / limit)
boots             boots-none (no start is on record), opening; starts, of them deploys, day of the first:
                  ``12 / 3, 2026-11-01``
================  ==================================================================================

``check_network`` answers these, in this order; after one that failed the others are ``unknown`` for
``not-reached``:

================  ==================================================================================
network-name      name-unknown, network-timeout, proxy-unusable; time (of the proxy's name, with one)
network-connect   connect-refused, connect-failed, network-timeout, proxy-refused, proxy-password (it wants
                  another), proxy-not-tried (unknown: an https proxy); time, with a reason what was said
network-tls       tls-expired, tls-not-yet-valid, tls-self-signed, tls-untrusted, tls-wrong-name, tls-none
                  (something else answers), tls-failed, network-timeout; protocol version
network-answer    answer-none, answer-slow (over 2 s), network-timeout; time
clock-skew        clock-skew (warning over 30 s, bad over 5 min), clock-no-date; by how much this clock is
                  ahead (+) or behind (-)
================  ==================================================================================

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from core.engine.whatsapp.version import installed_core
from core.hosting.checks import installation, machine
from core.hosting.checks.disk import disk_checks
from core.hosting.checks.interpreter import interpreter_check
from core.hosting.checks.network import network_checks
from core.hosting.checks.proxy import proxy_variables
from core.hosting.persistence import start_history
from core.models.diagnostics import Check, Verdict
from core.models.log_line import LogLine
from core.models.start import Start
from core.services.instances import deleted_instances, list_instances, storage
from core.services.persistence import persistence
from core.services.runtime import current
from core.services.support.report import Facts, compose, settings_shown
from core.settings import ROOT
from core.store.owner_lock import LOCK_FILE

log = logging.getLogger(__name__)

WHATSAPP: Final = ("web.whatsapp.com", 443)


def run_checks() -> tuple[Check, ...]:
    """Run the local checks; takes up to about a second, with a disk that hangs 5 s."""
    return tuple(answer for code, check in _CHECKS for answer in _answers(code, check))


def check_network(target: tuple[str, int] = WHATSAPP) -> tuple[Check, ...]:
    """Connect to WhatsApp once, as the engine would; takes up to 10 s. Only when a person asked for it."""
    return network_checks(*target)


def settings_in_force() -> tuple[tuple[str, str], ...]:
    """Name and value of each variable that this process was started with; secrets are dots."""
    return settings_shown(current().settings)


def recent_log(level: str = "INFO") -> tuple[LogLine, ...]:
    """Return the last lines (2,000 are kept) of ``level`` and above, newest last."""
    least = logging.getLevelNamesMapping()[level]
    ranks = logging.getLevelNamesMapping()
    return tuple(line for line in current().log_lines.all() if ranks.get(line.level, logging.INFO) >= least)


def starts() -> tuple[Start, ...]:
    """Return the newest starts on record (at most 50), newest first, without the machine each ran on.

    From memory: nothing is read from the disk. Empty while the folder is not open, and when nothing could be
    recorded there.
    """
    history = current().start_recorder.facts().history
    return start_history.as_starts(history) if history else ()


def report() -> str:
    """Return everything above as text for support, without names, numbers or secrets. Asks no network."""
    history = current().start_recorder.facts().history
    facts = Facts(
        at=datetime.now(UTC),
        settings=current().settings,
        views=list_instances(),
        deleted_ids=tuple(item.id for item in deleted_instances()),
        checks=run_checks(),
        boots=history.recent if history else (),
        lines=current().log_lines.all(),
    )
    return compose(facts)


def _answers(code: str, check: Callable[[], Check | Iterable[Check]]) -> Iterable[Check]:
    try:
        found = check()
    except Exception:
        # Whatever broke, the other checks are what a person in trouble came for.
        log.exception("self-check %s crashed", code)
        found = Check(code, Verdict.UNKNOWN, "check-failed")
    return (found,) if isinstance(found, Check) else found


def _engine_age() -> Check:
    try:
        version, made = installed_core()
    except importlib.metadata.PackageNotFoundError:
        return Check("engine-age", Verdict.BAD, "engine-missing")
    return installation.engine_age(version, made, datetime.now(UTC).date())


def _clock_check() -> Check:
    try:
        made = installed_core()[1]
    except importlib.metadata.PackageNotFoundError:
        made = None
    return current().clock_watch.check(made)


def _owner_lock() -> Check:
    found = storage()
    if found.ready:
        (answer,) = current().checks.run({"owner-lock": _lock_file})
        return answer
    if not found.problem:
        return Check("owner-lock", Verdict.UNKNOWN, "opening")
    return Check("owner-lock", Verdict.BAD, found.problem, found.detail)


def _lock_file() -> Check:
    if (current().settings.auth_dir / LOCK_FILE).exists():
        return Check("owner-lock", Verdict.GOOD, value=str(os.getpid()))
    return Check("owner-lock", Verdict.BAD, "owner-lock-lost")


def _boot_history() -> Check:
    view = persistence()
    if view.reason == "opening":
        return Check("boots", Verdict.UNKNOWN, "opening")
    if view.proven_since is None:
        return Check("boots", Verdict.WARNING, "boots-none")
    first = datetime.fromtimestamp(view.proven_since, UTC)
    return Check("boots", Verdict.GOOD, value=f"{view.restarts + 1} / {view.deploys}, {first:%Y-%m-%d}")


_CHECKS: Final[tuple[tuple[str, Callable[[], Check | Iterable[Check]]], ...]] = (
    ("python-version", lambda: installation.python_version(ROOT / ".python-version")),
    ("python-weaknesses", interpreter_check),
    ("packages", lambda: installation.packages(ROOT / "requirements.txt")),
    ("engine-age", _engine_age),
    ("libmagic", installation.libmagic),
    ("ffmpeg", lambda: installation.program("ffmpeg")),
    ("ffprobe", lambda: installation.program("ffprobe")),
    ("proxy", lambda: proxy_variables(*WHATSAPP, os.environ)),
    ("clock", _clock_check),
    ("time-zone", machine.time_zone),
    ("disk", lambda: disk_checks(current().settings.auth_dir, current().checks)),
    ("owner-lock", _owner_lock),
    ("file-descriptors", machine.descriptors),
    ("memory", lambda: machine.memory_use(machine.memory())),
    ("boots", _boot_history),
)
