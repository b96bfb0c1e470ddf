"""Self-checks, settings in force, recent log, and a report for support.

``run_checks``, ``check_network`` and ``check_engine`` answer the questions of ``SelfCheck``, in its order;
the second those from ``NETWORK_NAME`` on, the third its last. What a value holds and what a reason means:
``core.models.diagnostics``.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from core.engine.whatsapp.version import installed_core
from core.hosting.checks import installation, machine
from core.hosting.checks.backup import backup_check
from core.hosting.checks.disk import disk_checks
from core.hosting.checks.engine_release import newest_engine
from core.hosting.checks.interpreter import interpreter_check
from core.hosting.checks.network import network_checks
from core.hosting.checks.proxy import proxy_variables
from core.hosting.persistence import start_history
from core.media import ffmpeg_program
from core.models.diagnostics import (
    Check,
    CheckReason,
    LogLine,
    SelfCheck,
    SelfCheckReason,
    StartView,
    Verdict,
)
from core.models.persistence import PersistenceReason
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


def check_engine() -> Check:
    """Ask the package index for a newer core; takes up to 20 s. Only when a person asked for it."""
    try:
        return newest_engine(installed_core()[0])
    except importlib.metadata.PackageNotFoundError:
        return Check(SelfCheck.ENGINE_NEWEST, Verdict.BAD, SelfCheckReason.ENGINE_MISSING)


def settings_in_force() -> tuple[tuple[str, str], ...]:
    """Return name and value of each variable that this process was started with; secrets are dots."""
    return settings_shown(current().settings)


def recent_log(level: str = "INFO") -> tuple[LogLine, ...]:
    """Return the last lines (2,000 are kept) of ``level`` and above, newest last."""
    least = logging.getLevelNamesMapping()[level]
    ranks = logging.getLevelNamesMapping()
    return tuple(line for line in current().log_lines.all() if ranks.get(line.level, logging.INFO) >= least)


def starts() -> tuple[StartView, ...]:
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


def _answers(code: SelfCheck, check: Callable[[], Check | Iterable[Check]]) -> Iterable[Check]:
    try:
        found = check()
    except Exception:
        # Whatever broke, the other checks are what a person in trouble came for.
        log.exception("self-check %s crashed", code)
        found = Check(code, Verdict.UNKNOWN, CheckReason.CHECK_FAILED)
    return (found,) if isinstance(found, Check) else found


def _engine_age() -> Check:
    try:
        version, made = installed_core()
    except importlib.metadata.PackageNotFoundError:
        return Check(SelfCheck.ENGINE_AGE, Verdict.BAD, SelfCheckReason.ENGINE_MISSING)
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
        (answer,) = current().checks.run({SelfCheck.OWNER_LOCK: _lock_file})
        return answer
    if not found.problem:
        return Check(SelfCheck.OWNER_LOCK, Verdict.UNKNOWN, CheckReason.OPENING)
    return Check(SelfCheck.OWNER_LOCK, Verdict.BAD, found.problem, found.detail)


def _lock_file() -> Check:
    if (current().settings.auth_dir / LOCK_FILE).exists():
        return Check(SelfCheck.OWNER_LOCK, Verdict.GOOD, value=str(os.getpid()))
    return Check(SelfCheck.OWNER_LOCK, Verdict.BAD, SelfCheckReason.OWNER_LOCK_LOST)


def _boot_history() -> Check:
    view = persistence()
    if view.reason is PersistenceReason.OPENING:
        return Check(SelfCheck.BOOTS, Verdict.UNKNOWN, CheckReason.OPENING)
    if view.proven_since is None:
        return Check(SelfCheck.BOOTS, Verdict.WARNING, SelfCheckReason.BOOTS_NONE)
    first = datetime.fromtimestamp(view.proven_since, UTC)
    return Check(
        SelfCheck.BOOTS, Verdict.GOOD, value=f"{view.restarts + 1} / {view.deploys}, {first:%Y-%m-%d}"
    )


def _ffprobe() -> Check:
    """Check the program that comes with ffmpeg; an ffmpeg that comes without it does the same."""
    check = installation.program(SelfCheck.FFPROBE)
    if check.reason == SelfCheckReason.PROGRAM_MISSING and ffmpeg_program.usable():
        return Check(SelfCheck.FFPROBE, Verdict.GOOD, value=SelfCheck.FFMPEG)
    return check


_CHECKS: Final[tuple[tuple[SelfCheck, Callable[[], Check | Iterable[Check]]], ...]] = (
    (SelfCheck.PYTHON_VERSION, lambda: installation.python_version(ROOT / ".python-version")),
    (SelfCheck.PYTHON_WEAKNESSES, interpreter_check),
    (SelfCheck.PACKAGES, lambda: installation.packages(ROOT / "requirements.txt")),
    (SelfCheck.ENGINE_AGE, _engine_age),
    (SelfCheck.LIBMAGIC, installation.libmagic),
    (SelfCheck.FFMPEG, lambda: installation.program(SelfCheck.FFMPEG, place=ffmpeg_program.found())),
    (SelfCheck.FFPROBE, _ffprobe),
    (SelfCheck.PROXY, lambda: proxy_variables(*WHATSAPP, os.environ)),
    (SelfCheck.CLOCK, _clock_check),
    (SelfCheck.TIME_ZONE, machine.time_zone),
    (SelfCheck.DISK_WRITE, lambda: disk_checks(current().settings.auth_dir, current().checks)),
    (SelfCheck.OWNER_LOCK, _owner_lock),
    (SelfCheck.FILE_DESCRIPTORS, machine.descriptors),
    (SelfCheck.MEMORY, lambda: machine.memory_use(machine.memory())),
    (SelfCheck.BOOTS, _boot_history),
    (SelfCheck.BACKUP, lambda: backup_check(current().backups.view, now=time.time())),
)
