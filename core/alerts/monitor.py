"""The thread that looks for trouble, writes it down, and sees that it is told."""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.alerts.addresses import Address, addresses_of
from core.alerts.conditions import backup_sign, disk_sign, engine_sign, instance_sign
from core.alerts.delivery import AT_ONCE, Messenger
from core.alerts.incidents import Watch, advance
from core.alerts.outbox import GATHER_S, RECENT, Batch, Outbox, wait_s
from core.alerts.quiet_hours import quiet_until, zone_of
from core.alerts.words import message_of
from core.errors import AppError, InvalidInputError, StorageUnavailableError
from core.models.alerts.choices import AlertChoices
from core.models.alerts.deliveries import Delivery, DeliveryFailure, Outcome
from core.models.alerts.incidents import Incident, Notice, NoticeKind, Sign
from core.models.alerts.views import AddressView, AlertsView
from core.models.diagnostics import EngineRelease
from core.models.instance import InstanceView
from core.models.moving.backup import BackupsView
from core.models.storage import StorageProblem, StorageView
from core.store.alerts.choices_file import CHOICES_FILE, read_choices, write_choices
from core.store.alerts.database import read_alerts, write_alerts
from core.store.json_file import OtherVersionError
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
STOP_S: Final = 1.0
_JOIN_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the state of things is asked for. Each is safe from any thread and answers at once."""

    storage: Callable[[], StorageView]
    views: Callable[[], tuple[InstanceView, ...]]
    used_share: Callable[[], float | None]
    """Of the disk, 0 to 1."""
    engine: Callable[[], EngineRelease]
    backups: Callable[[], BackupsView] = BackupsView
    """How the daily backup stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How messages speak, and to whom whatever is chosen on the page."""

    urls: tuple[str, ...]
    """``ALERT_URLS``: secrets."""
    language: str
    app_name: str

    def __repr__(self) -> str:
        return f"Voice({len(self.urls)} addresses, {self.language})"


class AlertMonitor:
    """Incidents and their telling, from the start of the process to its end.

    Threading: everything is safe from any thread. ``view`` returns at once; changes wait for a small file to
    be written; ``stop`` waits up to 2 s.
    """

    def __init__(  # noqa: PLR0913  # what a test makes shorter
        self,
        auth_dir: Path,
        *,
        sources: Sources,
        voice: Voice,
        messenger: Messenger | None = None,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
        every_s: float = EVERY_S,
        gather_s: float = GATHER_S,
    ) -> None:
        """``on_change`` is called, in any thread, when ``view`` is another; it must return at once."""
        self.view = AlertsView()
        """What there is to see; replaced whole."""
        self._auth_dir = auth_dir
        self._sources = sources
        self._voice = voice
        self._on_change = on_change
        self._messenger = messenger or Messenger()
        self._clock = clock
        self._every_s = every_s
        self._gather_s = gather_s
        self._lock = threading.RLock()
        self._loaded = False
        self._choices = AlertChoices()
        self._damaged = ""
        self._frozen = False
        """True while the file of choices is of a newer version: it is not overwritten."""
        self._services: dict[str, str] = {}
        self._addresses: dict[str, Address] = {}
        self._watch = Watch()
        self._outbox = Outbox()
        self._unsaved_incidents: dict[str, Incident] = {}
        self._unsaved_deliveries: dict[str, Delivery] = {}
        self._trouble = ""
        """Code of why the disk takes nothing, as last logged."""
        self._attempts: list[threading.Thread] = []
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to look; call it once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking and end attempts under way; they are made again after the next start. Idempotent.

        None is under way on return, unless a disk hangs: that is waited for at most 2 s.
        """
        self._closing.set()
        self._asked.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
        self._messenger.close()
        until = time.monotonic() + STOP_S
        while any(each.is_alive() for each in self._attempts) and time.monotonic() < until:
            for each in self._attempts:
                each.join(_JOIN_S)
            self._messenger.close()  # one may have begun meanwhile

    def service_of(self, url: str) -> str:
        """Return what kind of service an address leads to. Takes up to seconds; asks no network.

        Raises InvalidInputError (alert-address).
        """
        return self._messenger.service_of(url)

    def change(self, changed: Callable[[AlertChoices], AlertChoices]) -> None:
        """Replace the choices by what ``changed`` makes of them, durably.

        Raises what ``changed`` raises, and StorageUnavailableError: the old ones stay then.
        """
        with self._lock:
            self._require_loaded()
            if self._frozen:
                raise StorageUnavailableError(StorageProblem.ERROR, detail=CHOICES_FILE)
            choices = changed(self._choices)
            try:
                write_choices(self._auth_dir, choices)
            except OSError as error:
                raise storage_error(error) from error
            self._use(choices)
            self._show()
        self._asked.set()

    def test(self, address_ids: Collection[str] = ()) -> None:
        """Send a test to these addresses, to all without any; quiet hours do not hold it. Returns at once."""
        now = self._clock()
        with self._lock:
            self._require_loaded()
            wanted = [each for each in self._addresses.values() if not address_ids or each.id in address_ids]
            notice = Notice(_new_id(), NoticeKind.TEST, now)
            everywhere = [replace(each, instances=()) for each in wanted]
            self._send((notice,), everywhere)
            self._show()
        self._asked.set()

    # -- the thread ----------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._closing.is_set():
            self._asked.clear()
            try:
                self._tick()
            except AppError as error:
                self._log_trouble(error)
            except Exception:
                # Top of a thread: a bug costs this look, not all later ones.
                log.exception("alerts not looked after")
            self._asked.wait(self._every_s)

    def _tick(self) -> None:
        if not self._sources.storage().ready:
            return
        with self._lock:
            self._require_loaded()
        self._learn_services()
        now = self._clock()
        signs = self._signs(now)
        with self._lock:
            self._look(signs, now)
            hours = quiet_until(self._choices.quiet, now=now)
            batches = self._outbox.take(
                self._addresses.values(), now=now, quiet=hours is not None, at_once=AT_ONCE
            )
            self._show()
        self._attempts = [each for each in self._attempts if each.is_alive()]
        for batch in batches:
            attempt = threading.Thread(target=self._deliver, args=(batch,), name="alert", daemon=True)
            self._attempts.append(attempt)
            attempt.start()

    def _signs(self, now: float) -> list[Sign]:
        signs = [instance_sign(view, now=now) for view in self._sources.views()]
        storage = self._sources.storage()
        signs.append(disk_sign(self._sources.used_share(), cannot_store=bool(storage.trouble)))
        signs.append(engine_sign(self._sources.engine()))
        signs.append(backup_sign(self._sources.backups()))
        return signs

    def _look(self, signs: list[Sign], now: float) -> None:
        step = advance(
            self._watch, signs, now=now, offline_s=self._choices.offline_minutes * 60, new_id=_new_id
        )
        self._unsaved_incidents.update({each.id: each for each in step.changed})
        self._watch = step.watch
        self._send(step.notices, self._addresses.values())

    def _send(self, notices: tuple[Notice, ...], addresses: Collection[Address]) -> None:
        """Write down, with what else waits for that, what ``notices`` make; then let it be on its way.

        A disk that refuses (it may be what the alert is about) holds nothing up: it is written down later.
        """
        made = self._outbox.planned(
            notices, addresses, muted=self._choices.muted, new_id=_new_id, gather_s=self._gather_s
        )
        self._save(made)
        self._outbox.accept(made)

    def _deliver(self, batch: Batch) -> None:
        """Make one attempt, in a thread of its own."""
        if self._closing.is_set():
            return
        title, body = message_of(
            batch.notices,
            language=self._voice.language,
            zone=zone_of(self._choices.zone),
            app_name=self._voice.app_name,
        )
        try:
            outcome = self._messenger.send(batch.address.url, title=title, body=body)
        except Exception:
            # Top of a thread: what is not settled would keep its address busy for ever.
            log.exception("alert not sent", extra={"service": batch.address.service})
            outcome = Outcome(DeliveryFailure.NO_PROCESS)
        if outcome.failure is not None and self._closing.is_set():
            return  # we ended it ourselves: it is still to be made
        with self._lock:
            now = self._clock()
            settled = self._outbox.settle(batch, outcome, now=now, wait=self._wait_s)
            self._save(settled)
            self._show()
        if outcome.failure is not None:
            log.warning(
                "alert not delivered",
                extra={"service": batch.address.service, "failure": str(outcome.failure)},
            )
        self._asked.set()

    def _wait_s(self, tries: int) -> float:
        return wait_s(tries, jitter=random.random())  # noqa: S311  # spreads attempts

    # -- memory and disk -----------------------------------------------------------------------------------
    def _require_loaded(self) -> None:
        """Read what is stored, once. Raises StorageUnavailableError."""
        if self._loaded:
            return
        stored = read_alerts(self._auth_dir, settled=RECENT)
        try:
            choices, self._damaged = read_choices(self._auth_dir)
        except OtherVersionError:
            log.error("%s is of another version and stays as it is", CHOICES_FILE)
            choices, self._frozen = AlertChoices(), True
        except OSError as error:
            raise storage_error(error) from error
        self._outbox = Outbox(stored.waiting, stored.settled)
        self._watch = Watch(
            open={each.subject: each for each in stored.incidents if each.closed_at is None},
            closed=tuple(each for each in stored.incidents if each.closed_at is not None),
        )
        self._loaded = True
        self._use(choices)
        self._show()

    def _use(self, choices: AlertChoices) -> None:
        """Let these choices count; what waits for an address that is gone is given up."""
        self._choices = choices
        self._addresses = addresses_of(self._voice.urls, choices, self._services)
        gone = {each.address_id for each in self._outbox.waiting} - set(self._addresses)
        if gone:
            self._save(self._outbox.drop(gone, now=self._clock()))

    def _save(self, deliveries: tuple[Delivery, ...]) -> None:
        """Write down what changed; what the disk does not take is kept in memory and tried again."""
        self._unsaved_deliveries.update({each.id: each for each in deliveries})
        if not (self._unsaved_deliveries or self._unsaved_incidents):
            return
        try:
            write_alerts(
                self._auth_dir,
                incidents=self._unsaved_incidents.values(),
                deliveries=self._unsaved_deliveries.values(),
                now=self._clock(),
            )
        except StorageUnavailableError as error:
            self._log_trouble(error)
            return
        self._unsaved_incidents.clear()
        self._unsaved_deliveries.clear()
        self._trouble = ""

    def _log_trouble(self, error: AppError) -> None:
        if error.code != self._trouble:
            log.warning("alerts not stored: %s", error)
        self._trouble = error.code

    def _learn_services(self) -> None:
        """Ask once what the addresses of the setting lead to."""
        unknown = [each for each in self._addresses.values() if each.id not in self._services]
        for address in unknown:
            service = address.service
            if address.from_setting:
                try:
                    service = self._messenger.service_of(address.url)
                except InvalidInputError:
                    log.warning("an address in ALERT_URLS leads to no service that is known")
            self._services[address.id] = service
        if unknown:
            with self._lock:
                self._addresses = addresses_of(self._voice.urls, self._choices, self._services)

    def _show(self) -> None:
        """Replace what pages see, and announce that it is another."""
        deliveries = sorted(
            (*self._outbox.settled, *self._outbox.waiting),
            key=lambda each: each.tried_at or each.notice.at,
            reverse=True,
        )
        before, self.view = (
            self.view,
            AlertsView(
                addresses=tuple(_shown(each, deliveries) for each in self._addresses.values()),
                open=tuple(sorted(self._watch.open.values(), key=lambda each: each.opened_at)),
                recent=tuple(deliveries),
                offline_minutes=self._choices.offline_minutes,
                muted=self._choices.muted,
                quiet=self._choices.quiet,
                damaged=self._damaged,
                unsaved=bool(self._unsaved_incidents or self._unsaved_deliveries),
            ),
        )
        if self.view != before:
            self._on_change()


def _shown(address: Address, deliveries: list[Delivery]) -> AddressView:
    mine = [each for each in deliveries if each.address_id == address.id]
    return AddressView(
        id=address.id,
        service=address.service,
        label=address.label,
        from_setting=address.from_setting,
        instances=address.instances,
        unrecognised=address.unrecognised,
        waiting=sum(each.state == "waiting" for each in mine),
        last=next((each for each in mine if each.tried_at is not None), None),
    )


def _new_id() -> str:
    return uuid.uuid4().hex
