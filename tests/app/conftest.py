"""A page in a process without a registry: services answer from a scene that the test sets."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError, NotConnectedError, UnknownInstanceError
from core.models.content import Content, Kind
from core.models.deleted import DeletedInstance
from core.models.diagnostics import Check, EngineRelease, LogLine, StartView
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState, SentMessage
from core.models.persistence import PersistenceStatus, PersistenceView
from core.models.received import Changes, InboxContact, InboxEntry
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.usage import CostView, UsageView
from core.services import (
    diagnostics,
    inbox,
    instances,
    messages,
    persistence,
    phone_numbers,
    rate_limits,
    recipients,
    usage,
)
from core.services.rate_limits import LinkAge
from core.services.recipients import Checked, Group
from tests.app.hosting_samples import GUIDE, light, measured, priced

ROOT: Final = Path(__file__).resolve().parents[2]
PHONE: Final = "5511987654321"


def view(instance_id: str, name: str, state: InstanceState, **more: Any) -> InstanceView:
    """An instance in `state`, with nothing special about it but `more`."""
    plain = InstanceView(
        id=instance_id,
        name=name,
        state=state,
        reason="",
        detail="",
        phone="",
        since=time.time() - 60,
        restarts=0,
        worker_pid=None,
        qr=None,
        next_try_at=None,
        linked=False,
        created_at=0.0,
    )
    return replace(plain, **more)


def connected(instance_id: str = "loja-1", name: str = "Loja", **more: Any) -> InstanceView:
    """An instance that can send."""
    return view(instance_id, name, InstanceState.CONNECTED, phone=PHONE, linked=True, **more)


@dataclass
class FakeServices:
    """What the services answer, and what the pages asked of them."""

    views: list[InstanceView] = field(default_factory=list)
    storage: StorageView = field(default_factory=lambda: StorageView("/data/sessions", ready=True))
    language: str = "pt_BR"
    sent: list[SentMessage] = field(default_factory=list)
    groups: tuple[Group, ...] = ()
    newly_linked: bool = False
    nobody: set[str] = field(default_factory=set)
    """Numbers that are not on WhatsApp."""
    received: list[InboxEntry] = field(default_factory=list)
    contacts: list[InboxContact] = field(default_factory=list)
    looked_for: list[tuple[str, frozenset[Kind], str, int]] = field(default_factory=list)
    """What was asked of the inbox."""
    file: bytes = b""
    """What fetching a file gives."""
    changes_of_sent: dict[str, Changes] = field(default_factory=dict)
    """What others did with messages that were sent, by WhatsApp's id."""
    verified_as: SendState = SendState.UNCERTAIN
    """What a look finds that an uncertain send has become."""
    send_error: AppError | None = None
    send_state: SendState = SendState.SENT
    send_reason: str = ""
    create_error: AppError | None = None
    errors: dict[str, AppError] = field(default_factory=dict)
    """What a verb raises, by its name in `calls`."""
    deleted: list[DeletedInstance] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    release: EngineRelease = field(
        default_factory=lambda: EngineRelease("0.5.2", datetime.date(2026, 5, 1), age_days=10)
    )
    calls: list[tuple[str, ...]] = field(default_factory=list)
    light: PersistenceView = field(
        default_factory=lambda: light(PersistenceStatus.GREEN, "outlived-deploy", restarts=5, deploys=2)
    )
    guide: tuple[Check, ...] = GUIDE
    checks: dict[str, tuple[Check, ...]] = field(default_factory=dict)
    """What the checks that run on a press find, by the name of their function."""
    usage: UsageView = field(default_factory=measured)
    costs: CostView = field(default_factory=priced)
    log: list[LogLine] = field(default_factory=list)
    starts: tuple[StartView, ...] = ()

    def run(self, name: str) -> Callable[[], tuple[Check, ...]]:
        """Checks that note that they ran."""

        def ran() -> tuple[Check, ...]:
            self.calls.append((name,))
            return self.checks.get(name, ())

        return ran

    def recent_log(self, level: str = "INFO") -> tuple[LogLine, ...]:
        """Lines of `level` and above."""
        order = ("DEBUG", "INFO", "WARNING", "ERROR")
        return tuple(line for line in self.log if order.index(line.level) >= order.index(level))

    def list_instances(self) -> tuple[InstanceView, ...]:
        """As the registry: nothing while the storage is not ready."""
        return tuple(self.views) if self.storage.ready else ()

    def get_instance(self, instance_id: str) -> InstanceView:
        """Raises UnknownInstanceError."""
        for found in self.list_instances():
            if found.id == instance_id:
                return found
        raise UnknownInstanceError(instance_id)

    def create_instance(self, name: str, *, request_id: str = "") -> InstanceView:
        """Notes the call; the new instance is starting."""
        assert request_id
        self.calls.append(("create", name))
        if self.create_error is not None:
            raise self.create_error
        if not name.strip():
            raise InvalidInputError("name-empty")
        self.views.append(view("new-1", name, InstanceState.STARTING))
        return self.views[-1]

    def verb(self, name: str) -> Callable[..., None]:
        """A service that notes its call and fails as `errors` says."""

        def called(instance_id: str, *arguments: str) -> None:
            self.calls.append((name, instance_id, *arguments))
            if name in self.errors:
                raise self.errors[name]

        return called

    def rename_instance(self, instance_id: str, name: str) -> None:
        """Notes the call; the view carries the new name from then on."""
        self.verb("rename")(instance_id, name)
        self.views = [replace(each, name=name) if each.id == instance_id else each for each in self.views]

    def delete_instance(self, instance_id: str) -> None:
        """Notes the call; the instance is gone from then on."""
        self.verb("delete")(instance_id)
        self.views = [each for each in self.views if each.id != instance_id]

    def restore_instance(self, trash_name: str) -> InstanceView:
        """Notes the call; what was in the trash is a stopped instance again."""
        self.verb("restore")(trash_name)
        (item,) = (each for each in self.deleted if each.trash_name == trash_name)
        self.deleted.remove(item)
        self.views.append(
            view(item.id, item.name, InstanceState.STOPPED, phone=item.phone, linked=item.linked)
        )
        return self.views[-1]

    def purge_instance(self, trash_name: str) -> None:
        """Notes the call; the trash is one smaller."""
        self.verb("purge")(trash_name)
        self.deleted = [each for each in self.deleted if each.trash_name != trash_name]

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """The newest first, as `history` holds them. Raises UnknownInstanceError."""
        self.get_instance(instance_id)
        return tuple(each for each in self.history if not kinds or each.kind in kinds)[:limit]

    def send(
        self, instance_id: str, *, to: str, content: Content, request_id: str = "", account: str = ""
    ) -> SentMessage:
        """Notes the call; checks the input, the instance and its account as the service does."""
        self.calls.append(("send", instance_id, to, content.text))
        seen = self.get_instance(instance_id)
        if seen.state is not InstanceState.CONNECTED:
            raise NotConnectedError
        if account and seen.phone != account:
            raise AppError("account-changed")
        digits = to if to.endswith("@g.us") else phone_numbers.parse_recipient(to).digits
        if content.kind is Kind.TEXT and not content.text.strip():
            raise InvalidInputError("text-empty")
        if self.send_error is not None:
            raise self.send_error
        message = SentMessage(
            request_id=request_id,
            instance_id=instance_id,
            to=digits,
            content=content,
            state=self.send_state,
            created_at=time.time(),
            settled_at=time.time(),
            reason=self.send_reason,
        )
        self.sent.insert(0, message)
        return message

    def check(self, _instance_id: str, to: str) -> Checked:
        """Everybody but `nobody` is on WhatsApp."""
        digits = phone_numbers.parse_recipient(to).digits
        return Checked(exists=digits not in self.nobody, number=digits, name="Ana")

    def conversation(
        self,
        instance_id: str,
        *,
        contact: str = "",
        kinds: Collection[Kind] = frozenset(),
        search: str = "",
        limit: int = 50,
    ) -> tuple[InboxEntry, ...]:
        """Notes what was looked for; finds what is of these kinds and has the words."""
        self.get_instance(instance_id)
        self.looked_for.append((contact, frozenset(kinds), search, limit))
        found = (
            one for one in self.received if (not kinds or one.kind in kinds) and search in one.content.text
        )
        return tuple(found)[:limit]

    def fetch(self, instance_id: str, message_id: str) -> bytes:
        """Notes the call; gives the file, or fails as `errors` says."""
        self.verb("fetch")(instance_id, message_id)
        return self.file

    def verify(self, instance_id: str, request_id: str) -> SentMessage:
        """Notes the call; the send is `verified_as` from then on."""
        self.calls.append(("verify", instance_id, request_id))
        (place,) = (index for index, one in enumerate(self.sent) if one.request_id == request_id)
        self.sent[place] = replace(self.sent[place], state=self.verified_as, reason="never-left")
        return self.sent[place]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """The scene behind the services for one test."""
    made = FakeServices()
    answers: dict[str, Callable[..., Any]] = {
        "storage": lambda: made.storage,
        "version": lambda: 1,
        "list_instances": made.list_instances,
        "get_instance": made.get_instance,
        "create_instance": made.create_instance,
        "start_instance": made.verb("start"),
        "stop_instance": made.verb("stop"),
        "restart_instance": made.verb("restart"),
        "rename_instance": made.rename_instance,
        "log_out_instance": made.verb("log-out"),
        "forget_session": made.verb("forget"),
        "delete_instance": made.delete_instance,
        "deleted_instances": lambda: tuple(made.deleted),
        "restore_instance": made.restore_instance,
        "purge_instance": made.purge_instance,
        "timeline": made.timeline,
        "request_pairing_code": made.verb("pairing-code"),
        "engine_release": lambda: made.release,
        "default_language": lambda: made.language,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(instances, name, answer)
    for room, names in (
        (persistence, ("lost_sessions_checks", "permission_checks")),
        (diagnostics, ("run_checks", "check_network")),
    ):
        for name in names:
            monkeypatch.setattr(room, name, made.run(name))
    monkeypatch.setattr(persistence, "persistence", lambda: made.light)
    monkeypatch.setattr(persistence, "guide", lambda: made.guide)
    monkeypatch.setattr(usage, "usage", lambda: made.usage)
    monkeypatch.setattr(usage, "measure_again", made.run("measure_again"))
    monkeypatch.setattr(usage, "costs", lambda: made.costs)
    monkeypatch.setattr(diagnostics, "starts", lambda: made.starts)
    monkeypatch.setattr(diagnostics, "recent_log", made.recent_log)
    monkeypatch.setattr(diagnostics, "settings_in_force", lambda: (("AUTH_DIR", "/data/whatsapp_auth"),))
    monkeypatch.setattr(diagnostics, "report", lambda: "the report\nof this installation")
    monkeypatch.setattr(messages, "send", made.send)
    monkeypatch.setattr(messages, "recent_messages", lambda _: tuple(made.sent))
    monkeypatch.setattr(inbox, "changes_of_sent", lambda *_: made.changes_of_sent)
    monkeypatch.setattr(inbox, "contacts", lambda _: tuple(made.contacts))
    monkeypatch.setattr(inbox, "conversation", made.conversation)
    monkeypatch.setattr(inbox, "fetch", made.fetch)
    monkeypatch.setattr(inbox, "mark_read", made.verb("mark-read"))
    monkeypatch.setattr(messages, "verify", made.verify)
    monkeypatch.setattr(rate_limits, "link_age", lambda _: LinkAge(is_new=made.newly_linked, days=0))
    monkeypatch.setattr(recipients, "check", made.check)
    monkeypatch.setattr(recipients, "groups", lambda _id, *, refresh=False: made.groups)
    return made


@pytest.fixture
def page(scene: FakeServices) -> Callable[..., AppTest]:
    """Opens a page of the app (`""` is the list) and draws it; no page may crash."""

    def open_page(path: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=20)
        for name, value in query.items():
            app.query_params[name] = value
        if path:
            app.switch_page(f"{path}.py")
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


def text_of(app: AppTest) -> str:
    """Everything the page says, in one string."""
    kinds = (
        "title",
        "subheader",
        "markdown",
        "caption",
        "html",
        "error",
        "warning",
        "info",
        "success",
        "toast",
    )
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind))


def keys_of(app: AppTest) -> set[str]:
    """Keys of the buttons on the page."""
    return {button.key for button in app.button if button.key}
