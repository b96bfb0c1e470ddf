"""The audit log: who did what reaches the disk, is bounded, and survives what is in its way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.models.access import SignInMethod, Visitor
from core.models.audit import Action
from core.models.instance import PresenceMode
from core.models.recipients import Recipient
from core.services import audit, instances, messages
from core.services.moving import adoption
from core.services.runtime import Runtime
from core.services.state import current_visitor
from core.services.state.audit_queue import WAITING
from core.services.state.visitors import Visitors
from core.store import audit as store
from tests.support.contents import words
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import ID, view

ANA = Visitor(SignInMethod.OIDC, "ana@example.test", "203.0.113.9", 1.0)


class AnaOnly:
    """Knows one login."""

    opens_by_link = False

    def visitor(self, login: str) -> Visitor | None:
        """Ana's only."""
        return ANA if login == "ana" else None


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Ana's page runs, on a registry that does as it is told; the folder is not there yet."""
    registry = MagicMock()
    registry.view.return_value = registry.create.return_value = registry.trash.restore.return_value = view()
    registry.moving.adopt.return_value = view()
    registry.sent.return_value = ()
    made = replace(runtime_of(tmp_path / "auth"), registry=registry, visitors=Visitors(AnaOnly()))
    with installed(made):
        current_visitor.set_current_login(lambda: "ana")
        yield made


@pytest.fixture
def auth_dir(runtime: Runtime) -> Path:
    """The folder, made."""
    runtime.settings.auth_dir.mkdir()
    return runtime.settings.auth_dir


ANAS_NUMBER = Recipient("5511912345678")
VERBS: dict[Action, Callable[[], object]] = {
    Action.CREATED: lambda: instances.create_instance("Nova"),
    Action.STARTED: lambda: instances.start_instance(ID),
    Action.STOPPED: lambda: instances.stop_instance(ID),
    Action.RESTARTED: lambda: instances.restart_instance(ID),
    Action.RENAMED: lambda: instances.rename_instance(ID, "Outra"),
    Action.PRESENCE: lambda: instances.set_presence_mode(ID, PresenceMode.NEVER),
    Action.RECEIPTS: lambda: instances.set_receipts(ID, True),
    Action.LOGGED_OUT: lambda: instances.log_out_instance(ID),
    Action.SESSION_REMOVED: lambda: instances.forget_session(ID),
    Action.DELETED: lambda: instances.delete_instance(ID),
    Action.RESTORED: lambda: instances.restore_instance(f"{ID}-1"),
    Action.MOVED_IN: lambda: adoption.adopt(Path("/auth/.moving/1"), "Nova"),
    Action.ERASED: lambda: instances.purge_instance(f"{ID}-1"),
    Action.PAIRING_CODE: lambda: instances.request_pairing_code(ID, "+5511912345678"),
    Action.SENT: lambda: messages.send(
        ID, to=Recipient("5511912345678"), content=words("Olá"), request_id="r-1"
    ),
}


@pytest.mark.parametrize("action", VERBS)
def test_each_verb_is_noted_with_who_and_what(action: Action, runtime: Runtime) -> None:
    """Who looks at the page, from where, and the instance; no text, no number."""
    VERBS[action]()
    (entry,) = runtime.audit.waiting
    assert (entry.action, entry.how, entry.who, entry.address) == (action, ANA.how, ANA.who, ANA.address)
    assert entry.instance_id
    assert "Olá" not in str(entry)
    assert "5511912345678" not in str(entry)


def test_what_was_refused_is_not_noted(runtime: Runtime) -> None:
    """Nothing was done, so nothing is said to have been done."""
    with pytest.raises(Exception, match="name-empty"):
        instances.create_instance(" ")
    assert not runtime.audit.waiting


def test_entries_reach_the_disk_and_come_back_newest_first(auth_dir: Path) -> None:
    """Once, in order, with the file for its owner only."""
    audit.note(Action.SIGNED_IN)
    audit.note(Action.DELETED, "loja-1")
    assert audit.flush()
    assert audit.flush()
    assert [each.action for each in store.entries(auth_dir, limit=10)] == [Action.DELETED, Action.SIGNED_IN]
    assert (auth_dir / store.AUDIT_FILE).stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_waits(runtime: Runtime) -> None:
    """No folder yet: kept in memory, bounded, and written when there is one."""
    for _ in range(WAITING + 5):
        audit.note(Action.SENT, "loja-1")
    auth_dir = runtime.settings.auth_dir
    assert not audit.flush()
    auth_dir.mkdir()
    assert audit.flush()
    assert len(store.entries(auth_dir, limit=99_999)) == WAITING


def test_strangers_cannot_crowd_out_what_owners_did(auth_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused sign-ins have a bound of their own; each keeps its newest."""
    monkeypatch.setattr(store, "LIMIT", 20)
    audit.note(Action.DELETED, "loja-1")
    for _ in itertools.repeat(None, 60):
        audit.note(Action.SIGN_IN_REFUSED)
    assert audit.flush()
    kept = [each.action for each in store.entries(auth_dir, limit=999)]
    assert kept.count(Action.DELETED) == 1
    assert kept.count(Action.SIGN_IN_REFUSED) == 20


def test_a_damaged_log_is_set_aside(auth_dir: Path) -> None:
    """The next entries find a new file; the old one is kept."""
    (auth_dir / store.AUDIT_FILE).write_bytes(b"not a database" * 100)
    audit.note(Action.SIGNED_IN)
    assert audit.flush()
    assert len(store.entries(auth_dir, limit=10)) == 1
    assert list(auth_dir.glob(f"{store.AUDIT_FILE}.corrupt-*"))
