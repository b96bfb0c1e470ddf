"""The persistence pill: colour and word on every page, the evidence on a press."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.models.instance import InstanceState
from core.models.persistence import HostKind, PersistenceReason, PersistenceStatus
from core.models.storage import StorageProblem, StorageView
from pages.ui import i18n
from pages.ui.layout.persistence_pill import LABELS, explain
from pages.ui.texts.persistence import REASONS, reasons
from pages.ui.texts.storage import STORAGE
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.hosting_samples import light

Page = Callable[..., AppTest]
WORDS = ("Em risco", "Falta confirmar", "Conexões guardadas", "Não se sabe")
LINES = re.compile(rf"^\*\*({'|'.join(WORDS)})\.\*\* ")
PATHS = ["", "instance", "messages", "storage", "alerts", "guide", "diagnostics", "audit", "more"]


@pytest.fixture
def scene(scene: FakeServices) -> FakeServices:
    """One instance is linked: there is something to lose."""
    scene.views = [connected()]
    return scene


def pill_of(app: AppTest) -> str:
    """What the pill says without a press; empty when there is none."""
    pills = [each.proto.popover.label for each in app.get("popover")]
    return " ".join(label for label in pills if label in WORDS)


def line_of(app: AppTest) -> str:
    """The evidence behind the pill."""
    found = [str(each.value) for each in app.markdown if LINES.match(each.value)]
    assert found
    assert len(set(found)) == 1
    return found[0]


@pytest.mark.parametrize("path", PATHS)
def test_green_counts_what_it_survived_on_every_page(page: Page, scene: FakeServices, path: str) -> None:
    """The word in the pill; on a press the proof in figures, with the way to the guide beside it."""
    since = time.mktime((2020, 3, 9, 12, 0, 0, 0, 0, 0))
    scene.light = light(PersistenceStatus.GREEN, "outlived-deploy", restarts=5, deploys=1, proven_since=since)
    app = page(path)
    line = line_of(app)
    assert pill_of(app) == "Conexões guardadas"
    assert "**Conexões guardadas.**" in line
    assert "5 reinícios e 1 publicação desde" in line
    assert "09\\/03\\/2020" in line
    assert "Abrir o guia" in [link.label for link in app.page_link]


def test_a_reboot_of_ones_own_machine_is_not_called_a_deploy(page: Page, scene: FakeServices) -> None:
    """Words follow the host."""
    scene.light = light(
        PersistenceStatus.GREEN, "outlived-reboot", host=HostKind.LOCAL, restarts=3, deploys=2
    )
    line = line_of(page())
    assert "3 reinícios do aplicativo e 2 deste computador" in line
    assert "publica" not in line


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize(
    "reason", ["temporary-folder", "temporary-file-system", "own-machine", "not-recorded"]
)
def test_on_ones_own_computer_nothing_is_deployed(
    monkeypatch: pytest.MonkeyPatch, language: str, reason: str
) -> None:
    """What a person there has never done is not asked of them."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    said = explain(light(PersistenceStatus.RED, reason, host=HostKind.LOCAL)).lower()
    assert not re.search(r"deploy|publi|updat|atualiz", said)


def test_amber_says_that_the_proof_is_missing(page: Page, scene: FakeServices) -> None:
    """A mounted disk alone is not called persistent."""
    scene.light = light(PersistenceStatus.AMBER, "not-proven")
    app = page()
    assert pill_of(app) == "Falta confirmar"
    assert "Publique mais uma vez para confirmar." in line_of(app)
    assert "Conexões guardadas" not in text_of(app)


def test_a_disk_that_came_empty_is_said_with_its_day(page: Page, scene: FakeServices) -> None:
    """Somebody who had instances before learns in the guide that this is not their disk."""
    since = time.mktime((2020, 3, 9, 12, 0, 0, 0, 0, 0))
    scene.views = []
    scene.light = light(PersistenceStatus.AMBER, "not-proven", empty_since=since)
    assert "**O disco está vazio desde 09\\/03\\/2020 12" in line_of(page("guide"))


def test_what_is_not_known_is_said_as_such(page: Page, scene: FakeServices) -> None:
    """Neither good nor bad is claimed."""
    scene.light = light(PersistenceStatus.UNKNOWN, "mounts-unreadable", mount=None)
    app = page()
    assert pill_of(app) == "Não se sabe"
    assert "Em risco" not in text_of(app)


@pytest.mark.parametrize("path", [path for path in PATHS if path != "guide"])
def test_nothing_is_said_before_something_can_be_lost(page: Page, scene: FakeServices, path: str) -> None:
    """No alarm for a newcomer, nor while the first QR waits to be read."""
    scene.light = light(PersistenceStatus.RED, "covered-by-root")
    for views in ([], [view("loja-1", "Loja", InstanceState.PAIRING)]):
        scene.views = views
        app = page(path)
        assert not pill_of(app)
        assert "Em risco" not in text_of(app)


def test_the_pill_is_there_while_the_storage_is_not(page: Page, scene: FakeServices) -> None:
    """A folder that cannot be used yet may already be known to be lost; while it opens, nothing is said."""
    scene.views = []
    scene.storage = StorageView("/data/sessions", ready=False, problem="auth-dir-locked")
    scene.light = light(PersistenceStatus.RED, "covered-by-root")
    assert "**Em risco.**" in line_of(page())
    scene.storage = StorageView("/data/sessions", ready=False)
    assert not pill_of(page())


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize("host", list(HostKind))
@pytest.mark.parametrize("reason", list(PersistenceReason))
def test_every_reason_has_short_sentences(
    monkeypatch: pytest.MonkeyPatch, language: str, host: HostKind, reason: str
) -> None:
    """No code, no hole, no path and no name of a setting in them; at most 20 words each."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    said = explain(light(PersistenceStatus.RED, reason, host=host))
    assert len(said) > 20
    assert reason not in said
    assert not re.search(r"[{/]|AUTH_DIR", said)
    assert max(len(sentence.split()) for sentence in said.split(".")) <= 20


def test_the_tables_hold_all_that_the_service_can_give() -> None:
    """A status, a reason and a storage problem have words here, and no other is kept."""
    assert all(set(reasons(host)) == set(REASONS) == set(PersistenceReason) for host in HostKind)
    assert set(STORAGE) == {"", "opening", *StorageProblem}
    assert set(LABELS) == set(PersistenceStatus)


def test_a_hostile_folder_name_is_shown_as_typed(page: Page, scene: FakeServices) -> None:
    """AUTH_DIR is free text too."""
    scene.light = light(PersistenceStatus.RED, "auth-dir-not-set", auth_dir="/x/**b** :smile: <b>")
    said = text_of(page())
    assert "**b**" not in said
    assert ":smile:" not in said
    assert "Pasta:" in said
