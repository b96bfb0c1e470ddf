"""One run of the process: what it was started with, and everything it holds until its end.

``current()`` is where services find it. A plain module variable and not ``st.cache_resource``: any visitor
can clear that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from core.alerts.monitor import AlertMonitor, Sources, Voice
from core.hosting.checks.deadline import DeadlinePool
from core.hosting.checks.machine import ClockWatch
from core.hosting.persistence.host import Host
from core.hosting.persistence.start_recorder import StartRecorder
from core.hosting.usage.monitor import UsageMonitor
from core.logs import RecentLines
from core.media.tools import MediaTools
from core.models.diagnostics import EngineRelease
from core.models.profile.own_profile import OwnProfile
from core.models.recipients import Group
from core.models.topic import Topic
from core.moving.backup import monitor as backups
from core.moving.backup.daily import Schedule
from core.moving.backup.destination import destination_of
from core.moving.backup.monitor import BackupMonitor
from core.moving.reader.client import MoveReader
from core.moving.uploads import KeptUploads
from core.registry.registry import Registry
from core.services.pairing.link_table import LinkTable
from core.services.pairing.presses import GuestPresses
from core.services.registry_api import RegistryApi
from core.services.state.audit_queue import AuditQueue
from core.services.state.change_bus import ChangeBus
from core.services.state.faces import Faces
from core.services.state.refresher import Refresher
from core.services.state.rejected_calls import RejectedCalls
from core.services.state.timed_cache import TimedCache
from core.services.state.visitors import SignIns, Visitors
from core.settings import Settings, app_version

_GROUP_LISTS: Final = 500
"""Instances whose groups are remembered."""
_PROFILES: Final = 200
"""Accounts whose profile is remembered, with a picture of some kilobytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What lives as long as the process runs. Made and closed by the lifespan, in a test by the test."""

    settings: Settings
    registry: RegistryApi
    usage_monitor: UsageMonitor
    start_recorder: StartRecorder
    pairing_links: LinkTable
    alerts: AlertMonitor
    backups: BackupMonitor
    uploads: KeptUploads
    guest_presses: GuestPresses = field(default_factory=GuestPresses)
    changes: ChangeBus = field(default_factory=ChangeBus)
    visitors: Visitors = field(default_factory=Visitors)
    audit: AuditQueue = field(default_factory=AuditQueue)
    media: MediaTools = field(default_factory=MediaTools)
    checks: DeadlinePool = field(default_factory=DeadlinePool)
    clock_watch: ClockWatch = field(default_factory=ClockWatch)
    log_lines: RecentLines = field(default_factory=RecentLines)
    groups: TimedCache[str, tuple[Group, ...]] = field(default_factory=lambda: TimedCache(_GROUP_LISTS))
    """The groups of each instance, as WhatsApp last listed them."""
    faces: Faces = field(default_factory=Faces)
    """The profile pictures of the instances' own accounts."""
    refresher: Refresher = field(default_factory=Refresher)
    """Puts questions to WhatsApp whose answers a page shows when they are there."""
    move_reader: MoveReader = field(default_factory=MoveReader)
    """Reads uploads and databases of others."""
    people: Faces = field(default_factory=Faces)
    """Those of people whose conversation was opened."""
    profiles: TimedCache[str, OwnProfile] = field(default_factory=lambda: TimedCache(_PROFILES))
    """What the accounts show of themselves, as WhatsApp last said."""
    rejected_calls: RejectedCalls = field(default_factory=RejectedCalls)
    """Calls whose callers are to get a text."""

    @classmethod
    def create(
        cls, settings: Settings, host: Host, *, sign_ins: SignIns | None = None, log_lines: RecentLines
    ) -> Runtime:
        """Put a runtime together; nothing runs before ``start``."""
        changes = ChangeBus()
        start_recorder = StartRecorder(settings, host)
        rejected_calls = RejectedCalls()
        registry = Registry(
            settings,
            on_change=changes.publish,
            on_open=start_recorder.record,
            on_call_rejected=rejected_calls.put,
        )
        usage_monitor = UsageMonitor(settings.auth_dir, storage=registry.storage, views=registry.views)
        backup_monitor = _backup_monitor(settings, registry)
        return cls(
            settings=settings,
            registry=registry,
            usage_monitor=usage_monitor,
            start_recorder=start_recorder,
            pairing_links=LinkTable(settings.auth_dir),
            alerts=_alert_monitor(settings, registry, usage_monitor, backup_monitor),
            backups=backup_monitor,
            uploads=KeptUploads(settings.auth_dir),
            changes=changes,
            rejected_calls=rejected_calls,
            visitors=Visitors(sign_ins),
            log_lines=log_lines,
        )

    def start(self) -> None:
        """Begin to restore the instances and to measure. Returns at once; call it once."""
        self.registry.start()
        self.usage_monitor.start()
        self.alerts.start()
        self.backups.start()

    def stop(self) -> None:
        """End every thread and every process of the instances. Idempotent; takes about 10 s at most."""
        self.alerts.stop()  # first: instances that stop with the process are no trouble
        self.backups.stop()
        self.usage_monitor.stop()
        self.move_reader.close()
        self.uploads.close()
        self.registry.stop()

    def close(self) -> None:
        """End everything in order: pages, the record of this start, instances, files. Idempotent.

        The lifespan takes the same steps, each with a limit of its own.
        """
        self.changes.close()
        self.start_recorder.close()
        self.stop()
        self.media.close()


def _backup_monitor(settings: Settings, registry: RegistryApi) -> BackupMonitor:
    daily = settings.backup
    schedule = None
    if daily is not None:
        schedule = Schedule(
            destination=destination_of(daily),
            place=daily.to,
            passphrase=daily.passphrase,
            messages=daily.messages,
        )
    sources = backups.Sources(storage=registry.storage, views=registry.views, flush=registry.flush_messages)
    return BackupMonitor(settings.auth_dir, sources=sources, app_version=app_version(), schedule=schedule)


def _alert_monitor(
    settings: Settings, registry: RegistryApi, usage_monitor: UsageMonitor, backup_monitor: BackupMonitor
) -> AlertMonitor:
    def used_share() -> float | None:
        disk = usage_monitor.view.disk
        return disk.used_share if disk else None

    def engine() -> EngineRelease:
        return EngineRelease.of(*registry.installed_core(), today=datetime.now(UTC).date())

    sources = Sources(
        storage=registry.storage,
        views=registry.views,
        used_share=used_share,
        engine=engine,
        backups=lambda: backup_monitor.view,
    )
    voice = Voice(urls=settings.alert_urls, language=settings.language, app_name=settings.app_name)
    return AlertMonitor(
        settings.auth_dir, sources=sources, voice=voice, on_change=lambda: registry.publish(Topic.ALERTS)
    )


_current: Runtime | None = None


def install(runtime: Runtime | None) -> None:
    """Make ``runtime`` the one that services use; None once it is closed. Called by the lifespan only."""
    global _current  # noqa: PLW0603  # the process singleton
    _current = runtime


def current() -> Runtime:
    """Return the running runtime. Raises RuntimeError before the process's start and after its end."""
    if _current is None:
        raise RuntimeError("the registry is not running; start the app with: streamlit run app.py")
    return _current
