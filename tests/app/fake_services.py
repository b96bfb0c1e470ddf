"""Services that answer from a scene which the test sets, and note what the pages asked of them.

Each fake has the signature of the service that it stands for, or `replace` fails: a service that takes or
gives something else from now on breaks the tests of the pages that call it.
"""

from __future__ import annotations

import datetime
import inspect
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from types import ModuleType
from typing import Any, Final

import pytest

from core.errors import (
    AppError,
    InvalidInputError,
    NotConnectedError,
    UnknownConversationError,
    UnknownInstanceError,
)
from core.models.access import PairingLink
from core.models.content import Content, Kind
from core.models.conversations import Conversation, Filter, Thread, ThreadMessage
from core.models.diagnostics import Check, EngineRelease, LogLine, StartView
from core.models.health.sending import SELF_TEST, SelfTest, SelfTestStep
from core.models.instance import DeletedInstance, InstanceState, InstanceView, PresenceMode
from core.models.messages import (
    Activity,
    Changes,
    InboxContact,
    InboxEntry,
    LatestMessage,
    SendState,
    SentMessage,
)
from core.models.moving.backup import BackupsView, MadeBackup
from core.models.persistence import PersistenceStatus, PersistenceView
from core.models.profile.own_profile import OwnProfile
from core.models.recipients import Group, Membership, NumberLookup, Recipient, number_variants
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.usage import CostView, UsageView
from core.services import (
    conversations,
    diagnostics,
    inbox,
    instances,
    messages,
    persistence,
    presence,
    rate_limits,
    recipients,
    usage,
)
from core.services.health import restriction, self_test
from core.services.moving import backup, export
from core.services.pairing import links
from core.services.pairing.link_table import NewLink
from core.services.profile import own_profile
from core.services.rate_limits import LinkAge
from tests.app.hosting_samples import GUIDE, light, measured, priced

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
    return changed(plain, **more)


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
    memberships: dict[str, Membership] = field(default_factory=dict)
    """What an account may do in a group, by the group's address."""
    newly_linked: bool = False
    nobody: set[str] = field(default_factory=set)
    """Numbers that are not on WhatsApp."""
    received: list[InboxEntry] = field(default_factory=list)
    latest: dict[str, LatestMessage] = field(default_factory=dict)
    """The newest message of an instance, by its id."""
    unread: dict[str, int] = field(default_factory=dict)
    conversations: list[Conversation] = field(default_factory=list)
    """Of all instances, the newest first."""
    threads: dict[str, list[ThreadMessage]] = field(default_factory=dict)
    """Messages by the id of their conversation, oldest first."""
    joined: dict[str, str] = field(default_factory=dict)
    """Ids of conversations that were joined to others, and of those."""
    activity: Activity = Activity.NOTHING
    """What the other side of every chat is doing."""
    faces: dict[str, str] = field(default_factory=dict)
    """Addresses of profile pictures, by instance."""
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
    backups: BackupsView = field(default_factory=BackupsView)
    lacking: tuple[str, ...] = ()
    """Names of instances that a backup lacks."""
    without_history: tuple[str, ...] = ()
    links_offered: bool = True
    link: PairingLink | None = None
    """The pairing link that works now."""
    profile: OwnProfile = field(default_factory=lambda: OwnProfile("Loja", about="Aberto", blocked=()))
    """What WhatsApp says of every account."""
    asked_profile: bool = False
    """Whether it was asked."""

    def note(self, name: str, instance_id: str, *arguments: Any) -> None:
        """Note a call; fail as `errors` says."""
        self.calls.append((name, instance_id, *arguments))
        if name in self.errors:
            raise self.errors[name]

    def run(self, name: str) -> tuple[Check, ...]:
        """Note that checks ran; give what they find."""
        self.calls.append((name,))
        return self.checks.get(name, ())


class Fake:
    """What stands for the services of one module; a public method for each that is replaced."""

    def __init__(self, scene: FakeServices) -> None:
        self._scene = scene


