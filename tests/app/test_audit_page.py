"""The access log: who did what, read and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.models.access import SignInMethod
from core.models.audit import Action, AuditEntry
from core.services import audit
from pages.ui.audit.audit_log import STEP
from pages.ui.audit.audit_log import rows as audit_rows
from pages.ui.widgets.csv_download import csv_file
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected

Open = Callable[..., AppTest]


def entry(
    action: Action, *, who: str = "", how: SignInMethod = SignInMethod.PASSWORD, instance: str = ""
) -> AuditEntry:
    return AuditEntry(1_767_225_600.0, how, who, "203.0.113.9", action, instance)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    """What the service answers."""
    entries: list[AuditEntry] = []
    monkeypatch.setattr(audit, "entries", lambda *, limit: tuple(entries[:limit]))
    return entries


def test_it_tells_who_did_what_to_which_instance(
    page: Open, scene: FakeServices, log: list[AuditEntry]
) -> None:
    """An address for who signed in by name, the instance by its name, in words; markup in them stays text."""
    scene.views = [connected("loja-1", "Loja <b>Centro</b>")]
    log += [
        entry(Action.SENT, who="ana@example.test", how=SignInMethod.OIDC, instance="loja-1"),
        entry(Action.SIGN_IN_REFUSED),
        entry(Action.DELETED, how=SignInMethod.LOCAL, instance="gone-2"),
    ]
    text = text_of(page("audit"))
    for words in (
        "ana@example.test",
        "Loja &lt;b&gt;Centro&lt;/b&gt;",
        "enviou uma mensagem",
        "foi recusado",
    ):
        assert words in text
    for words in ("com a senha", "este computador", "gone-2", "203.0.113.9", "01/01/2026 00:00"):
        assert words in text


def test_every_action_has_words(page: Open, log: list[AuditEntry]) -> None:
    """No code of ours is shown as it is."""
    log += [entry(action) for action in Action]
    text = text_of(page("audit"))
    assert not [action for action in Action if f">{action.value}</td>" in text]


def test_nothing_happened_yet(page: Open, log: list[AuditEntry]) -> None:
    """Said in words, with no empty table."""
    assert "Nada aconteceu ainda" in text_of(page("audit"))


def test_more_is_shown_on_request(page: Open, log: list[AuditEntry]) -> None:
    """Fifty at first."""
    log += [entry(Action.SENT) for _ in range(STEP + 5)]
    app = page("audit")
    assert text_of(app).count("enviou uma mensagem") == STEP
    app.button(key="audit-more").click().run()
    assert text_of(app).count("enviou uma mensagem") == STEP + 5


@pytest.mark.parametrize(("chosen", "comma"), [("pt_BR", ";"), ("en", ",")])
def test_the_file_opens_in_a_spreadsheet(log: list[AuditEntry], chosen: str, comma: str) -> None:
    """Columns, a byte order mark, and nothing that a spreadsheet takes for a formula."""
    log += [entry(Action.RENAMED, who="=cmd()@x.test", instance="a-1")]
    data = csv_file(partial(audit_rows, {"a-1": "+1"}), language=chosen, zone=UTC)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=comma))
    assert len(rows) == 2
    assert rows[1][0] == "2026-01-01 00:00:00"
    assert rows[1][1] == "'=cmd()@x.test"
    assert rows[1][4] == "'+1"