class FakeInstances(Fake):
    """For `core.services.instances`."""

    def storage(self) -> StorageView:
        return self._scene.storage

    def version(self) -> int:
        return 1

    def default_language(self) -> str:
        return self._scene.language

    def engine_release(self) -> EngineRelease:
        return self._scene.release

    def list_instances(self) -> tuple[InstanceView, ...]:
        """As the registry: nothing while the storage is not ready."""
        return tuple(self._scene.views) if self._scene.storage.ready else ()

    def get_instance(self, instance_id: str) -> InstanceView:
        for view in self.list_instances():
            if view.id == instance_id:
                return view
        raise UnknownInstanceError(instance_id)

    def set_presence_mode(self, instance_id: str, mode: PresenceMode) -> None:
        self._scene.note("presence", instance_id, mode.value)
        self._change(instance_id, presence=mode)

    def set_receipts(self, instance_id: str, on: bool) -> None:
        self._scene.note("receipts", instance_id, str(on))
        self._change(instance_id, receipts=on)

    def _change(self, instance_id: str, **more: Any) -> None:
        self._scene.views = [
            changed(view, **more) if view.id == instance_id else view for view in self._scene.views
        ]

    def create_instance(self, name: str, *, history: bool = False, request_id: str = "") -> InstanceView:
        """The new instance is starting."""
        assert request_id
        self._scene.calls.append(("create", name, "history") if history else ("create", name))
        if self._scene.create_error is not None:
            raise self._scene.create_error
        if not name.strip():
            raise InvalidInputError("name-empty")
        self._scene.views.append(view("new-1", name, InstanceState.STARTING))
        return self._scene.views[-1]

    def start_instance(self, instance_id: str, *, confirmed: bool = False) -> None:
        self._scene.note("start", instance_id, *(["confirmed"] if confirmed else []))

    def stop_instance(self, instance_id: str) -> None:
        self._scene.note("stop", instance_id)

    def restart_instance(self, instance_id: str) -> None:
        self._scene.note("restart", instance_id)

    def log_out_instance(self, instance_id: str) -> None:
        self._scene.note("log-out", instance_id)

    def forget_session(self, instance_id: str) -> None:
        self._scene.note("forget", instance_id)

    def request_pairing_code(self, instance_id: str, number_text: str) -> None:
        self._scene.note("pairing-code", instance_id, number_text)

    def rename_instance(self, instance_id: str, name: str) -> None:
        """The view carries the new name from then on."""
        self._scene.note("rename", instance_id, name)
        views = self._scene.views
        self._scene.views = [changed(view, name=name) if view.id == instance_id else view for view in views]

    def delete_instance(self, instance_id: str) -> None:
        """The instance is gone from then on, also when another visitor was faster."""
        others = [view for view in self._scene.views if view.id != instance_id]
        if isinstance(self._scene.errors.get("delete"), UnknownInstanceError):
            self._scene.views = others
        self._scene.note("delete", instance_id)
        self._scene.views = others

    def deleted_instances(self) -> tuple[DeletedInstance, ...]:
        return tuple(self._scene.deleted)

    def restore_instance(self, trash_name: str) -> InstanceView:
        """What was in the trash is a stopped instance again."""
        self._scene.note("restore", trash_name)
        (item,) = (item for item in self._scene.deleted if item.trash_name == trash_name)
        self._scene.deleted.remove(item)
        self._scene.views.append(
            view(item.id, item.name, InstanceState.STOPPED, phone=item.phone, linked=item.linked)
        )
        return self._scene.views[-1]

    def purge_instance(self, trash_name: str) -> None:
        """The trash is one smaller."""
        self._scene.note("purge", trash_name)
        self._scene.deleted = [item for item in self._scene.deleted if item.trash_name != trash_name]

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """The newest first, as the scene holds them."""
        self.get_instance(instance_id)
        return tuple(entry for entry in self._scene.history if not kinds or entry.kind in kinds)[:limit]


class FakeMessages(Fake):
    """For `core.services.messages`."""

    def send(
        self, instance_id: str, *, to: Recipient, content: Content, request_id: str = "", account: str = ""
    ) -> SentMessage:
        """Check the input, the instance and its account as the service does."""
        scene = self._scene
        scene.calls.append(("send", instance_id, to.address, content.text))
        sender = FakeInstances(scene).get_instance(instance_id)
        if sender.state is not InstanceState.CONNECTED:
            raise NotConnectedError
        if account and sender.phone != account:
            raise AppError("account-changed")
        if content.kind is Kind.TEXT and not content.text.strip():
            raise InvalidInputError("text-empty")
        if scene.send_error is not None:
            raise scene.send_error
        message = SentMessage(
            request_id=request_id,
            instance_id=instance_id,
            to=to.address,
            to_name=to.name,
            content=content,
            state=scene.send_state,
            created_at=time.time(),
            settled_at=time.time(),
            reason=scene.send_reason,
        )
        scene.sent.insert(0, message)
        return message

    def send_soon(
        self, instance_id: str, *, to: Recipient, content: Content, request_id: str = "", account: str = ""
    ) -> SentMessage:
        """As `send`: the scene says at once what became of it."""
        return self.send(instance_id, to=to, content=content, request_id=request_id, account=account)

    def recent_messages(self, instance_id: str) -> tuple[SentMessage, ...]:
        return tuple(self._scene.sent)

    def is_taken(self, instance_id: str, request_id: str) -> bool:
        return any(message.request_id == request_id for message in self._scene.sent)

    def verify(self, instance_id: str, request_id: str) -> SentMessage:
        """The send is `verified_as` from then on."""
        scene = self._scene
        scene.calls.append(("verify", instance_id, request_id))
        (place,) = (index for index, message in enumerate(scene.sent) if message.request_id == request_id)
        scene.sent[place] = changed(scene.sent[place], state=scene.verified_as, reason="never-left")
        return scene.sent[place]


class FakeInbox(Fake):
    """For `core.services.inbox`."""

    def contacts(self, instance_id: str) -> tuple[InboxContact, ...]:
        return tuple(self._scene.contacts)

    def conversation(
        self,
        instance_id: str,
        *,
        contact: str = "",
        kinds: Collection[Kind] = frozenset(),
        search: str = "",
        limit: int = 50,
    ) -> tuple[InboxEntry, ...]:
        """Note what was looked for; find what is of these kinds and has the words."""
        FakeInstances(self._scene).get_instance(instance_id)
        self._scene.looked_for.append((contact, frozenset(kinds), search, limit))
        entries = (
            entry
            for entry in self._scene.received
            if (not kinds or entry.kind in kinds) and search in entry.content.text
        )
        return tuple(entries)[:limit]

    def latest(self) -> Mapping[str, LatestMessage]:
        return self._scene.latest

    def note_seen(self, instance_id: str) -> None:
        """Nothing is unread from then on."""
        self._scene.unread.pop(instance_id, None)

    def changes_of_sent(self, instance_id: str, sent: Sequence[SentMessage]) -> dict[str, Changes]:
        return self._scene.changes_of_sent

    def fetch(self, instance_id: str, message_id: str, *, chat: str = "", sender: str = "") -> bytes:
        self._scene.note("fetch", instance_id, message_id)
        return self._scene.file

    def mark_read(
        self, instance_id: str, message_ids: Collection[str], *, chat: str = "", sender: str = ""
    ) -> None:
        self._scene.note("mark-read", instance_id, message_ids)


class FakeConversations(Fake):
    """For `core.services.conversations`."""

    def list_conversations(
        self, instance_id: str, *, search: str = "", only: Filter = Filter.ALL, limit: int = 60
    ) -> tuple[Conversation, ...]:
        """Those in which something was said, that have the words in their name, number or messages."""
        FakeInstances(self._scene).get_instance(instance_id)
        if "list-conversations" in self._scene.errors:
            raise self._scene.errors["list-conversations"]
        found = [
            one
            for one in self._scene.conversations
            if one.instance_id == instance_id
            and one.latest is not None
            and (only is not Filter.GROUPS or one.group)
            and (only is not Filter.UNREAD or one.unread)
            and search.casefold() in self._words(one)
        ]
        return tuple(found[:limit])

    def _words(self, conversation: Conversation) -> str:
        said = " ".join(one.content.text for one in self._scene.threads.get(conversation.id, []))
        return f"{conversation.name} {conversation.number} {said}".casefold()

    def get(self, instance_id: str, conversation_id: str) -> Conversation:
        """That of one which was joined leads to the one that stays."""
        FakeInstances(self._scene).get_instance(instance_id)
        wanted = self._scene.joined.get(conversation_id, conversation_id)
        for one in self._scene.conversations:
            if (one.instance_id, one.id) == (instance_id, wanted):
                return one
        raise UnknownConversationError(conversation_id)

    def thread(self, instance_id: str, conversation_id: str, *, limit: int = 60) -> Thread:
        """The newest `limit` messages, as the scene holds them."""
        if "thread" in self._scene.errors:
            raise self._scene.errors["thread"]
        conversation = self.get(instance_id, conversation_id)
        there = self._scene.threads.get(conversation.id, [])
        shown = tuple(there[-limit:])
        first = next((one.key for one in shown if one.unread), "")
        return Thread(conversation, shown, has_older=len(there) > limit, first_unread=first)

    def with_recipient(self, instance_id: str, recipient: Recipient) -> Conversation:
        """The one with that address, else a new one in which nothing was said."""
        self._scene.note("with-recipient", instance_id, recipient.address)
        FakeInstances(self._scene).get_instance(instance_id)
        for one in self._scene.conversations:
            if (one.instance_id, one.address) == (instance_id, recipient.address):
                return one
        number = recipient.address if recipient.by_number else ""
        made = Conversation(
            instance_id,
            f"new-{len(self._scene.conversations)}",
            recipient.address,
            recipient.name,
            number,
            group=recipient.is_group,
        )
        self._scene.conversations.append(made)
        return made

    def find_by_message(self, instance_id: str, message_id: str) -> Conversation | None:
        for one in self._scene.conversations:
            if one.instance_id == instance_id and any(
                message.message_id == message_id for message in self._scene.threads.get(one.id, [])
            ):
                return one
        return None

    def names(self, instance_id: str, numbers: Collection[str]) -> Mapping[str, str]:
        """Of people in the inbox, and of those that a conversation is with."""
        people = [(one.number, one.name) for one in self._scene.contacts if not one.group]
        people += [(one.number, one.name) for one in self._scene.conversations if not one.group]
        return {
            number: name
            for known, name in people
            for number in numbers
            if name and known in number_variants(number)
        }

    def note_seen(self, instance_id: str, conversation_id: str, *, up_to: str) -> None:
        """Nothing of the conversation is unread from then on."""
        scene = self._scene
        scene.note("seen", instance_id, conversation_id, up_to)
        scene.conversations = [
            changed(one, unread=0) if one.id == conversation_id else one for one in scene.conversations
        ]

    def mark_read(self, instance_id: str, conversation_id: str) -> None:
        self._scene.note("mark-conversation-read", instance_id, conversation_id)

    def unread_counts(self) -> Mapping[str, int]:
        return self._scene.unread


class FakePresence(Fake):
    """For `core.services.presence`."""

    def typing(self, instance_id: str, address: str) -> Activity:
        return self._scene.activity

    def show_typing(self, instance_id: str, address: str, on: bool) -> None:
        self._scene.note("show-typing", instance_id, address, on)


class FakeRecipients(Fake):
    """For `core.services.recipients`."""

    def check(self, instance_id: str, number: str) -> NumberLookup:
        """Every number but those of `nobody` is on WhatsApp."""
        return NumberLookup(exists=number not in self._scene.nobody, number=number, name="Ana")

    def own_face(self, instance_id: str) -> str:
        return self._scene.faces.get(instance_id, "")

    def face(self, instance_id: str, number: str, *, ask: bool = False) -> str:
        return self._scene.faces.get(number, "")

    def groups(self, instance_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
        return self._scene.groups

    def membership(self, instance_id: str, address: str) -> Membership:
        """As the scene says of the group; not known of any other."""
        return self._scene.memberships.get(address, Membership.UNKNOWN)


class FakeRateLimits(Fake):
    """For `core.services.rate_limits`."""

    def left_today(self, instance_id: str) -> int:
        return 200 - len(self._scene.sent)

    def link_age(self, instance_id: str) -> LinkAge:
        return LinkAge(is_new=self._scene.newly_linked, days=0)


class FakeSelfTest(Fake):
    """For `core.services.health.self_test`."""

    def start(self, instance_id: str, *, text: str, request_id: str, account: str) -> None:
        """Sent as every message; it ends as the scene says of sends, and comes back at once."""
        scene = self._scene
        FakeMessages(scene).send(
            instance_id,
            to=Recipient(account),
            content=Content(Kind.TEXT, text=text),
            request_id=f"{SELF_TEST}{request_id}",
            account=account,
        )
        step = _STEPS[scene.send_state]
        took = 0.4 if step is SelfTestStep.PASSED else None
        test = SelfTest(time.time(), step, reason=scene.send_reason, accepted_s=took, returned_s=took)
        self._change(instance_id, self_test=test)

    def set_daily(self, instance_id: str, *, on: bool) -> None:
        self._scene.note("daily-test", instance_id, "on" if on else "off")
        self._change(instance_id, daily_since=time.time() if on else 0.0)

    def _change(self, instance_id: str, **what: Any) -> None:
        self._scene.views = [
            changed(one, sending=changed(one.sending, **what)) if one.id == instance_id else one
            for one in self._scene.views
        ]


_STEPS: Final = {
    SendState.SENDING: SelfTestStep.SENDING,
    SendState.SENT: SelfTestStep.PASSED,
    SendState.FAILED: SelfTestStep.NOT_SENT,
    SendState.UNCERTAIN: SelfTestStep.NO_ANSWER,
}


class FakeRestriction(Fake):
    """For `core.services.health.restriction`."""

    def allow_new_contacts(self, instance_id: str) -> None:
        """The pause is over from then on."""
        self._scene.note("allow-new-contacts", instance_id)
        self._scene.views = [
            changed(
                one,
                sending=changed(one.sending, restriction=changed(one.sending.restriction, paused_until=None)),
            )
            for one in self._scene.views
        ]


class FakeLinks(Fake):
    """For `core.services.pairing.links`."""

    def offered(self) -> bool:
        return self._scene.links_offered

    def make_link(self, instance_id: str) -> NewLink:
        """The link works from then on."""
        self._scene.note("link", instance_id)
        self._scene.link = PairingLink("link-1", instance_id, "digest", time.time())
        return NewLink("link-1", "the-secret")

    def link_of(self, instance_id: str) -> PairingLink | None:
        link = self._scene.link
        return link if link and link.instance_id == instance_id else None

    def seconds_left(self, link: PairingLink) -> float:
        return 599.0

    def revoke_link(self, instance_id: str) -> None:
        """There is none from then on."""
        self._scene.note("revoke", instance_id)
        self._scene.link = None


class FakeProfile(Fake):
    """For `core.services.profile.own_profile`."""

    def last_known(self, instance_id: str) -> OwnProfile | None:
        FakeInstances(self._scene).get_instance(instance_id)
        return self._scene.profile if self._scene.asked_profile else None

    def read(self, instance_id: str) -> OwnProfile:
        self._scene.note("profile", instance_id)
        if FakeInstances(self._scene).get_instance(instance_id).state is not InstanceState.CONNECTED:
            raise NotConnectedError
        self._scene.asked_profile = True
        return self._scene.profile

    def set_name(self, instance_id: str, name: str) -> None:
        self._scene.note("profile-name", instance_id, name)
        self._scene.profile = changed(self._scene.profile, name=name)

    def set_about(self, instance_id: str, text: str) -> None:
        self._scene.note("profile-about", instance_id, text)
        self._scene.profile = changed(self._scene.profile, about=text)

    def set_picture(self, instance_id: str, data: bytes) -> None:
        self._scene.note("profile-picture", instance_id, str(len(data)))

    def unblock(self, instance_id: str, address: str) -> None:
        self._scene.note("unblock", instance_id, address)
        left = tuple(one for one in self._scene.profile.blocked or () if one.address != address)
        self._scene.profile = changed(self._scene.profile, blocked=left)

    def set_call_rejection(
        self, instance_id: str, *, on: bool | None = None, text: str | None = None
    ) -> None:
        self._scene.note("calls", instance_id, str(on), str(text))
        more = {"reject_calls": on, "reject_calls_text": text}
        given = {name: value for name, value in more.items() if value is not None}
        FakeInstances(self._scene)._change(instance_id, **given)


class FakeBackup(Fake):
    """For `core.services.moving.backup`."""

    def backups(self) -> BackupsView:
        return self._scene.backups

    def make(self, instance_ids: Sequence[str], passphrase: str, *, messages: bool) -> MadeBackup:
        """It waits for an hour."""
        self._scene.note("backup", ",".join(instance_ids), passphrase, "with" if messages else "without")
        made = len([call for call in self._scene.calls if call[0] == "backup"])
        now = time.time()
        return MadeBackup(
            *(f"token-{made}", "backup.age", 5_400_000, tuple(instance_ids), messages, now, now + 3600),
            lacking=self._scene.lacking,
            without_history=self._scene.without_history,
        )

    def discard(self, token: str) -> None:
        self._scene.note("discard", token)


class FakeExport(Fake):
    """For `core.services.moving.export`."""

    def export(self, instance_id: str, passphrase: str | None) -> MadeBackup:
        """It is stopped then."""
        self._scene.note("export", instance_id, passphrase or "plain")
        now = time.time()
        self._scene.views = [
            changed(one, state=InstanceState.STOPPED, moved_out_at=now) if one.id == instance_id else one
            for one in self._scene.views
        ]
        return MadeBackup("token-out", "whatsapp.db.age", 300_000, (instance_id,), False, now, now + 3600)


class FakeUsage(Fake):
    """For `core.services.usage`."""

    def usage(self) -> UsageView:
        return self._scene.usage

    def measure_again(self) -> None:
        self._scene.run("measure_again")

    def costs(self) -> CostView:
        return self._scene.costs


class FakePersistence(Fake):
    """For `core.services.persistence`."""

    def persistence(self) -> PersistenceView:
        return self._scene.light

    def guide(self) -> tuple[Check, ...]:
        return self._scene.guide

    def lost_sessions_checks(self) -> tuple[Check, ...]:
        return self._scene.run("lost_sessions_checks")

    def permission_checks(self) -> tuple[Check, ...]:
        return self._scene.run("permission_checks")


class FakeDiagnostics(Fake):
    """For `core.services.diagnostics`."""

    def run_checks(self) -> tuple[Check, ...]:
        return self._scene.run("run_checks")

    def check_network(self, target: tuple[str, int] = diagnostics.WHATSAPP) -> tuple[Check, ...]:
        return self._scene.run("check_network")

    def check_engine(self) -> Check:
        (check,) = self._scene.run("check_engine")
        return check

    def starts(self) -> tuple[StartView, ...]:
        return self._scene.starts

    def recent_log(self, level: str = "INFO") -> tuple[LogLine, ...]:
        """Lines of `level` and above."""
        order = ("DEBUG", "INFO", "WARNING", "ERROR")
        return tuple(line for line in self._scene.log if order.index(line.level) >= order.index(level))

    def settings_in_force(self) -> tuple[tuple[str, str], ...]:
        return (("AUTH_DIR", "/data/whatsapp_auth"),)

    def report(self) -> str:
        return "the report\nof this installation"


FAKES: Final[dict[ModuleType, type[Fake]]] = {
    conversations: FakeConversations,
    diagnostics: FakeDiagnostics,
    inbox: FakeInbox,
    instances: FakeInstances,
    links: FakeLinks,
    backup: FakeBackup,
    export: FakeExport,
    messages: FakeMessages,
    persistence: FakePersistence,
    rate_limits: FakeRateLimits,
    own_profile: FakeProfile,
    presence: FakePresence,
    recipients: FakeRecipients,
    restriction: FakeRestriction,
    self_test: FakeSelfTest,
    usage: FakeUsage,
}


def replace_services(monkeypatch: pytest.MonkeyPatch, scene: FakeServices) -> None:
    """Let every service that a page calls answer from `scene`."""
    for module, kind in FAKES.items():
        fake = kind(scene)
        for name in vars(kind):
            if not name.startswith("_"):
                replace(monkeypatch, module, name, getattr(fake, name))


def replace(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, fake: Callable[..., Any]) -> None:
    """Put `fake` in the place of a service; fails unless it takes and gives exactly the same."""
    expected, given = (str(inspect.signature(function)) for function in (getattr(module, name), fake))
    assert given == expected, f"{module.__name__}.{name}{expected} is replaced by one with {given}"
    monkeypatch.setattr(module, name, fake)
